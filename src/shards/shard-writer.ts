/** Writes tar shards: each appears whole, with its index, or not at all. */
import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pack } from "tar-stream";
import { isVoxRxError } from "../errors.ts";
import { writeFailed, writeWhole } from "../files/write-whole.ts";
import { type FilePlace, type IndexedSample, indexOfShard, type ShardIndex } from "./shard-index.ts";

const block = 512;
/** Two blocks of zeros end a tar. */
const trailer = new Uint8Array(2 * block);

/** How {@link ShardWriter} is told. */
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
  readonly path: string;
  readonly draft: string;
  readonly handle: FileHandle;
  readonly items: IndexedSample[];
  bytes: number;
}

/** Takes samples one after another. After an error it is over: call {@link abandon}. */
export class ShardWriter {
  readonly #options: ShardWriterOptions;
  #shard: OpenShard | undefined;
  #count = 0;
  #isPrepared = false;
  #isBusy = false;
  #isAbandoned = false;

  constructor(options: ShardWriterOptions) {
    this.#options = options;
  }

  /** Adds one sample, whose files are sorted; a new shard is begun where the limits ask for one. @throws FormatError `VOXRX_WRITE_FAILED` */
  add(key: string, files: readonly ShardFile[]): Promise<void> {
    return this.#alone(async () => {
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
      const { bytesWritten } = await shard.handle.writev(pieces);
      // A disk that fills up in the middle is no error to the system until the next write, which may find space again.
      if (bytesWritten < bytes) throw new Error(`only ${bytesWritten} of ${bytes} bytes could be written`);
      shard.items.push({ key, fields: movedBy(shard.bytes, places) });
      shard.bytes += bytes;
    });
  }

  /** Ends the last shard; removes those of an earlier, longer run that was to be overwritten, and what a killed one left unfinished. */
  finish(): Promise<void> {
    return this.#alone(async () => {
      await this.#prepare();
      if (this.#shard) await this.#finishShard(this.#shard);
      for (const [path, number] of await this.#shardsThere()) {
        if (number < this.#count) continue;
        await rm(path);
        await rm(indexOfShard(path), { force: true });
      }
      if (this.#options.overwrite) await this.#removeDrafts();
    });
  }

  /** Leaves nothing of the shard in the making. Does not wait for an `add` in work, which clears up behind itself. */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    if (!this.#isBusy) await this.#discard();
  }

  async #alone(work: () => Promise<void>): Promise<void> {
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
    const { dir, overwrite } = this.#options;
    await mkdir(dir, { recursive: true });
    const [found] = await this.#shardsThere();
    if (found && !overwrite) {
      throw writeFailed(
        "shards of this name are there already",
        found[0],
        "Choose another folder or prefix, or set overwrite to replace them.",
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

  async #removeDrafts(): Promise<void> {
    for (const { path, rest } of await this.#filesThere()) {
      if (/^\d{6,}\.tar(\.index\.json)?\.[0-9a-f-]{36}\.tmp$/.test(rest)) await rm(path, { force: true });
    }
  }

  /** The files of this prefix, with what is behind it in their names. */
  async #filesThere(): Promise<{ path: string; rest: string }[]> {
    const { dir, prefix } = this.#options;
    const names = (await readdir(dir)).filter((name) => name.startsWith(`${prefix}-`));
    return names.map((name) => ({ path: join(dir, name), rest: name.slice(prefix.length + 1) }));
  }

  async #openShard(): Promise<OpenShard> {
    const { dir, prefix } = this.#options;
    const path = join(dir, `${prefix}-${String(this.#count).padStart(6, "0")}.tar`);
    const draft = `${path}.${randomUUID()}.tmp`;
    return { path, draft, handle: await open(draft, "wx"), items: [], bytes: 0 };
  }

  async #finishShard({ path, draft, handle, items, bytes }: OpenShard): Promise<void> {
    await handle.writeFile(trailer);
    await handle.sync();
    const index: ShardIndex = { version: 1, bytes: bytes + trailer.length, items };
    await writeWhole(indexOfShard(path), Buffer.from(`${JSON.stringify(index)}\n`));
    await handle.close();
    await rename(draft, path);
    this.#shard = undefined;
    this.#count++;
  }

  async #discard(): Promise<void> {
    const shard = this.#shard;
    this.#shard = undefined;
    if (!shard) return;
    await shard.handle.close().catch(() => {}); // it may be closed already
    await rm(shard.draft, { force: true });
  }
}

/** The header and content of one file, the same on every machine and at any time. A long name gets a pax header before it. */
async function packedFile(name: string, content: Uint8Array) {
  const packing = pack();
  const header = { name, mode: 0o644, uid: 0, gid: 0, mtime: new Date(0), type: "file" } as const;
  packing.entry(header, Buffer.from(content.buffer, content.byteOffset, content.byteLength));
  packing.finalize();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of packing) {
    if (!(piece instanceof Uint8Array)) throw new TypeError("tar-stream gave something else than bytes");
    pieces.push(piece);
    bytes += piece.length;
  }
  const last = pieces.pop(); // the zeros that end a tar
  if (last?.length !== trailer.length) throw new TypeError("tar-stream ended a tar in a way of its own");
  return { pieces, bytes: bytes - trailer.length };
}

function paddedSize(length: number): number {
  return Math.ceil(length / block) * block;
}

function movedBy(start: number, places: readonly [string, FilePlace][]): IndexedSample["fields"] {
  return Object.fromEntries(places.map(([name, place]) => [name, { ...place, offset: place.offset + start }]));
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function failedToWrite(cause: unknown, dir: string): Error {
  if (isVoxRxError(cause)) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  const remedy = "Check the folder, its permissions and its space.";
  return writeFailed(`a shard could not be written: ${said}`, dir, remedy, cause);
}
