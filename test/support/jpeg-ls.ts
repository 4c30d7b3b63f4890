/** A lossless JPEG-LS encoder of one component for tests (ITU-T T.87; names of variables are those of annex A). */

/** Lengths of runs, as powers of two (A.2.1). */
const orders = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];
const reset = 64;

interface Context {
  a: number;
  b: number;
  c: number;
  n: number;
  /** Negative errors of a run's end. */
  negative: number;
}

/** A frame with these samples of `bits` bits, row by row. */
export function jpegLsFrame(samples: readonly number[], columns: number, rows: number, bits: number): Buffer {
  const scan = scanOf(samples, columns, rows, bits);
  const frame = [0xff, 0xf7, 0, 11, bits, rows >> 8, rows & 255, columns >> 8, columns & 255, 1, 1, 0x11, 0];
  return Buffer.from([0xff, 0xd8, ...frame, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, ...scan, 0xff, 0xd9]);
}

function scanOf(samples: readonly number[], columns: number, rows: number, precision: number): number[] {
  const most = 2 ** precision - 1;
  const limit = 2 * (Math.max(2, precision) + Math.max(8, precision));
  const [t1, t2, t3] = thresholds(most);
  const start = (): Context => ({ a: Math.max(2, (most + 33) >> 6), b: 0, c: 0, n: 1, negative: 0 });
  const contexts = Array.from({ length: 365 }, start);
  const runEnds = [start(), start()] as const;
  const bits: number[] = [];
  const put = (value: number, count: number) => {
    for (let n = count - 1; n >= 0; n--) bits.push(Math.floor(value / 2 ** n) % 2);
  };
  const golomb = (k: number, value: number, longest: number) => {
    const high = Math.floor(value / 2 ** k);
    const isShort = high < longest - precision - 1;
    put(1, (isShort ? high : longest - precision - 1) + 1);
    if (isShort) put(value % 2 ** k, k);
    else put(value - 1, precision);
  };
  const wrapped = (error: number) => {
    const positive = error < 0 ? error + most + 1 : error;
    return positive >= (most + 1) / 2 ? positive - most - 1 : positive;
  };
  const level = (step: number): number => {
    const size = Math.abs(step);
    const found = size === 0 ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4;
    return step < 0 ? -found : found;
  };
  const at = (x: number, y: number) => (y < 0 ? 0 : (samples[y * columns + x] ?? 0));
  const around = (x: number, y: number) => ({
    left: x > 0 ? at(x - 1, y) : at(0, y - 1),
    above: at(x, y - 1),
    corner: x > 0 ? at(x - 1, y - 1) : at(0, y - 2),
    next: at(Math.min(x + 1, columns - 1), y - 1),
  });

  let order = 0;
  /** Codes a run that starts at a pixel, and the sample that ends it; returns how many samples that were. */
  const run = (x: number, y: number): number => {
    const { left } = around(x, y);
    let length = 0;
    while (x + length < columns && at(x + length, y) === left) length++;
    let rest = length;
    for (; rest >= 2 ** (orders[order] ?? 15); order = Math.min(31, order + 1)) {
      rest -= 2 ** (orders[order] ?? 15);
      bits.push(1);
    }
    if (x + length === columns) {
      if (rest > 0) bits.push(1);
      return length;
    }
    const size = orders[order] ?? 15;
    bits.push(0);
    put(rest, size);
    runEnd(x + length, y, limit - size - 1);
    order = Math.max(0, order - 1);
    return length + 1;
  };
  const runEnd = (x: number, y: number, longest: number) => {
    const { left, above } = around(x, y);
    const type = left === above ? 1 : 0;
    const context = runEnds[type];
    const error = wrapped((at(x, y) - above) * (type === 0 && left > above ? -1 : 1));
    const sum = context.a + (type === 1 ? context.n >> 1 : 0);
    let k = 0;
    while (context.n << k < sum) k++;
    const isMostlyNegative = 2 * context.negative >= context.n;
    const isMapped = error < 0 ? isMostlyNegative || k !== 0 : error > 0 && k === 0 && !isMostlyNegative;
    const mapped = 2 * Math.abs(error) - type - (isMapped ? 1 : 0);
    golomb(k, mapped, longest);
    if (error < 0) context.negative++;
    context.a += (mapped + 1 - type) >> 1;
    count(context);
  };
  const regular = (x: number, y: number, index: number) => {
    const { left, above, corner } = around(x, y);
    const sign = index < 0 ? -1 : 1;
    const context = contexts[Math.abs(index)] ?? start();
    const [low, high] = [Math.min(left, above), Math.max(left, above)];
    const predicted = corner >= high ? low : corner <= low ? high : left + above - corner;
    const error = wrapped(sign * (at(x, y) - Math.min(most, Math.max(0, predicted + sign * context.c))));
    let k = 0;
    while (context.n << k < context.a) k++;
    const isTurned = k === 0 && 2 * context.b <= -context.n;
    const mapped = error >= 0 ? 2 * error : -2 * error - 1;
    golomb(k, isTurned ? (error >= 0 ? 2 * error + 1 : -2 * (error + 1)) : mapped, limit);
    context.b += error;
    context.a += Math.abs(error);
    count(context);
    correct(context);
  };

  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; ) {
      const { left, above, corner, next } = around(x, y);
      const index = 81 * level(next - above) + 9 * level(above - corner) + level(corner - left);
      if (index === 0) x += run(x, y);
      else regular(x++, y, index);
    }
  }
  return packed(bits);
}

function count(context: Context): void {
  if (context.n === reset) {
    for (const name of ["a", "b", "n", "negative"] as const) context[name] >>= 1;
  }
  context.n++;
}

/** The bias of a context (A.6.2). */
function correct(context: Context): void {
  if (context.b <= -context.n) {
    context.b = Math.max(context.b + context.n, 1 - context.n);
    context.c = Math.max(-128, context.c - 1);
  } else if (context.b > 0) {
    context.b = Math.min(context.b - context.n, 0);
    context.c = Math.min(127, context.c + 1);
  }
}

/** Defaults of the thresholds of gradients (C.2.4.1.1.1). */
function thresholds(most: number): [number, number, number] {
  const clamp = (value: number, least: number) => (value > most || value < least ? least : value);
  const large = (Math.min(most, 4095) + 128) >> 8;
  const small = Math.floor(256 / (most + 1));
  const [one, two, three] =
    most >= 128
      ? [large + 2, 4 * large + 3, 17 * large + 4]
      : [Math.max(2, Math.floor(3 / small)), Math.max(3, Math.floor(7 / small)), Math.max(4, Math.floor(21 / small))];
  const first = clamp(one, 1);
  const second = clamp(two, first);
  return [first, second, clamp(three, second)];
}

/** Bits as bytes: after a byte of ones, the first bit of the next is 0 (A.1). */
function packed(bits: readonly number[]): number[] {
  const bytes: number[] = [];
  for (let at = 0; at < bits.length; ) {
    const length = bytes.at(-1) === 255 ? 7 : 8;
    bytes.push(Array.from({ length }, (_, n) => bits[at + n] ?? 0).reduce((byte, bit) => 2 * byte + bit, 0));
    at += length;
  }
  return bytes.at(-1) === 255 ? [...bytes, 0] : bytes;
}
