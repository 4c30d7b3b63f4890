/** Random numbers by position in plain JavaScript, with the arithmetic of assembly/noise-loops.ts. */
import { cosOf, logOf, sinOf } from "./float-math.ts";

/** Loops that add noise. Which numbers are drawn depends on the counter, the seed and the stream only. */
export interface NoiseLoops {
  /** Adds normal noise to values, 16 at a time; each 16 use four counters. */
  addGaussian(
    at: number,
    length: number,
    counter: number,
    seed: number,
    stream: number,
    mean: number,
    deviation: number,
  ): void;
  /** Replaces values by their magnitudes with complex normal noise, 8 at a time; each 8 use four counters. */
  addRician(
    at: number,
    length: number,
    counter: number,
    seed: number,
    stream: number,
    mean: number,
    deviation: number,
  ): void;
}

const { fround, imul } = Math;

/** The loops, over a block of memory. */
export function plainNoiseLoops(f32: Float32Array): NoiseLoops {
  const words = new Int32Array(4);
  return {
    addGaussian(at, length, counter, seed, stream, mean, deviation) {
      const [shift, scale] = [fround(mean), fround(deviation)];
      for (let i = 0; i < length; i += 16) {
        for (let lane = 0; lane < 4; lane++) {
          draw(words, counter + i / 4 + lane, seed, stream);
          const place = at / 4 + i + lane;
          for (const half of [0, 2]) {
            const pair = normalPair(words[half]!, words[half + 1]!);
            f32[place + 4 * half]! += fround(shift + fround(pair[0] * scale));
            f32[place + 4 * half + 4]! += fround(shift + fround(pair[1] * scale));
          }
        }
      }
    },
    addRician(at, length, counter, seed, stream, mean, deviation) {
      const [shift, scale] = [fround(mean), fround(deviation)];
      for (let i = 0; i < length; i += 8) {
        for (let lane = 0; lane < 4; lane++) {
          draw(words, counter + i / 2 + lane, seed, stream);
          for (const half of [0, 2]) {
            const place = at / 4 + i + lane + 2 * half;
            const pair = normalPair(words[half]!, words[half + 1]!);
            const real = fround(f32[place]! + fround(shift + fround(pair[0] * scale)));
            const imaginary = fround(0 + fround(shift + fround(pair[1] * scale)));
            f32[place] = Math.sqrt(fround(fround(real * real) + fround(imaginary * imaginary)));
          }
        }
      }
    },
  };
}

const rounds = 7;

/** Philox 4x32 with 7 rounds (Salmon et al. 2011): four random words of a counter. */
export function draw(words: Int32Array, counter: number, seed: number, stream: number, count = rounds): void {
  let [a, b, c, d] = [counter | 0, 0, 0, 0];
  let [first, second] = [seed | 0, stream | 0];
  for (let n = 0; n < count; n++) {
    const next = upperOf(c, 0xcd9e8d57) ^ b ^ first;
    b = imul(c, 0xcd9e8d57);
    c = upperOf(a, 0xd2511f53) ^ d ^ second;
    d = imul(a, 0xd2511f53);
    a = next;
    first = (first + 0x9e3779b9) | 0;
    second = (second + 0xbb67ae85) | 0;
  }
  words.set([a, b, c, d]);
}

/** The upper half of the product of two unsigned integers. */
function upperOf(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + (((aLow * bLow) / 65536) >>> 0);
  const carried = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + Math.floor(middle / 65536) + Math.floor(carried / 65536)) | 0;
}

/** Two independent normal numbers (Box and Muller 1958). */
function normalPair(p: number, q: number): readonly [number, number] {
  const uniform = fround(fround(fround(p >>> 1) + 0.5) * 2 ** -31);
  const radius = fround(Math.sqrt(fround(logOf(uniform) * -2)));
  // Two bits choose the quadrant, the others the angle in it.
  const angle = fround(fround(q << 2) * fround(Math.PI / 4 / 2 ** 31));
  const cosine = (q << 1) & 0x80000000 ? -cosOf(angle) : cosOf(angle);
  const sine = sinOf(angle);
  return q < 0 ? [fround(radius * sine), fround(radius * cosine)] : [fround(radius * cosine), fround(radius * sine)];
}
