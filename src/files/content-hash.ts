import type { IHasher } from "hash-wasm";
import { loadedOnUse } from "./load-module.ts";

const hashWasm = loadedOnUse(() => import("hash-wasm"));

/** Hashers that are not in use: making one takes longer than hashing a small file. */
const idle: IHasher[] = [];
const mostIdle = 16;

/**
 * A running 128-bit hash (XXH3) of bytes, which tells files apart as well as chance can. It is not made to withstand
 * somebody who looks for two files of one hash.
 */
export class ContentHash {
  readonly #hasher: IHasher;

  private constructor(hasher: IHasher) {
    this.#hasher = hasher;
  }

  static async start(): Promise<ContentHash> {
    const hasher = idle.pop() ?? (await (await hashWasm()).createXXHash128());
    hasher.init();
    return new ContentHash(hasher);
  }

  update(bytes: Uint8Array): void {
    this.#hasher.update(bytes);
  }

  /** The hash in hexadecimal. Called once, at the end. */
  digest(): string {
    const hash = this.#hasher.digest("hex");
    if (idle.length < mostIdle) idle.push(this.#hasher);
    return hash;
  }
}
