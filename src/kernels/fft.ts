/** Discrete Fourier transforms of any length, for many lines at a time. */

import { butterflies, type Stage } from "./butterflies.ts";
import { type Complex, complexZeros, exchanged } from "./complex.ts";

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
      butterflies(from, to, stage, roots);
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
