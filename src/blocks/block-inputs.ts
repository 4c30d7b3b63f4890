/** The files that a finished block was made from, to notice when one of them changes. */
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import * as v from "valibot";
import { DownloadError, StoreError, type VoxRxError } from "../errors.ts";
import { systemCode } from "../files/disk-failure.ts";
import { type FileIdentity, hashedFileIdentity, localFileIdentity } from "../files/file-identity.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { writeAtomically } from "../files/write-atomically.ts";
import { identifyFile } from "../http/identify-file.ts";
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
  /** It was not there, or could not be read for a while, and items were left out. */
  isMissing: v.optional(v.literal(true)),
});
type InputFile = v.InferOutput<typeof fileSchema>;

/** What went wrong where something is written or kept: another run may do better, whatever the inputs are. */
const ofOutputs: ReadonlySet<string> = new Set([
  ...["VOXRX_WRITE_FAILED", "VOXRX_DISK_FULL", "VOXRX_STORE_FULL", "VOXRX_FOLDER_UNWRITABLE", "VOXRX_PATH_TAKEN"],
]);

/** The files of a block that is being computed, each once; also those without which its items were left out. */
export class BlockInputs {
  readonly #files = new Map<string, InputFile>();
  /** Paths by the id of an item. */
  readonly #ofItems = new Map<string, Set<string>>();
  /** Looks at files that failed, in the background. */
  readonly #looks: Promise<void>[] = [];

  /** A file that was read. @param item the id of the item that it was read for */
  note(file: FileIdentity, item: string): void {
    this.#ofItems.set(item, (this.#ofItems.get(item) ?? new Set()).add(file.path));
    this.#keep(file);
  }

  /** Paths of the files of an item, or of the item that it is a part of. */
  of(id: string): string[] {
    return [...this.#ofItems].flatMap(([item, paths]) => (id === item || id.startsWith(`${item}/`) ? [...paths] : []));
  }

  #keep({ path, inode, size, modified, changed, hash, isYoung }: FileIdentity): void {
    // A URL may hold a password: then only a digest of it is kept, and it is looked at if a record has it again.
    if (isUrl(path) && shownUrl(path) !== path && !isDigested(path)) return;
    this.#files.set(path, { path, inode, size, modified, changed, hash, isYoung });
  }

  /** The file at fault when an item was left out: the item may come when that file is there, or another one. */
  noteSkipped(error: VoxRxError): void {
    const { file, code } = error;
    if (file === undefined || this.#has(file)) return;
    if (error instanceof StoreError || ofOutputs.has(code)) return;
    const missing: InputFile = { path: file, size: 0, modified: "", changed: "", isMissing: true };
    // A server may answer by now, about a file that has not changed.
    if (code === "VOXRX_FILE_MISSING" || error instanceof DownloadError) this.#files.set(file, missing);
    else this.#looks.push(this.#lookAt(file, code, missing));
  }

  async #lookAt(file: string, code: string, missing: InputFile): Promise<void> {
    const read = await identifyFile(file).catch(() => undefined);
    const found = read ?? (await localFileIdentity(file).catch(() => undefined));
    if (this.#has(file)) return;
    const wasUnreadable = code === "VOXRX_FILE_UNREADABLE" && read?.hash !== undefined;
    if (!found || wasUnreadable) this.#files.set(file, missing);
    // It may have been filled since.
    else this.#keep(code === "VOXRX_EMPTY_FILE" ? { ...found, size: 0 } : found);
  }

  /** Errors name a URL without the parts that may hold a secret. */
  #has(file: string): boolean {
    return (
      this.#files.has(file) || (isUrl(file) && [...this.#files.keys()].some((path) => path.startsWith(`${file}#`)))
    );
  }

  async write(layout: OutputLayout, shard: string): Promise<void> {
    await Promise.all(this.#looks);
    const path = layout.inputsOf(shard);
    await makeDirectory(dirname(path));
    await writeAtomically(path, JSON.stringify([...this.#files.values()]), { sync: false });
  }
}

/** Whether the content of a file that a block was made from is another one now, the file is gone, or one has come. */
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
    if (file.isMissing) return true;
    const isSameFile = now.inode === file.inode && now.size === file.size;
    const looksSame = isSameFile && now.modified === file.modified && now.changed === file.changed;
    if (looksSame && !(file.isYoung && file.hash !== undefined)) return false;
    if (file.hash === undefined || now.size !== file.size) return true;
    return (await hashedFileIdentity(file.path)).hash !== file.hash;
  } catch (error) {
    const code = systemCode(error);
    // Anything else says nothing of the file: its server does not answer, for example.
    return !file.isMissing && (code === "ENOENT" || code === "ENOTDIR");
  }
}
