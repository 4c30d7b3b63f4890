import type { ReadonlySamples, TypedArray } from "./samples.ts";

/**
 * Copies a strided image into another strided one of the same shape. The innermost loop runs along the axis that is fastest
 * in the target, so that writes are sequential.
 */
export function copyContiguous(
  source: ReadonlySamples,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  target: TypedArray,
  targetStrides: readonly number[],
  targetOffset = 0,
): void {
  if (shape.includes(0)) return;
  const axes = [...shape.keys()].sort((a, b) => Math.abs(targetStrides[b]!) - Math.abs(targetStrides[a]!));
  const padded = [...new Array<number>(4 - axes.length).fill(-1), ...axes];
  const n = padded.map((axis) => (axis < 0 ? 1 : shape[axis]!));
  const from = padded.map((axis) => (axis < 0 ? 0 : strides[axis]!));
  const to = padded.map((axis) => (axis < 0 ? 0 : targetStrides[axis]!));
  const [n0, n1, n2, n3] = [n[0]!, n[1]!, n[2]!, n[3]!];
  const [f0, f1, f2, f3] = [from[0]!, from[1]!, from[2]!, from[3]!];
  const [t0, t1, t2, t3] = [to[0]!, to[1]!, to[2]!, to[3]!];
  for (let i0 = 0; i0 < n0; i0++) {
    for (let i1 = 0; i1 < n1; i1++) {
      for (let i2 = 0; i2 < n2; i2++) {
        let s = offset + i0 * f0 + i1 * f1 + i2 * f2;
        let t = targetOffset + i0 * t0 + i1 * t1 + i2 * t2;
        for (let i3 = 0; i3 < n3; i3++) {
          target[t] = source[s]!;
          s += f3;
          t += t3;
        }
      }
    }
  }
}
