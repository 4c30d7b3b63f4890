/** Discrete Fourier transforms of any length, for many lines at a time. */

/** Complex numbers: one array for the real parts, one for the imaginary parts. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** `length` complex zeros. */
export function complexZeros(length: number): Complex {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/**
 * Transforms `lanes` lines of equal length, stored interleaved: element k of line q is at `k * lanes + q`. The result
 * is in `lines`; `spare` is overwritten.
 */
export type LineTransform = (lines: Complex, spare: Complex) => void;

// The work per element grows with the factor; beyond about this factor, a longer transform over a power of two is
// faster.
const largestFactor = 23;

/**
 * A forward transform (`sum of x[j] exp(-2 pi i j k / n)`): Stockham's algorithm over the prime factors of `n`, and
 * Bluestein's (1970) where one of them is large. The inverse is the same with real and imaginary parts exchanged,
 * divided by `n`.
 */
export function lineTransform(n: number, lanes: number): LineTransform {
  const factors = factorsOf(n);
  return (factors.at(-1) ?? 1) > largestFactor ? bluestein(n, lanes) : stockham(n, lanes, factors);
}

/** Real and imaginary parts exchanged: a transform of these is the inverse, up to a factor. */
export function exchanged({ re, im }: Complex): Complex {
  return { re: im, im: re };
}

/** Factors in ascending order. Pairs of twos become fours, which need the fewest operations. */
function factorsOf(n: number): number[] {
  const factors: number[] = [];
  let rest = n;
  for (let factor = 4; rest > 1; factor = factor === 4 ? 2 : factor === 2 ? 3 : factor + 2) {
    if (factor > 4 && factor * factor > rest) factor = rest;
    for (; rest % factor === 0; rest /= factor) factors.push(factor);
  }
  return factors.sort((a, b) => a - b);
}

interface Stage {
  readonly radix: number;
  /** Length that is left to transform after this stage. */
  readonly rest: number;
  /** Elements that stay together: lines times the product of the earlier radices. */
  readonly together: number;
}

function stockham(n: number, lanes: number, factors: readonly number[]): LineTransform {
  const roots = rootsOfUnity(n);
  const stages: Stage[] = [];
  let [rest, together] = [n, lanes];
  for (const radix of factors) {
    rest /= radix;
    stages.push({ radix, rest, together });
    together *= radix;
  }
  return (lines, spare) => {
    let [from, to] = [lines, spare];
    for (const stage of stages) {
      if (stage.radix === 4) radix4(from, to, stage, roots);
      else if (stage.radix === 2) radix2(from, to, stage, roots);
      else anyRadix(from, to, stage, roots);
      [from, to] = [to, from];
    }
    if (from === lines) return;
    const length = n * lanes;
    lines.re.set(from.re.subarray(0, length));
    lines.im.set(from.im.subarray(0, length));
  };
}

/** `exp(-2 pi i k / n)`, each computed from its own angle, so that errors do not add up. */
function rootsOfUnity(n: number): Complex {
  const angle = (-2 * Math.PI) / n;
  return {
    re: Float64Array.from({ length: n }, (_, k) => Math.cos(angle * k)),
    im: Float64Array.from({ length: n }, (_, k) => Math.sin(angle * k)),
  };
}

function radix2({ re, im }: Complex, to: Complex, { rest, together }: Stage, roots: Complex): void {
  const { re: tr, im: ti } = to;
  const turn = roots.re.length / (2 * rest);
  const half = rest * together;
  for (let p = 0; p < rest; p++) {
    const [wr, wi] = [roots.re[p * turn]!, roots.im[p * turn]!];
    for (let q = 0, a = p * together, t = 2 * a; q < together; q++, a++, t++) {
      const differenceR = re[a]! - re[a + half]!;
      const differenceI = im[a]! - im[a + half]!;
      tr[t] = re[a]! + re[a + half]!;
      ti[t] = im[a]! + im[a + half]!;
      tr[t + together] = differenceR * wr - differenceI * wi;
      ti[t + together] = differenceR * wi + differenceI * wr;
    }
  }
}

function radix4({ re, im }: Complex, to: Complex, { rest, together }: Stage, roots: Complex): void {
  const { re: tr, im: ti } = to;
  const turn = roots.re.length / (4 * rest);
  const quarter = rest * together;
  for (let p = 0; p < rest; p++) {
    const [w1r, w1i] = [roots.re[p * turn]!, roots.im[p * turn]!];
    const [w2r, w2i] = [roots.re[2 * p * turn]!, roots.im[2 * p * turn]!];
    const [w3r, w3i] = [roots.re[3 * p * turn]!, roots.im[3 * p * turn]!];
    const first = p * together;
    for (let q = 0; q < together; q++) {
      const a = first + q;
      const b = a + quarter;
      const c = b + quarter;
      const d = c + quarter;
      const sumR = re[a]! + re[c]!;
      const sumI = im[a]! + im[c]!;
      const differenceR = re[a]! - re[c]!;
      const differenceI = im[a]! - im[c]!;
      const oddR = re[b]! + re[d]!;
      const oddI = im[b]! + im[d]!;
      const turnedR = im[b]! - im[d]!;
      const turnedI = re[d]! - re[b]!;
      const t = 4 * first + q;
      tr[t] = sumR + oddR;
      ti[t] = sumI + oddI;
      const x1r = differenceR + turnedR;
      const x1i = differenceI + turnedI;
      tr[t + together] = x1r * w1r - x1i * w1i;
      ti[t + together] = x1r * w1i + x1i * w1r;
      const x2r = sumR - oddR;
      const x2i = sumI - oddI;
      tr[t + 2 * together] = x2r * w2r - x2i * w2i;
      ti[t + 2 * together] = x2r * w2i + x2i * w2r;
      const x3r = differenceR - turnedR;
      const x3i = differenceI - turnedI;
      tr[t + 3 * together] = x3r * w3r - x3i * w3i;
      ti[t + 3 * together] = x3r * w3i + x3i * w3r;
    }
  }
}

function anyRadix({ re, im }: Complex, to: Complex, { radix, rest, together }: Stage, roots: Complex): void {
  const { re: tr, im: ti } = to;
  const n = roots.re.length;
  const [turn, step] = [n / (radix * rest), n / radix];
  const stride = rest * together;
  const { re: weightsR, im: weightsI } = complexZeros(radix);
  for (let p = 0; p < rest; p++) {
    for (let k = 0; k < radix; k++) {
      for (let j = 0; j < radix; j++) {
        const root = (((j * k) % radix) * step + p * k * turn) % n;
        weightsR[j] = roots.re[root]!;
        weightsI[j] = roots.im[root]!;
      }
      const target = (radix * p + k) * together;
      for (let q = 0; q < together; q++) {
        let real = 0;
        let imaginary = 0;
        for (let j = 0, s = p * together + q; j < radix; j++, s += stride) {
          real += re[s]! * weightsR[j]! - im[s]! * weightsI[j]!;
          imaginary += re[s]! * weightsI[j]! + im[s]! * weightsR[j]!;
        }
        tr[target + q] = real;
        ti[target + q] = imaginary;
      }
    }
  }
}

/** A transform as a convolution with a chirp, whose length is a power of two. */
function bluestein(n: number, lanes: number): LineTransform {
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const chirp = chirpOf(n);
  const single = stockham(length, 1, factorsOf(length));
  const spectrum = complexZeros(length);
  for (let k = 0; k < n; k++) {
    for (const at of [k, (length - k) % length]) {
      spectrum.re[at] = chirp.re[k]! / length;
      spectrum.im[at] = chirp.im[k]! / length;
    }
  }
  single(spectrum, complexZeros(length));
  const together = stockham(length, lanes, factorsOf(length));
  const [work, spare] = [complexZeros(length * lanes), complexZeros(length * lanes)];
  return (lines) => {
    work.re.fill(0, n * lanes);
    work.im.fill(0, n * lanes);
    multiply(lines, chirp, -1, n, lanes, work);
    together(work, spare);
    multiply(work, spectrum, 1, length, lanes, work);
    together(exchanged(work), exchanged(spare));
    multiply(work, chirp, -1, n, lanes, lines);
  };
}

/** `exp(pi i k^2 / n)`; the square is taken modulo 2n, so that the angle stays exact. */
function chirpOf(n: number): Complex {
  const angle = (k: number) => (Math.PI * ((k * k) % (2 * n))) / n;
  return {
    re: Float64Array.from({ length: n }, (_, k) => Math.cos(angle(k))),
    im: Float64Array.from({ length: n }, (_, k) => Math.sin(angle(k))),
  };
}

/** Multiplies every line by the same numbers, or by their conjugates for `sign` -1. */
function multiply(lines: Complex, by: Complex, sign: 1 | -1, n: number, lanes: number, to: Complex): void {
  for (let k = 0, at = 0; k < n; k++) {
    const [wr, wi] = [by.re[k]!, sign * by.im[k]!];
    for (let q = 0; q < lanes; q++, at++) {
      const [xr, xi] = [lines.re[at]!, lines.im[at]!];
      to.re[at] = xr * wr - xi * wi;
      to.im[at] = xr * wi + xi * wr;
    }
  }
}
