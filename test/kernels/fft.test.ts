import { describe, expect, test } from "vitest";
import { type Complex, complexZeros, exchanged } from "../../src/kernels/complex.ts";
import { lineTransform } from "../../src/kernels/fft.ts";

/** The transform by its definition, of line `lane`. */
function direct({ re, im }: Complex, n: number, lanes: number, lane: number): [number, number][] {
  return Array.from({ length: n }, (_, k) => {
    let [real, imaginary] = [0, 0];
    for (let j = 0; j < n; j++) {
      const angle = (-2 * Math.PI * ((j * k) % n)) / n;
      const [x, y] = [re[j * lanes + lane] ?? Number.NaN, im[j * lanes + lane] ?? Number.NaN];
      real += x * Math.cos(angle) - y * Math.sin(angle);
      imaginary += x * Math.sin(angle) + y * Math.cos(angle);
    }
    return [real, imaginary];
  });
}

describe("the Fourier transform of lines", () => {
  const lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 25, 30, 45, 49, 61, 64, 67, 97, 134, 150, 181, 256];

  test.each(lengths)("is the sum of its definition for %i elements, and its inverse gives them back", (n) => {
    for (const lanes of [1, 3]) {
      const [lines, spare] = [complexZeros(n * lanes), complexZeros(n * lanes)];
      for (let at = 0; at < n * lanes; at++) [lines.re[at], lines.im[at]] = [Math.sin(at * at + 1), Math.cos(3 * at)];
      const before = { re: lines.re.slice(), im: lines.im.slice() };
      const transform = lineTransform(n, lanes);
      transform(lines, spare);
      for (let lane = 0; lane < lanes; lane++) {
        const wanted = direct(before, n, lanes, lane);
        const furthest = wanted.map(([re, im], k) =>
          Math.hypot(re - (lines.re[k * lanes + lane] ?? 9), im - (lines.im[k * lanes + lane] ?? 9)),
        );
        expect(Math.max(...furthest)).toBeLessThan(1e-11);
      }
      transform(exchanged(lines), exchanged(spare));
      const back = Array.from(lines.re, (value, at) => Math.abs(value / n - (before.re[at] ?? 9)));
      expect(Math.max(...back)).toBeLessThan(1e-13);
    }
  });
});
