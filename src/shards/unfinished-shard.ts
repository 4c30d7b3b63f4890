/** One tar shard on its way: it appears complete, followed by its index, or not at all. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { loadedOnUse } from "../files/load-module.ts";
import { AtomicFile, writeAtomically } from "../files/write-atomically.ts";
import { writeFully } from "../files/write-fully.ts";
import { type FilePlace, type IndexedSample, indexOfShard, type ShardIndex } from "./shard-index.ts";

const tarStream = loadedOnUse(() => import("tar-stream"));

const block = 512;
/** A tar ends with two blocks of zeros. */
const trailer = new Uint8Array(2 * block);

/** One file of a sample. */
export interface ShardFile {
  readonly extension: string;
  readonly bytes: Uint8Array;
}

/** A sample as it is stored in a tar. */
export interface PackedSample {
  readonly key: string;
  readonly pieces: readonly Uint8Array[];
  /** Positions from the start of the sample. */
  readonly places: readonly (readonly [extension: string, place: FilePlace])[];
  readonly bytes: number;
}

/** Packs a sample, whose files are sorted. */
export async function packSample(key: string, files: readonly ShardFile[]): Promise<PackedSample> {
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
  return { key, pieces, places, bytes };
}

/** What a finished shard is. */
export interface FinishedShard {
  readonly index: ShardIndex;
  /** SHA-256 of its index, which holds those of all files: it stands for the content of the shard. */
  readonly sha256: string;
}

/** See the file. */
export class UnfinishedShard {
  readonly #file: AtomicFile;
  readonly #items: IndexedSample[] = [];
  #bytes = 0;

  private constructor(file: AtomicFile) {
    this.#file = file;
  }

  static async create(path: string): Promise<UnfinishedShard> {
    return new UnfinishedShard(await AtomicFile.create(path));
  }

  /** Number of samples so far. */
  get count(): number {
    return this.#items.length;
  }

  /** Length of the shard if one more sample of some bytes is added. */
  bytesWith(more: number): number {
    return this.#bytes + more + trailer.length;
  }

  async add({ key, pieces, places, bytes }: PackedSample): Promise<void> {
    await writeFully(this.#file.handle, pieces);
    const fields = places.map(([name, place]) => [name, { ...place, offset: place.offset + this.#bytes }]);
    this.#items.push({ key, fields: Object.fromEntries(fields) });
    this.#bytes += bytes;
  }

  /**
   * Publishes the shard, then its index. `keepsIndex`: an index that is there already is one of the same shard, so
   * readers need not be without it for a moment.
   */
  async publish(keepsIndex = false): Promise<FinishedShard> {
    const file = this.#file;
    await file.handle.writeFile(trailer);
    await file.handle.sync();
    const index: ShardIndex = { version: 1, bytes: this.#bytes + trailer.length, items: this.#items };
    const text = `${JSON.stringify(index)}\n`;
    // A run that is killed in between leaves a shard without an index, never one with the index of another.
    if (!keepsIndex) await rm(indexOfShard(file.path), { force: true });
    await file.publish();
    await writeAtomically(indexOfShard(file.path), text);
    return { index, sha256: sha256Of(Buffer.from(text)) };
  }

  /** Removes it. */
  discard(): Promise<void> {
    return this.#file.discard();
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

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
