/** The unfinished file of a download (`<path>.part`), with a note about the complete file (`<path>.part.json`). */
import { type FileHandle, open, rename, rm, stat, writeFile } from "node:fs/promises";
import * as v from "valibot";
import { parseJson } from "../files/parse-json.ts";
import { readIfReadable } from "../files/read-if-readable.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { integerSchema } from "../options.ts";
import { Digests, digestFile, type FileChecksums } from "./checksum.ts";

/** Describes the file that is being downloaded. */
export interface PartialFileNote extends FileVersion {
  /** URL without query, for messages and comparison. */
  readonly url: string;
}

const noteSchema = v.object({
  url: v.string(),
  etag: v.optional(v.string()),
  lastModified: v.optional(v.string()),
  total: v.optional(v.pipe(integerSchema, v.minValue(0))),
});

/** The value for If-Range: a strong ETag, else the Last-Modified date. If undefined, the download can't be resumed. */
export function validatorOf(note: PartialFileNote): string | undefined {
  return note.etag && !note.etag.startsWith("W/") ? note.etag : note.lastModified;
}

/** What a server says of the version of a file that it sends. */
export interface FileVersion {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** Size of the whole file in bytes. */
  readonly total?: number | undefined;
}

/**
 * Whether an answer surely has bytes of the version known from an earlier one. What was there before and is missing now
 * may have changed, except for Last-Modified beside a strong ETag, which servers may leave out (RFC 9110, 15.3.7).
 */
export function isSameVersion(known: FileVersion, answer: FileVersion): boolean {
  if (known.etag !== answer.etag) return false;
  const isStrong = known.etag ? !known.etag.startsWith("W/") : false;
  const isLeftOut = answer.lastModified === undefined && isStrong;
  if (known.lastModified !== answer.lastModified && !isLeftOut) return false;
  return known.total === undefined || answer.total === undefined || known.total === answer.total;
}

/** An open partial file. The checksums cover all its bytes. */
export class PartialFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #withMd5: boolean;
  #digests: Digests;
  #bytes = 0;
  #note: PartialFileNote | undefined;

  private constructor(path: string, handle: FileHandle, withMd5: boolean) {
    this.path = path;
    this.#handle = handle;
    this.#withMd5 = withMd5;
    this.#digests = new Digests(withMd5);
  }

  /**
   * Opens the partial file of `target`. Bytes left by an earlier run are resumed if they are known to belong to the
   * same file.
   */
  static async open(target: string, url: string, withMd5: boolean, signal?: AbortSignal): Promise<PartialFile> {
    const path = `${target}.part`;
    const note = await readNote(path);
    const resumable = note?.url === url && validatorOf(note) !== undefined;
    const there = resumable ? await stat(path).catch(() => undefined) : undefined;
    const size = there?.isFile() ? there.size : 0;
    const part = new PartialFile(path, await whenFileFree(() => open(path, size > 0 ? "r+" : "w"), signal), withMd5);
    try {
      if (size > 0 && note && size <= (note.total ?? Infinity)) {
        await digestFile(path, part.#digests, signal, size);
        part.#bytes = size;
        part.#note = note;
      } else if (size > 0) await part.#handle.truncate(0);
      return part;
    } catch (error) {
      await part.#handle.close(); // not part.close(): bytes from an earlier run must stay
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Note about the complete file; undefined before the first response. */
  get note(): PartialFileNote | undefined {
    return this.#note;
  }

  /** Whether all announced bytes have been received. */
  get isComplete(): boolean {
    return this.#note?.total !== undefined && this.#bytes === this.#note.total;
  }

  /** Discards all bytes and starts over, with a new note. */
  async restart(note: PartialFileNote | undefined): Promise<void> {
    await this.#handle.truncate(0); // before the note: old bytes must never be combined with a new note
    this.#digests = new Digests(this.#withMd5);
    this.#bytes = 0;
    this.#note = note;
    if (note) await whenFileFree(() => writeFile(`${this.path}.json`, JSON.stringify(note)));
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

  /** The checksums of all bytes; call it once, at the end. */
  finish(): FileChecksums {
    return this.#digests.finish();
  }

  /** Moves the partial file to its final path. The note stays, see {@link publishedNote}. */
  async publish(target: string): Promise<void> {
    await this.#handle.sync();
    await this.#handle.close();
    await rename(this.path, target);
  }

  /** Closes the file; the bytes are kept for a later run, unless they can't be resumed. */
  async close(): Promise<void> {
    await this.#handle.close();
    if (this.#bytes === 0 || !this.#note || validatorOf(this.#note) === undefined) await this.remove();
  }

  /** Removes the partial file from the disk. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
    await rm(`${this.path}.json`, { force: true });
  }
}

/**
 * The note about a file that is in place, if the run that put it there has not recorded it yet, or was killed before
 * it could: it says which URL the file came from.
 */
export async function publishedNote(target: string): Promise<PartialFileNote | undefined> {
  const note = await readNote(`${target}.part`);
  return note && (await stat(`${target}.part`).catch(() => undefined)) ? undefined : note;
}

/** Removes the note about a file that is recorded. */
export async function removePublishedNote(target: string): Promise<void> {
  await rm(`${target}.part.json`, { force: true }).catch(() => {}); // then a later run does it
}

async function readNote(path: string): Promise<PartialFileNote | undefined> {
  const json = await readIfReadable(`${path}.json`);
  if (json === undefined) return undefined;
  const note = v.safeParse(noteSchema, parseJson(json));
  return note.success ? note.output : undefined;
}
