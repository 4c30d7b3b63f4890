import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";

const schema = v.object({ name: v.literal("voxrx"), version: v.string() });

/** The name and version in this package's own package.json, wherever the command was built to. */
export async function ownPackage(): Promise<v.InferOutput<typeof schema>> {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    const text = await readFile(join(dir, "package.json"), "utf8").catch(() => undefined);
    const found = v.safeParse(schema, text === undefined ? undefined : JSON.parse(text));
    if (found.success) return found.output;
    if (dir === dirname(dir)) return { name: "voxrx", version: "unknown" };
  }
}
