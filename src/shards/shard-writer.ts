/** Writes tar shards: each appears complete, with its index, or not at all. */
import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isVoxRxError } from "../errors.ts";
import { reasonOfWrite } from "../files/disk-failure.ts";
import { tryFileLock } from "../files/file-lock.ts";
import { loadedOnUse } from "../files/load-module.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { AtomicFile, writeAtomically, writeFailed } from "../files/write-atomically.ts";
import { writeFully } from "../files/write-fully.ts";
import { type FilePlace, type IndexedSample, indexOfShard, type ShardIndex } from "./shard-index.ts";

const tarStream = loadedOnUse(() => import("tar-stream"));

const block = 512;
/** A tar ends with two blocks of zeros. */
const trailer = new Uint8Array(2 * block);

/** Options of {@link ShardWriter}. */
export interface ShardWriterOptions {
  readonly dir: string;
  readonly prefix: string;
  readonly maxBytes: number;
  readonly maxCount: number;
  readonly overwrite: boolean;
}

/** One file of a sample. */
export interface ShardFile {
  readonly extension: string;
  readonly bytes: Uint8Array;
}

interface OpenShard {
  readonly file: AtomicFile;
  readonly items: IndexedSample[];
  bytes: number;
}

/** Accepts samples one after another. After an error it can't be used any more: call {@link abandon}. */
export class ShardWriter {
  readonly #options: ShardWriterOptions;
  #shard: OpenShard | undefined;
  #count = 0;
  #isPrepared = false;
  #release: (() => Promise<void>) | undefined;
  #isBusy = false;
  #isAbandoned = false;

  constructor(options: ShardWriterOptions) {
    this.#options = options;
  }

  /**
   * Adds one sample, whose files are sorted; starts a new shard when a limit is reached.
   *
   * @throws FormatError `VOXRX_WRITE_FAILED`
   */
  add(key: string, files: readonly ShardFile[]): Promise<void> {
    return this.#exclusively(async () => {
      await this.#prepare();
      const pieces: Uint8Array[] = [];
      const places: [string, FilePlace][] = [];
      let bytes = 0;
      for (const { extension, bytes: content } of files) {
        const packed = await packedFile(`${key}.${extension}`, content);
        pieces.push(...packed.pieces);
        const offset = bytes + packed.bytes - paddedSize(content.length);
        places.push([extension, { offset, length: content.length, sha256: sha256Of(content) }]);
        bytes += packed.bytes;
      }
      const { maxBytes, maxCount } = this.#options;
      const before = this.#shard;
      const isFull = before && (before.items.length >= maxCount || before.bytes + bytes + trailer.length > maxBytes);
      if (isFull) await this.#finishShard(before);
      const shard = (this.#shard ??= await this.#openShard());
      await writeFully(shard.file.handle, pieces);
      shard.items.push({ key, fields: shiftedBy(shard.bytes, places) });
      shard.bytes += bytes;
    });
  }

  /** Finishes the last shard. Removes surplus shards of an earlier run that is overwritten. */
  finish(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#prepare();
      if (this.#shard) await this.#finishShard(this.#shard);
      for (const [path, number] of await this.#shardsThere()) {
        if (number < this.#count) continue;
        // The shard last: a run that is killed in between leaves no index that the next run would not find.
        await rm(indexOfShard(path), { force: true });
        await rm(path);
      }
      await this.#unlock();
    });
  }

  /** Removes the unfinished shard. Doesn't wait for an `add` in progress, which cleans up after itself. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    if (!this.#isBusy) await this.#discard();
  }

  async #exclusively(work: () => Promise<void>): Promise<void> {
    if (this.#isAbandoned) return;
    this.#isBusy = true;
    try {
      await work();
    } catch (error) {
      this.#isAbandoned = true;
      throw failedToWrite(error, this.#options.dir);
    } finally {
      this.#isBusy = false;
      if (this.#isAbandoned) await this.#discard();
    }
  }

  async #prepare(): Promise<void> {
    if (this.#isPrepared) return;
    const { dir, prefix, overwrite } = this.#options;
    await makeDirectory(dir);
    this.#release = await tryFileLock(join(dir, `${prefix}.lock`));
    if (!this.#release) {
      throw writeFailed(
        `another run is writing shards named ${prefix} into this directory`,
        dir,
        "Wait until it has ended, or choose another directory or prefix.",
      );
    }
    const [found] = await this.#shardsThere();
    if (found && !overwrite) {
      throw writeFailed(
        "shards with this name exist already",
        found[0],
        "Choose another directory or prefix, or set overwrite: true to replace them.",
      );
    }
    this.#isPrepared = true;
  }

  async #shardsThere(): Promise<[path: string, number: number][]> {
    return (await this.#filesThere()).flatMap(({ path, rest }): [string, number][] => {
      const digits = /^(\d{6,})\.tar$/.exec(rest);
      return digits ? [[path, Number(digits[1])]] : [];
    });
  }

  /** The files with this prefix, and the rest of their names. */
  async #filesThere(): Promise<{ path: string; rest: string }[]> {
    const { dir, prefix } = this.#options;
    const names = (await whenFileFree(() => readdir(dir))).filter((name) => name.startsWith(`${prefix}-`));
    return names.map((name) => ({ path: join(dir, name), rest: name.slice(prefix.length + 1) }));
  }

  async #openShard(): Promise<OpenShard> {
    const { dir, prefix } = this.#options;
    const path = join(dir, `${prefix}-${String(this.#count).padStart(6, "0")}.tar`);
    return { file: await AtomicFile.create(path), items: [], bytes: 0 };
  }

  async #finishShard({ file, items, bytes }: OpenShard): Promise<void> {
    await file.handle.writeFile(trailer);
    await file.handle.sync();
    const index: ShardIndex = { version: 1, bytes: bytes + trailer.length, items };
    // A run that is killed in between leaves a shard without an index, never one with the index of another.
    await rm(indexOfShard(file.path), { force: true });
    await file.publish();
    await writeAtomically(indexOfShard(file.path), `${JSON.stringify(index)}\n`);
    this.#shard = undefined;
    this.#count++;
  }

  async #discard(): Promise<void> {
    const shard = this.#shard;
    this.#shard = undefined;
    await shard?.file.discard();
    await this.#unlock();
  }

  async #unlock(): Promise<void> {
    const release = this.#release;
    this.#release = undefined;
    await release?.();
  }
}

/**
 * The tar header and content of one file, identical on every machine and at any time. A long name gets a pax header.
 */
async function packedFile(name: string, content: Uint8Array) {
  const { pack } = await tarStream();
  const packing = pack();
  const header = { name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: "file" } as const;
  packing.entry(header, Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  packing.finalize();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of packing) {
    if (!(piece instanceof Uint8Array)) throw new TypeError("tar-stream yielded something other than bytes");
    pieces.push(piece);
    bytes += piece.length;
  }
  const last = pieces.pop(); // the zeros that end a tar
  if (last?.length !== trailer.length) throw new TypeError("tar-stream ended the tar in an unexpected way");
  return { pieces, bytes: bytes - trailer.length };
}

function paddedSize(length: number): number {
  return Math.ceil(length / block) * block;
}

function shiftedBy(start: number, places: readonly [string, FilePlace][]): IndexedSample["fields"] {
  return Object.fromEntries(places.map(([name, place]) => [name, { ...place, offset: place.offset + start }]));
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function failedToWrite(cause: unknown, dir: string): Error {
  if (isVoxRxError(cause)) return cause;
  const { fault, remedy } = reasonOfWrite(cause);
  return writeFailed(`a shard could not be written: ${fault}`, dir, remedy, cause);
}
