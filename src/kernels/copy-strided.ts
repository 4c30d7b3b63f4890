/** The one place where samples of any layout become samples of any other layout and element type. */
import { bytesPerSample, dtypeOf, type Samples, type TypedArray, viewAs } from "../samples.ts";
import { copyPlane8, copyPlane16, copyPlane32, type Loop } from "./copy-plane.ts";

/**
 * From this length on, the engine copies a row faster than loops: one loop, or the several that converting and samples
 * of 64 bits need. A reversed row must be twice as long.
 */
const longRow = { oneLoop: 64, severalLoops: 16 };

/** Samples of one piece of a plane that is converted, few enough to stay in the processor's cache. */
const pieceLength = 16_384;

/** Memory for pieces before and after their conversion. Nothing outside a copy, which is never interrupted, sees it. */
let scratch: readonly [ArrayBuffer, ArrayBuffer] | undefined;

const singleStep: Loop = { count: 1, from: 0, to: 0 };

interface IntegersType<A> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
  readonly BYTES_PER_ELEMENT: number;
}

type CopyPlane = (from: number, to: number, along: Loop, across: Loop) => void;

/**
 * Copies a strided image into another one of the same shape; values are converted as by assignment to a typed array.
 * Axes that follow each other in both are copied as one. The engine copies long rows that lie alike in both. Where the
 * fastest axes differ, both are followed together, so that each cache line is fetched once. Between samples of one type
 * no bit changes, not even of NaN.
 */
export function copyStrided(
  source: Samples,
  shape: readonly number[],
  strides: readonly number[],
  offset: number,
  target: TypedArray,
  targetStrides: readonly number[],
  targetOffset = 0,
): void {
  if (shape.includes(0)) return;
  const loops = loopsOf(shape, strides, targetStrides);
  const along = loops.pop() ?? singleStep;
  const row = rowCopier(source, target, along);
  if (row) return eachStart(loops, offset, targetOffset, row);
  const across = takeFastest(loops, along) ?? loops.pop() ?? singleStep;
  const plane = planeCopier(source, target);
  eachStart(loops, offset, targetOffset, (from, to) => plane(from, to, along, across));
}

/** The axes of a copy, the slowest in the target first; neighbors that are one axis in both are merged. */
function loopsOf(shape: readonly number[], strides: readonly number[], targetStrides: readonly number[]): Loop[] {
  const loops: Loop[] = [];
  const axes = [...shape.keys()].filter((axis) => shape[axis] !== 1);
  for (const axis of axes.sort((a, b) => Math.abs(targetStrides[b]!) - Math.abs(targetStrides[a]!))) {
    const loop = { count: shape[axis]!, from: strides[axis]!, to: targetStrides[axis]! };
    const outer = loops.at(-1);
    const isOne = outer && outer.from === loop.count * loop.from && outer.to === loop.count * loop.to;
    if (isOne) loops[loops.length - 1] = { ...loop, count: outer.count * loop.count };
    else loops.push(loop);
  }
  return loops;
}

/** Takes the loop that is faster in the source than `along` out of the loops, if there is one. */
function takeFastest(loops: Loop[], along: Loop): Loop | undefined {
  const steps = loops.map(({ from }) => Math.abs(from));
  const least = Math.min(...steps);
  return least < Math.abs(along.from) ? loops.splice(steps.indexOf(least), 1)[0] : undefined;
}

/** Calls `visit` with the places, in source and target, where the loops from the `n`-th on start. */
function eachStart(
  loops: readonly Loop[],
  from: number,
  to: number,
  visit: (from: number, to: number) => void,
  n = 0,
): void {
  const loop = loops[n];
  if (!loop) return visit(from, to);
  const isLast = n === loops.length - 1;
  let [s, t] = [from, to];
  for (let i = 0; i < loop.count; i++) {
    if (isLast) visit(s, t);
    else eachStart(loops, s, t, visit, n + 1);
    s += loop.from;
    t += loop.to;
  }
}

