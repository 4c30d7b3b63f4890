import type { ByteSource } from "./byte-source.ts";
import { ContentHash } from "./content-hash.ts";

const pieceBytes = 2 ** 20;

/**
 * A source whose bytes are hashed while they are read. What is read in order is hashed on the way; the rest is read at
 * the end.
 */
export class HashedSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly bytes?: Uint8Array;
  readonly #source: ByteSource;
  readonly #hash: ContentHash;
  /** Number of bytes hashed, from the first one on. */
  #hashed = 0;

  private constructor(source: ByteSource, hash: ContentHash) {
    this.path = source.path;
    this.size = source.size;
    if (source.bytes) this.bytes = source.bytes;
    this.#source = source;
    this.#hash = hash;
  }

  static async over(source: ByteSource): Promise<HashedSource> {
    return new HashedSource(source, await ContentHash.start());
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    const length = await this.#source.read(target, position);
    const ahead = this.#hashed - position;
    if (ahead >= 0 && ahead < length) {
      this.#hash.update(target.subarray(ahead, length));
      this.#hashed = position + length;
    }
    return length;
  }

  /** The hash of all bytes. Called once, after the last read. */
  async digest(): Promise<string> {
    const piece = new Uint8Array(Math.min(pieceBytes, this.size - this.#hashed));
    while (this.#hashed < this.size && (await this.read(piece, this.#hashed)) > 0);
    return this.#hash.digest();
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
