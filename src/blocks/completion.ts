/** `complete.json`: says which manifest all shards of a directory belong to, for readers that can't list a directory. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as v from "valibot";
import { writeAtomically } from "../files/write-atomically.ts";
import { type Manifest, manifestText } from "./block-manifest.ts";
import { type NumberedManifest, publishLatest, readManifest } from "./manifest-file.ts";
import type { OutputLayout } from "./output-layout.ts";

const schema = v.object({ manifest: v.string(), blocks: v.number() });

/**
 * Writes it if all blocks of the latest manifest are done, and returns that manifest; also if another process publishes
 * one in the meantime.
 */
export async function noteCompletion(layout: OutputLayout): Promise<NumberedManifest | undefined> {
  for (let latest = await readManifest(layout); latest; ) {
    const { blocks } = latest.manifest;
    const done = await layout.done();
    if (!blocks.every(({ shard }) => done.has(shard))) return undefined;
    await publishLatest(layout);
    const text = completionText(latest.manifest);
    const there = await readFile(layout.completion, "utf8").catch(() => undefined);
    if (there !== text) await writeAtomically(layout.completion, text);
    const now = await readManifest(layout);
    if (now?.number === latest.number) return latest;
    latest = now;
  }
  return undefined;
}

/** Whether what `complete.json` holds says that all blocks of a manifest are done. */
export function isCompletion(content: unknown, manifest: Manifest): boolean {
  const read = v.safeParse(schema, content);
  return read.success && read.output.manifest === digestOf(manifest);
}

function completionText(manifest: Manifest): string {
  return `${JSON.stringify({ manifest: digestOf(manifest), blocks: manifest.blocks.length })}\n`;
}

function digestOf(manifest: Manifest): string {
  return createHash("sha256").update(manifestText(manifest)).digest("hex");
}
