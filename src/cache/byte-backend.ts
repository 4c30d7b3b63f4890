/** One entry of a {@link ByteBackend}, without its bytes. */
export interface ListedBytes {
  readonly id: string;
  /** Size in bytes. */
  readonly size: number;
}

/**
 * Where {@link storeOver} keeps its bytes. Ids are 64 hexadecimal digits: safe as names of files and objects. Functions
 * can be async. For one id they are called one after the other.
 */
export interface ByteBackend {
  /** Name of the store, for `explain()` and messages, such as `s3Store(bucket)`. */
  readonly name: string;
  /** The bytes of an id, undefined if there are none. They must not change afterwards. */
  get(id: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Stores bytes, in place of what was there. It can keep the array `bytes` itself but must not change it. */
  set(id: string, bytes: Uint8Array): unknown;
  /** Removes an id. The id may be absent. */
  delete(id: string): unknown;
  /** All ids with their sizes, in any order. Ids that are not the store's may be among them; they are ignored. */
  list(): Iterable<ListedBytes> | AsyncIterable<ListedBytes> | Promise<Iterable<ListedBytes>>;
  /** Releases what the backend has open. Called once, after everything else. */
  close?(): unknown;
}
