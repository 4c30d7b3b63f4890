/** One stage of a Fourier transform over the factors of its length (Stockham's algorithm). */
import { type Complex, complexZeros } from "./complex.ts";

/** One stage. */
export interface Stage {
  readonly radix: number;
  /** Length that is left to transform after this stage. */
  readonly rest: number;
  /** Elements that stay together: lines times the product of the earlier radices. */
  readonly together: number;
}

const sin60 = Math.sqrt(3) / 2;
const [cos72, sin72] = [Math.cos((2 * Math.PI) / 5), Math.sin((2 * Math.PI) / 5)];
const [cos144, sin144] = [Math.cos((4 * Math.PI) / 5), Math.sin((4 * Math.PI) / 5)];

/** Writes `from` after one stage to `to`. `roots` are the roots of unity of the whole length. */
export function butterflies(from: Complex, to: Complex, stage: Stage, roots: Complex): void {
  if (stage.radix === 4) radix4(from, to, stage, roots);
  else if (stage.radix === 2) radix2(from, to, stage, roots);
  else if (stage.radix === 3) radix3(from, to, stage, roots);
  else if (stage.radix === 5) radix5(from, to, stage, roots);
  else anyRadix(from, to, stage, roots);
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

function radix3({ re, im }: Complex, to: Complex, { rest, together }: Stage, roots: Complex): void {
  const { re: tr, im: ti } = to;
  const turn = roots.re.length / (3 * rest);
  const third = rest * together;
  for (let p = 0; p < rest; p++) {
    const [w1r, w1i] = [roots.re[p * turn]!, roots.im[p * turn]!];
    const [w2r, w2i] = [roots.re[2 * p * turn]!, roots.im[2 * p * turn]!];
    const first = p * together;
    for (let q = 0; q < together; q++) {
      const a = first + q;
      const b = a + third;
      const c = b + third;
      const sumR = re[b]! + re[c]!;
      const sumI = im[b]! + im[c]!;
      const turnedR = sin60 * (im[b]! - im[c]!);
      const turnedI = sin60 * (re[c]! - re[b]!);
      const middleR = re[a]! - sumR / 2;
      const middleI = im[a]! - sumI / 2;
      const t = 3 * first + q;
      tr[t] = re[a]! + sumR;
      ti[t] = im[a]! + sumI;
      const x1r = middleR + turnedR;
      const x1i = middleI + turnedI;
      tr[t + together] = x1r * w1r - x1i * w1i;
      ti[t + together] = x1r * w1i + x1i * w1r;
      const x2r = middleR - turnedR;
      const x2i = middleI - turnedI;
      tr[t + 2 * together] = x2r * w2r - x2i * w2i;
      ti[t + 2 * together] = x2r * w2i + x2i * w2r;
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

function radix5({ re, im }: Complex, to: Complex, { rest, together }: Stage, roots: Complex): void {
  const { re: tr, im: ti } = to;
  const turn = roots.re.length / (5 * rest);
  const fifth = rest * together;
  for (let p = 0; p < rest; p++) {
    const [w1r, w1i] = [roots.re[p * turn]!, roots.im[p * turn]!];
    const [w2r, w2i] = [roots.re[2 * p * turn]!, roots.im[2 * p * turn]!];
    const [w3r, w3i] = [roots.re[3 * p * turn]!, roots.im[3 * p * turn]!];
    const [w4r, w4i] = [roots.re[4 * p * turn]!, roots.im[4 * p * turn]!];
    const first = p * together;
    for (let q = 0; q < together; q++) {
      const a = first + q;
      const [b, c, d, e] = [a + fifth, a + 2 * fifth, a + 3 * fifth, a + 4 * fifth];
      const [outerR, outerI] = [re[b]! + re[e]!, im[b]! + im[e]!];
      const [innerR, innerI] = [re[c]! + re[d]!, im[c]! + im[d]!];
      const [apartR, apartI] = [re[b]! - re[e]!, im[b]! - im[e]!];
      const [nearR, nearI] = [re[c]! - re[d]!, im[c]! - im[d]!];
      const [m1r, m1i] = [re[a]! + cos72 * outerR + cos144 * innerR, im[a]! + cos72 * outerI + cos144 * innerI];
      const [m2r, m2i] = [re[a]! + cos144 * outerR + cos72 * innerR, im[a]! + cos144 * outerI + cos72 * innerI];
      const [n1r, n1i] = [sin72 * apartI + sin144 * nearI, -sin72 * apartR - sin144 * nearR];
      const [n2r, n2i] = [sin144 * apartI - sin72 * nearI, sin72 * nearR - sin144 * apartR];
      const t = 5 * first + q;
      tr[t] = re[a]! + outerR + innerR;
      ti[t] = im[a]! + outerI + innerI;
      tr[t + together] = (m1r + n1r) * w1r - (m1i + n1i) * w1i;
      ti[t + together] = (m1r + n1r) * w1i + (m1i + n1i) * w1r;
      tr[t + 2 * together] = (m2r + n2r) * w2r - (m2i + n2i) * w2i;
      ti[t + 2 * together] = (m2r + n2r) * w2i + (m2i + n2i) * w2r;
      tr[t + 3 * together] = (m2r - n2r) * w3r - (m2i - n2i) * w3i;
      ti[t + 3 * together] = (m2r - n2r) * w3i + (m2i - n2i) * w3r;
      tr[t + 4 * together] = (m1r - n1r) * w4r - (m1i - n1i) * w4i;
      ti[t + 4 * together] = (m1r - n1r) * w4i + (m1i - n1i) * w4r;
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
