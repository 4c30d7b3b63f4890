/**
 * Lossless JPEG-LS of one component (ITU-T T.87), for the numbers of bits that GDCM refuses. Names of variables are those
 * of annex A.
 */

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

/** What the header of a frame says. */
export interface LsFrame {
  readonly columns: number;
  readonly rows: number;
  /** Bits per sample, 2 to 8. */
  readonly precision: number;
}

/**
 * The samples of a scan, row by row; undefined if its bytes end before them or hold a code that no encoder writes.
 *
 * @param scan the bytes after the scan's header
 */
export function decodeJpegLs(scan: Uint8Array, frame: LsFrame): Uint8Array | undefined {
  try {
    return new ScanDecoder(new BitReader(scan), frame).samples();
  } catch (error) {
    if (error instanceof Damage) return undefined;
    throw error;
  }
}

class Damage extends Error {}

/** Bits of a scan: after a byte of ones, the first bit of the next byte is not part of the code (A.1). */
class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #byte = 0;
  #left = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  bit(): number {
    if (this.#left === 0) {
      const isStuffed = this.#byte === 255;
      const next = this.#bytes[this.#at++];
      // A marker ends the scan.
      if (next === undefined || (isStuffed && next >= 128)) throw new Damage();
      this.#byte = next;
      this.#left = isStuffed ? 7 : 8;
    }
    return (this.#byte >> --this.#left) & 1;
  }

  bits(count: number): number {
    let value = 0;
    for (let n = 0; n < count; n++) value = 2 * value + this.bit();
    return value;
  }

  /** Zeros before the next one, at most `most` of them. */
  zeros(most: number): number {
    let count = 0;
    while (this.bit() === 0) if (++count > most) throw new Damage();
    return count;
  }
}

class ScanDecoder {
  readonly #reader: BitReader;
  readonly #columns: number;
  readonly #rows: number;
  readonly #precision: number;
  readonly #most: number;
  readonly #limit: number;
  readonly #thresholds: readonly [number, number, number];
  readonly #contexts: readonly Context[];
  readonly #runEnds: readonly [Context, Context];
  readonly #samples: Uint8Array;
  #order = 0;

