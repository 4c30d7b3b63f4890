import type { FileHandle } from "node:fs/promises";

/**
 * Writes pieces one after another at the current position. When a disk fills up during a write, or a file reaches the
 * limit of its size, the system writes a part and reports no error: only the next write fails.
 */
export async function writeFully(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  for (let left = pieces.filter(({ length }) => length > 0); left.length > 0; ) {
    const { bytesWritten } = await handle.writev(left);
    if (bytesWritten === 0) throw new Error("the system wrote nothing");
    left = without(left, bytesWritten);
  }
}

function without(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(Math.min(skip, piece.length));
    skip -= piece.length - rest.length;
    return rest.length > 0 ? [rest] : [];
  });
}
