/** The unfinished file of a download (`<path>.part`), with a note of what it is a part of (`<path>.part.json`). */
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { z } from "zod";
import { parseJson } from "../files/file-lock.ts";
import { Digests, digestFile, type FileChecksums } from "./checksum.ts";

/** What a part is a part of. */
export interface PartNote {
  /** Address without query: what is shown and compared. */
  readonly url: string;
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** Bytes of the whole file, where the server said so. */
  readonly total?: number | undefined;
}

const noteSchema = z.object({
  url: z.string(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  total: z.int().min(0).optional(),
});

/** What may be sent in If-Range: a strong ETag, else the date of the last change; undefined forbids to resume. */
export function validatorOf(note: PartNote): string | undefined {
  return note.etag && !note.etag.startsWith("W/") ? note.etag : note.lastModified;
}

/** An open part. What is in it has been digested. */
export class Part {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #withMd5: boolean;
  #digests: Digests;
  #bytes = 0;
  #note: PartNote | undefined;

  private constructor(path: string, handle: FileHandle, withMd5: boolean) {
    this.path = path;
    this.#handle = handle;
    this.#withMd5 = withMd5;
    this.#digests = new Digests(withMd5);
  }

  /** Opens the part of `target`, and takes up what an earlier run left of the same file if it can be told to be that. */
  static async open(target: string, url: string, withMd5: boolean, signal?: AbortSignal): Promise<Part> {
    const path = `${target}.part`;
    const note = await readNote(path);
    const resumable = note?.url === url && validatorOf(note) !== undefined;
    const there = resumable ? await stat(path).catch(() => undefined) : undefined;
    const size = there?.isFile() ? there.size : 0;
    const part = new Part(path, await open(path, size > 0 ? "r+" : "w"), withMd5);
    try {
      if (size > 0 && note && size <= (note.total ?? Infinity)) {
        await digestFile(path, part.#digests, signal, size);
        part.#bytes = size;
        part.#note = note;
      } else if (size > 0) await part.#handle.truncate(0);
      return part;
    } catch (error) {
      await part.#handle.close(); // not close(): what an earlier run brought must stay
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What this is a part of; undefined before the first answer. */
  get note(): PartNote | undefined {
    return this.#note;
  }

  /** Whether every announced byte is here. */
  get isWhole(): boolean {
    return this.#note?.total !== undefined && this.#bytes === this.#note.total;
  }

  /** Throws away what is here and begins a part of what `note` says. */
  async restart(note: PartNote | undefined): Promise<void> {
    await this.#handle.truncate(0); // before the note: old bytes must never stand under a new note
    this.#digests = new Digests(this.#withMd5);
    this.#bytes = 0;
    this.#note = note;
    if (note) await writeFile(`${this.path}.json`, JSON.stringify(note));
    else await rm(`${this.path}.json`, { force: true });
  }

  /** Adds bytes at the end. */
  async append(bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.byteLength) {
      const rest = bytes.subarray(written);
      written += (await this.#handle.write(rest, 0, rest.byteLength, this.#bytes + written)).bytesWritten;
    }
    this.#digests.update(bytes);
    this.#bytes += bytes.byteLength;
  }

  /** The checksums of all that is here; call it once, at the end. */
  finish(): FileChecksums {
    return this.#digests.finish();
  }

  /** Makes the part the file itself. */
  async publish(target: string): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.path, target);
    await rm(`${this.path}.json`, { force: true });
  }

  /** Closes the file; what is here stays for a later run, unless it can never be used. */
  async close(): Promise<void> {
    await this.#handle.close();
    if (this.#bytes === 0 || !this.#note || validatorOf(this.#note) === undefined) await this.remove();
  }

  /** Removes the part from the disk. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(`${this.path}.json`, { force: true });
  }
}

async function readNote(path: string): Promise<PartNote | undefined> {
  const text = await readFile(`${path}.json`, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const note = noteSchema.safeParse(parseJson(text));
  return note.success ? note.data : undefined;
}
