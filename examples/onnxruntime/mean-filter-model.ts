/**
 * A model in ONNX's format (onnx.proto), written by hand so that the example needs no Python: a convolution that compares
 * the mean of 3 x 3 x 3 voxels with a threshold. Yours comes from `torch.onnx.export` or another exporter.
 */

/** Logits of background and foreground, `[N, 2, X, Y, Z]`, of an image `[N, 1, X, Y, Z]`. */
export function meanFilterModel(threshold: number): Uint8Array<ArrayBuffer> {
  const mean = Array.from({ length: 27 }, () => 1 / 27);
  const weights = [...mean.map((weight) => -weight), ...mean];
  const pads = [1, 1, 1, 1, 1, 1].flatMap((pad) => number(8, pad));
  const attribute = message(5, [...text(1, "pads"), ...pads, ...number(20, 7)]); // 7: a list of integers
  const inputs = ["image", "weights", "bias"].flatMap((name) => text(1, name));
  const node = message(1, [...inputs, ...text(2, "logits"), ...text(4, "Conv"), ...attribute]);
  const graph = message(7, [
    ...node,
    ...text(2, "mean filter"),
    ...message(5, floats("weights", [2, 1, 3, 3, 3], weights)),
    ...message(5, floats("bias", [2], [threshold, -threshold])),
    ...message(11, value("image", ["N", 1, "X", "Y", "Z"])),
    ...message(12, value("logits", ["N", 2, "X", "Y", "Z"])),
  ]);
  const [irVersion, opsetVersion] = [8, 13];
  return Uint8Array.from([...number(1, irVersion), ...message(8, number(2, opsetVersion)), ...graph]);
}

/** The description of an input or output: float32, of sizes that are known or have a name. */
function value(name: string, sizes: readonly (number | string)[]): number[] {
  const shape = sizes.flatMap((size) => message(1, typeof size === "number" ? number(1, size) : text(2, size)));
  return [...text(1, name), ...message(2, message(1, [...number(1, 1), ...message(2, shape)]))];
}

/** A tensor of float32. */
function floats(name: string, shape: readonly number[], values: readonly number[]): number[] {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return [...shape.flatMap((n) => number(1, n)), ...number(2, 1), ...text(8, name), ...message(9, [...bytes])];
}

/** A number as protocol buffers have it: seven bits a byte, the lowest first. */
function varint(given: number): number[] {
  return given < 128 ? [given] : [(given % 128) + 128, ...varint(Math.floor(given / 128))];
}

const number = (field: number, given: number) => [...varint(8 * field), ...varint(given)];
const message = (field: number, bytes: readonly number[]) => [
  ...varint(8 * field + 2),
  ...varint(bytes.length),
  ...bytes,
];
const text = (field: number, given: string) => message(field, [...new TextEncoder().encode(given)]);
