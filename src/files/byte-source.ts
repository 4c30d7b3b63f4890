/** Where the bytes of an image are read from: a file or memory. */

/** Bytes that can be read at any position. */
export interface ByteSource {
  /** Path or name, for messages and for its extension. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** All bytes, if they are in memory. Must not be modified. */
  readonly bytes?: Uint8Array;
  /** Fills `target` from `position` on; returns the number of bytes read. */
  read(target: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

/** Bytes in memory as a source. */
export function bytesInMemory(bytes: Uint8Array, name: string): ByteSource {
  return {
    path: name,
    size: bytes.length,
    bytes,
    async read(target, position) {
      const part = bytes.subarray(position, position + target.length);
      target.set(part);
      return part.length;
    },
    async close() {},
  };
}
