/** Where a reader takes the bytes of an image from: a file, or memory. */

/** Bytes that can be read at any place. */
export interface ByteSource {
  /** Path or name, for messages and for what an ending promises. */
  readonly path: string;
  /** Bytes in all. */
  readonly size: number;
  /** All of them, where they are in memory. Not to be changed. */
  readonly bytes?: Uint8Array;
  /** Fills `target` from `position` on; gives how many bytes there were. */
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
