/** A model in ONNX's format (onnx.proto) that negates a float32 tensor of any shape of so many axes, with names. */
export function negation(axes: number, { input = "x", output = "y" } = {}): Uint8Array<ArrayBuffer> {
  const dim = (n: number) => message(1, text(2, `d${n}`));
  const shape = Array.from({ length: axes }, (_, n) => dim(n)).flat();
  const float32 = 1;
  const value = (field: number, name: string) =>
    message(field, [...text(1, name), ...message(2, message(1, [...number(1, float32), ...message(2, shape)]))]);
  const node = message(1, [...text(1, input), ...text(2, output), ...text(4, "Neg")]);
  const graph = message(7, [...node, ...text(2, "negation"), ...value(11, input), ...value(12, output)]);
  const [irVersion, opsetVersion] = [8, 13];
  return Uint8Array.from([...number(1, irVersion), ...message(8, number(2, opsetVersion)), ...graph]);
}

/** A number as fields of protocol buffers have it: seven bits a byte, the lowest first. */
function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function number(field: number, value: number): number[] {
  return [...varint(8 * field), ...varint(value)];
}

function message(field: number, bytes: readonly number[]): number[] {
  return [...varint(8 * field + 2), ...varint(bytes.length), ...bytes];
}

function text(field: number, value: string): number[] {
  return message(field, [...Buffer.from(value)]);
}
