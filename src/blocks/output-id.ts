/** The id of an output directory: made once, and the same for all machines that mount it, under whatever path. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "../files/disk-failure.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { publishOnce } from "../files/publish-once.ts";
import type { OutputLayout } from "./output-layout.ts";

/** The id of an output directory; undefined if it has none yet. */
export async function readOutputId({ id }: OutputLayout): Promise<string | undefined> {
  try {
    return (await readFile(id, "utf8")).trim();
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The id of an output directory, which gets one if it has none. */
export async function outputId(layout: OutputLayout): Promise<string> {
  for (;;) {
    const id = await readOutputId(layout);
    if (id !== undefined) return id;
    await makeDirectory(dirname(layout.id));
    await publishOnce(layout.id, `${randomUUID()}\n`);
  }
}
