/** Makes NumPy array files, also such as NumPy would not. */

/** What an array file is made of. */
export interface ArrayFile {
  readonly descr?: string;
  readonly fortran?: boolean;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly version?: number;
  readonly text?: string;
}

/** An array file, by the text of numpy.lib.format. */
export function npy({ descr = "<f4", fortran = false, shape, bytes, version = 1, text }: ArrayFile): Buffer {
  const sizes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = text ?? `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${sizes}, }`;
  const line = Buffer.from(`${header.padEnd(117)}\n`, "latin1");
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.write("\x93NUMPY", 0, "latin1");
  head.writeUInt8(version, 6);
  if (version === 1) head.writeUInt16LE(line.length, 8);
  else head.writeUInt32LE(line.length, 8);
  return Buffer.concat([head, line, bytes]);
}

/** The bytes of 32-bit floats. */
export function floats(...values: number[]): Uint8Array {
  return new Uint8Array(Float32Array.from(values).buffer);
}