/** The copy of a row by the engine; undefined if the row is too short, or not a row in both. */
function rowCopier(
  source: Samples,
  target: TypedArray,
  { count, from, to }: Loop,
): ((from: number, to: number) => void) | undefined {
  const isOneLoop = dtypeOf(source) === dtypeOf(target) && target.BYTES_PER_ELEMENT < 8;
  const least = isOneLoop ? longRow.oneLoop : longRow.severalLoops;
  if (to !== 1 || Math.abs(from) !== 1 || count < (from === 1 ? least : 2 * least)) return undefined;
  if (from === 1) return (s, t) => target.set(source.subarray(s, s + count), t);
  return (s, t) => {
    target.set(source.subarray(s - count + 1, s + 1), t);
    target.subarray(t, t + count).reverse();
  };
}

/** The copy of planes for a pair of arrays. */
function planeCopier(source: Samples, target: TypedArray): CopyPlane {
  const dtype = dtypeOf(target);
  if (dtypeOf(source) !== dtype) return convertedPlanes(source, target);
  switch (bytesPerSample(dtype)) {
    case 1: {
      const [bytes, targetBytes] = [integersOf(Uint8Array, source), integersOf(Uint8Array, target)];
      return (from, to, along, across) => copyPlane8(bytes, from, targetBytes, to, along, across);
    }
    case 2: {
      const [shorts, targetShorts] = [integersOf(Uint16Array, source), integersOf(Uint16Array, target)];
      return (from, to, along, across) => copyPlane16(shorts, from, targetShorts, to, along, across);
    }
    case 4: {
      const [words, targetWords] = [integersOf(Int32Array, source), integersOf(Int32Array, target)];
      return (from, to, along, across) => copyPlane32(words, from, targetWords, to, along, across);
    }
    default: {
      const [words, targetWords] = [integersOf(Int32Array, source), integersOf(Int32Array, target)];
      return (from, to, along, across) => {
        const [halves, halvesAcross] = [inHalves(along), inHalves(across)];
        for (const half of [0, 1])
          copyPlane32(words, 2 * from + half, targetWords, 2 * to + half, halves, halvesAcross);
      };
    }
  }
}

/** The same memory as integers of a width. */
function integersOf<A>(Type: IntegersType<A>, { buffer, byteOffset, byteLength }: Samples): A {
  return new Type(buffer, byteOffset, byteLength / Type.BYTES_PER_ELEMENT);
}

/** A loop over numbers of 64 bits as one over numbers of 32 bits. */
function inHalves({ count, from, to }: Loop): Loop {
  return { count, from: 2 * from, to: 2 * to };
}

/** Copies of planes between two types: a piece is gathered, and converted by the engine on its way to the target. */
function convertedPlanes(source: Samples, target: TypedArray): CopyPlane {
  scratch ??= [new ArrayBuffer(8 * pieceLength), new ArrayBuffer(8 * pieceLength)];
  const raw = viewAs(dtypeOf(source), scratch[0], 0, pieceLength);
  const converted = viewAs(dtypeOf(target), scratch[1], 0, pieceLength);
  const [gather, spread] = [planeCopier(source, raw), planeCopier(converted, target)];
  const copyPiece: CopyPlane = (from, to, along, across) => {
    const [length, rows] = [along.count, across.count];
    gather(from, 0, { ...along, to: 1 }, { ...across, to: length });
    const copyRow = rowCopier(raw, target, { ...along, from: 1 });
    if (copyRow) {
      for (let row = 0, place = to; row < rows; row++, place += across.to) copyRow(row * length, place);
    } else {
      converted.set(raw.subarray(0, length * rows));
      spread(0, to, { ...along, from: 1 }, { ...across, from: length });
    }
  };
  return (from, to, along, across) => {
    const length = Math.min(along.count, pieceLength);
    eachPart(across, Math.floor(pieceLength / length), from, to, (s, t, rows) => {
      eachPart(along, length, s, t, (start, place, part) => copyPiece(start, place, part, rows));
    });
  };
}

/** Calls `visit` with the parts of a loop, of at most `most` steps, and where they start. */
function eachPart(
  loop: Loop,
  most: number,
  from: number,
  to: number,
  visit: (from: number, to: number, part: Loop) => void,
): void {
  let [s, t] = [from, to];
  for (let left = loop.count; left > 0; left -= most) {
    visit(s, t, { ...loop, count: Math.min(most, left) });
    s += most * loop.from;
    t += most * loop.to;
  }
}
