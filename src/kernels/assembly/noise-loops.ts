// Random numbers by position, with the arithmetic of ../plain-noise-loops.ts: change them together.
import { cos4, log4, sin4 } from "./simd-math";

// Philox 4x32 with 7 rounds (Salmon et al. 2011): random words of a counter.
const rounds = 7;
let words0 = i32x4.splat(0);
let words1 = i32x4.splat(0);
let words2 = i32x4.splat(0);
let words3 = i32x4.splat(0);

/** The upper halves of the products of unsigned integers. */
function upperOf(a: v128, b: v128): v128 {
  const low = i64x2.extmul_low_i32x4_u(a, b);
  const high = i64x2.extmul_high_i32x4_u(a, b);
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/** Draws four words for each of four counters: `counter` and the three after it. */
function draw(counter: i32, seed: i32, stream: i32): void {
  const first = i32x4.splat(0xd2511f53);
  const second = i32x4.splat(0xcd9e8d57);
  let a = i32x4.add(i32x4.splat(counter), i32x4(0, 1, 2, 3));
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let d = i32x4.splat(0);
  for (let n = 0; n < rounds; n++, seed += 0x9e3779b9, stream += 0xbb67ae85) {
    const p = upperOf(a, first);
    const q = upperOf(c, second);
    const e = v128.xor(v128.xor(q, b), i32x4.splat(seed));
    b = i32x4.mul(c, second);
    c = v128.xor(v128.xor(p, d), i32x4.splat(stream));
    d = i32x4.mul(a, first);
    a = e;
  }
  words0 = a;
  words1 = b;
  words2 = c;
  words3 = d;
}

// The two of a pair of independent normal numbers (Box and Muller 1958).
let normal0 = f32x4.splat(0);
let normal1 = f32x4.splat(0);

function pair(p: v128, q: v128): void {
  const half = f32x4.add(f32x4.convert_i32x4_s(i32x4.shr_u(p, 1)), f32x4.splat(0.5));
  const u = f32x4.mul(half, f32x4.splat(<f32>(1 / 2147483648.0)));
  const radius = f32x4.sqrt(f32x4.mul(log4(u), f32x4.splat(-2)));
  // Two bits choose the quadrant, the others the angle in it.
  const angle = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shl(q, 2)), f32x4.splat(<f32>(0.7853981633974483 / 2147483648)));
  const cosine = v128.xor(cos4(angle), v128.and(i32x4.shl(q, 1), i32x4.splat(0x80000000)));
  const sine = sin4(angle);
  const isTurned = i32x4.shr_s(q, 31);
  normal0 = f32x4.mul(radius, v128.bitselect(sine, cosine, isTurned));
  normal1 = f32x4.mul(radius, v128.bitselect(cosine, sine, isTurned));
}

/** Adds normal noise to values, 16 at a time; each 16 use four counters. */
export function addGaussian(at: usize, length: i32, counter: i32, seed: i32, stream: i32, mean: f32, dev: f32): void {
  for (let end = at + ((<usize>length) << 2); at < end; at += 64, counter += 4) {
    draw(counter, seed, stream);
    pair(words0, words1);
    v128.store(at, noisy(v128.load(at), normal0, mean, dev));
    v128.store(at, noisy(v128.load(at, 16), normal1, mean, dev), 16);
    pair(words2, words3);
    v128.store(at, noisy(v128.load(at, 32), normal0, mean, dev), 32);
    v128.store(at, noisy(v128.load(at, 48), normal1, mean, dev), 48);
  }
}

function noisy(values: v128, normal: v128, mean: f32, dev: f32): v128 {
  return f32x4.add(values, f32x4.add(f32x4.splat(mean), f32x4.mul(normal, f32x4.splat(dev))));
}

/** Replaces values by their magnitudes with complex normal noise, 8 at a time; each 8 use four counters. */
export function addRician(at: usize, length: i32, counter: i32, seed: i32, stream: i32, mean: f32, dev: f32): void {
  for (let end = at + ((<usize>length) << 2); at < end; at += 32, counter += 4) {
    draw(counter, seed, stream);
    pair(words0, words1);
    v128.store(at, magnitude(v128.load(at), mean, dev));
    pair(words2, words3);
    v128.store(at, magnitude(v128.load(at, 16), mean, dev), 16);
  }
}

function magnitude(values: v128, mean: f32, dev: f32): v128 {
  const real = noisy(values, normal0, mean, dev);
  const imaginary = noisy(f32x4.splat(0), normal1, mean, dev);
  return f32x4.sqrt(f32x4.add(f32x4.mul(real, real), f32x4.mul(imaginary, imaginary)));
}
