/** The files that a finished block was made from, to notice when one of them changes. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { systemCode } from "../files/disk-failure.ts";
import { type FileIdentity, hashedFileIdentity, localFileIdentity } from "../files/file-identity.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { writeAtomically } from "../files/write-atomically.ts";
import { identifyUrl, isDigested } from "../http/identify-url.ts";
import { isUrl } from "../http/read-source.ts";
import { integerSchema } from "../options.ts";
import { shownUrl } from "../shown-url.ts";
import type { OutputLayout } from "./output-layout.ts";

/**
 * What is kept of a file's identity: machines that share a directory differ in what they call its device. A relative path
 * stays one, since the run that looks at it would read the file in its own working directory.
 */
const fileSchema = v.object({
  path: v.string(),
  inode: v.optional(v.string()),
  size: integerSchema,
  modified: v.string(),
  changed: v.string(),
  hash: v.optional(v.string()),
  isYoung: v.optional(v.literal(true)),
});
type InputFile = v.InferOutput<typeof fileSchema>;

/** Records the files of a block, each once. */
export async function writeInputs(layout: OutputLayout, shard: string, files: Iterable<FileIdentity>): Promise<void> {
  const kept = new Map<string, InputFile>();
  for (const { path, inode, size, modified, changed, hash, isYoung } of files) {
    // A URL may hold a password: then only a digest of it is kept, and it is looked at if a record has it again.
    if (isUrl(path) && shownUrl(path) !== path && !isDigested(path)) continue;
    kept.set(path, { path, inode, size, modified, changed, hash, isYoung });
  }
  const path = layout.inputsOf(shard);
  await makeDirectory(dirname(path));
  await writeAtomically(path, JSON.stringify([...kept.values()]), { sync: false });
}

/** Whether the content of a file that a block was made from is another one now, or the file is gone. */
export async function haveInputsChanged(layout: OutputLayout, shard: string): Promise<boolean> {
  const bytes = await readFile(layout.inputsOf(shard)).catch(() => undefined);
  const read = bytes && v.safeParse(v.array(fileSchema), jsonIn(bytes.toString()));
  if (!read?.success) return false; // nothing is known
  for (const file of read.output) if (await hasChanged(file)) return true;
  return false;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function hasChanged(file: InputFile): Promise<boolean> {
  try {
    const now = isUrl(file.path) ? await identifyUrl(file.path) : await localFileIdentity(file.path);
    const isSameFile = now.inode === file.inode && now.size === file.size;
    const looksSame = isSameFile && now.modified === file.modified && now.changed === file.changed;
    if (looksSame && !(file.isYoung && file.hash !== undefined)) return false;
    if (file.hash === undefined || now.size !== file.size) return true;
    return (await hashedFileIdentity(file.path)).hash !== file.hash;
  } catch (error) {
    const code = systemCode(error);
    // Anything else says nothing of the file: its server does not answer, for example.
    return code === "ENOENT" || code === "ENOTDIR";
  }
}
