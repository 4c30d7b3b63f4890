/** The bytes as the decoder needs them: in memory that is not shared between threads, at a multiple of 8. */
export function aligned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, length } = bytes;
  const fits = buffer instanceof ArrayBuffer && byteOffset % 8 === 0;
  return fits ? new Uint8Array(buffer, byteOffset, length) : Uint8Array.from(bytes);
}
