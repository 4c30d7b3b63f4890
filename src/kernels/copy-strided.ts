import type { ReadonlySamples, TypedArray } from "../samples.ts";

/** For shorter lines, a call of the engine's copy does not pay off. */
const shortLine = 16;

/** How many neighbors in the source are read together when its lines become columns of the target. */
const tileWidth = 64;

/** One axis of a copy: its length, and the distance between neighbors in the source and in the target. */
interface Loop {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

const singleStep: Loop = { count: 1, from: 0, to: 0 };

/**
 * Copies a strided image into another one of the same shape; values are converted as by assignment to a typed array.
 * The engine copies lines that have the same layout in both. Where the fastest axes differ, the copy transposes tiles,
 * so that each cache line is fetched once.
 */
export function copyStrided(
  source: ReadonlySamples,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  target: TypedArray,
  targetStrides: readonly number[],
  targetOffset = 0,
): void {
  if (shape.includes(0)) return;
  const loops = [...shape.keys()]
    .filter((axis) => shape[axis] !== 1)
    .sort((a, b) => Math.abs(targetStrides[b]!) - Math.abs(targetStrides[a]!))
    .map((axis): Loop => ({ count: shape[axis]!, from: strides[axis]!, to: targetStrides[axis]! }));
  const inner = loops.pop() ?? singleStep;
  const isLine = inner.to === 1 && inner.count >= shortLine;
  const transposed = isLine && Math.abs(inner.from) !== 1 ? loops.findIndex(isTransposable) : -1;
  const [across] = transposed < 0 ? [] : loops.splice(transposed, 1);
  const tile = new Float64Array(across ? Math.min(tileWidth, across.count) * inner.count : 0);
  const line = new Float64Array(across ? Math.min(tileWidth, across.count) : 0);
  const [a, b, c] = [loops[0] ?? singleStep, loops[1] ?? singleStep, loops[2] ?? singleStep];
  for (let i = 0; i < a.count; i++) {
    for (let j = 0; j < b.count; j++) {
      for (let k = 0; k < c.count; k++) {
        const s = offset + i * a.from + j * b.from + k * c.from;
        const t = targetOffset + i * a.to + j * b.to + k * c.to;
        if (across) transposeTiles(source, s, target, t, inner, across, tile, line);
        else if (isLine && Math.abs(inner.from) === 1) copyLine(source, s, target, t, inner);
        else copyEach(source, s, target, t, inner);
      }
    }
  }
}

function isTransposable({ count, from }: Loop): boolean {
  return Math.abs(from) === 1 && count >= shortLine;
}

function copyEach(source: ReadonlySamples, s: number, target: TypedArray, t: number, { count, from, to }: Loop): void {
  for (let i = 0, at = s, place = t; i < count; i++, at += from, place += to) target[place] = source[at]!;
}

function copyLine(source: ReadonlySamples, s: number, target: TypedArray, t: number, { count, from }: Loop): void {
  target.set(source.subarray(Math.min(s, s + (count - 1) * from), Math.max(s, s + (count - 1) * from) + 1), t);
  if (from < 0) target.subarray(t, t + count).reverse();
}

/** Lines along `across` in the source become columns of lines along `inner` in the target. */
function transposeTiles(
  source: ReadonlySamples,
  s: number,
  target: TypedArray,
  t: number,
  inner: Loop,
  across: Loop,
  tile: Float64Array,
  line: Float64Array,
): void {
  for (let first = 0; first < across.count; first += line.length) {
    const width = Math.min(line.length, across.count - first);
    for (let i = 0; i < inner.count; i++) {
      const at = s + i * inner.from + first * across.from;
      copyLineInto(source, at, across.from, width, line);
      for (let j = 0, to = i; j < width; j++, to += inner.count) tile[to] = line[j]!;
    }
    for (let j = 0; j < width; j++) {
      target.set(tile.subarray(j * inner.count, (j + 1) * inner.count), t + (first + j) * across.to);
    }
  }
}

function copyLineInto(source: ReadonlySamples, at: number, step: number, width: number, line: Float64Array): void {
  if (step > 0) line.set(source.subarray(at, at + width));
  else {
    line.set(source.subarray(at - width + 1, at + 1));
    line.subarray(0, width).reverse();
  }
}
