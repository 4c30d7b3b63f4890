/** One entry of a {@link ByteBackend}, without its bytes. */
export interface ListedBytes {
  readonly key: string;
  /** Size in bytes. */
  readonly size: number;
}

/**
 * What keeps the bytes of {@link storeOver}. Keys are 64 hexadecimal digits: safe as names of files and objects. Functions may be async.
 * For one key they are called one after the other.
 */
export interface ByteBackend {
  /** Name of the store, for `explain()` and messages, such as `s3Store(bucket)`. */
  readonly name: string;
  /** The bytes of a key, undefined if there are none. They must not change afterwards. */
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  /** Keeps bytes, in place of what was there. It may keep `bytes` itself and must not change it. */
  set(key: string, bytes: Uint8Array): unknown;
  /** Forgets a key. It need not be there. */
  delete(key: string): unknown;
  /** All keys with their sizes, in any order. Others than the store's may be among them and are left alone. */
  list(): Iterable<ListedBytes> | AsyncIterable<ListedBytes> | Promise<Iterable<ListedBytes>>;
  /** Lets go of what the backend holds open. Called once, after all else. */
  close?(): unknown;
}