  constructor(reader: BitReader, { columns, rows, precision }: LsFrame) {
    this.#reader = reader;
    this.#columns = columns;
    this.#rows = rows;
    this.#precision = precision;
    this.#most = 2 ** precision - 1;
    this.#limit = 2 * (Math.max(2, precision) + Math.max(8, precision));
    this.#thresholds = thresholdsOf(this.#most);
    const start = (): Context => ({ a: Math.max(2, (this.#most + 33) >> 6), b: 0, c: 0, n: 1, negative: 0 });
    this.#contexts = Array.from({ length: 365 }, start);
    this.#runEnds = [start(), start()];
    this.#samples = new Uint8Array(columns * rows);
  }

  samples(): Uint8Array {
    for (let y = 0; y < this.#rows; y++) {
      for (let x = 0; x < this.#columns; ) {
        const { left, above, corner, next } = this.#around(x, y);
        const index = 81 * this.#level(next - above) + 9 * this.#level(above - corner) + this.#level(corner - left);
        if (index === 0) x += this.#run(x, y, left);
        else this.#regular(x++, y, index);
      }
    }
    return this.#samples;
  }

  #at(x: number, y: number): number {
    return y < 0 ? 0 : (this.#samples[y * this.#columns + x] ?? 0);
  }

  /** The neighbors of a pixel that come before it (A.2). */
  #around(x: number, y: number) {
    return {
      left: x > 0 ? this.#at(x - 1, y) : this.#at(0, y - 1),
      above: this.#at(x, y - 1),
      corner: x > 0 ? this.#at(x - 1, y - 1) : this.#at(0, y - 2),
      next: this.#at(Math.min(x + 1, this.#columns - 1), y - 1),
    };
  }

  #level(step: number): number {
    const [t1, t2, t3] = this.#thresholds;
    const size = Math.abs(step);
    const found = size === 0 ? 0 : size < t1 ? 1 : size < t2 ? 2 : size < t3 ? 3 : 4;
    return step < 0 ? -found : found;
  }

  /** A run of one value and the sample that ends it (A.7). Returns how many samples that are. */
  #run(x: number, y: number, value: number): number {
    const room = this.#columns - x;
    let length = 0;
    let isEnded = false;
    while (length < room && !isEnded) {
      const order = orders[this.#order] ?? 15;
      if (this.#reader.bit() === 0) {
        length += this.#reader.bits(order);
        if (length >= room) throw new Damage();
        isEnded = true;
      } else if (2 ** order <= room - length) {
        length += 2 ** order;
        this.#order = Math.min(31, this.#order + 1);
      } else length = room;
    }
    const from = y * this.#columns + x;
    this.#samples.fill(value, from, from + length);
    if (!isEnded) return length;
    this.#runEnd(x + length, y, this.#limit - (orders[this.#order] ?? 15) - 1);
    this.#order = Math.max(0, this.#order - 1);
    return length + 1;
  }

  #runEnd(x: number, y: number, longest: number): void {
    const { left, above } = this.#around(x, y);
    const type = left === above ? 1 : 0;
    const context = this.#runEnds[type];
    const sum = context.a + (type === 1 ? context.n >> 1 : 0);
    const k = exponentOf(context.n, sum);
    const mapped = this.#golomb(k, longest);
    const isOdd = (mapped + type) % 2 === 1;
    const size = (mapped + type + (isOdd ? 1 : 0)) / 2;
    const isMostlyNegative = 2 * context.negative >= context.n || k !== 0;
    const error = isOdd === isMostlyNegative ? -size : size;
    if (error < 0) context.negative++;
    context.a += (mapped + 1 - type) >> 1;
    count(context);
    this.#set(x, y, above + error * (type === 0 && left > above ? -1 : 1));
  }

  /** A sample that differs from a prediction (A.4 to A.6). */
  #regular(x: number, y: number, index: number): void {
    const { left, above, corner } = this.#around(x, y);
    const sign = index < 0 ? -1 : 1;
    const context = this.#contexts[Math.abs(index)];
    if (!context) throw new Damage();
    const [low, high] = [Math.min(left, above), Math.max(left, above)];
    const predicted = corner >= high ? low : corner <= low ? high : left + above - corner;
    const corrected = Math.min(this.#most, Math.max(0, predicted + sign * context.c));
    const k = exponentOf(context.n, context.a);
    const mapped = this.#golomb(k, this.#limit);
    const isTurned = k === 0 && 2 * context.b <= -context.n;
    const isEven = mapped % 2 === 0;
    const half = Math.floor(mapped / 2);
    const error = isEven === isTurned ? -half - 1 : half;
    context.b += error;
    context.a += Math.abs(error);
    count(context);
    correct(context);
    this.#set(x, y, corrected + sign * error);
  }

  /** A number in a limited Golomb code (A.5.3). */
  #golomb(k: number, longest: number): number {
    const most = longest - this.#precision - 1;
    const high = this.#reader.zeros(most);
    return high < most ? high * 2 ** k + this.#reader.bits(k) : this.#reader.bits(this.#precision) + 1;
  }

  /** Stores a value modulo the range of samples. */
  #set(x: number, y: number, value: number): void {
    this.#samples[y * this.#columns + x] = value & this.#most;
  }
}

function exponentOf(n: number, sum: number): number {
  let k = 0;
  while (n * 2 ** k < sum) k++;
  return k;
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
function thresholdsOf(most: number): [number, number, number] {
  const within = (value: number, least: number) => (value > most || value < least ? least : value);
  const factor = Math.floor(256 / (most + 1));
  const [one, two, three] = factor > 1 ? [2, 3, 4] : [3, 7, 21];
  const t1 = within(Math.max(one, Math.floor(3 / factor)), 1);
  const t2 = within(Math.max(two, Math.floor(7 / factor)), t1);
  return [t1, t2, within(Math.max(three, Math.floor(21 / factor)), t2)];
}
