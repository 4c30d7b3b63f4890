/** Images in k-space, the spatial frequencies that an MRI scanner acquires. One channel at a time, in double. */
import { type Complex, complexZeros, exchanged } from "./complex.ts";
import { lineTransform } from "./fft.ts";
import { type Sphere, sphereOf } from "./frequency-sphere.ts";
import { throwIfStopped } from "./stop.ts";
import { eachRow, type Strided } from "./strided.ts";

/**
 * The discrete Fourier transform of one channel of real values, frequencies along x fastest, and only up to half of
 * `shape[0]`: the others are their conjugates.
 */
interface KSpace extends Complex {
  readonly shape: readonly [number, number, number];
  /** Number of frequencies that are stored along x. */
  readonly width: number;
}

/**
 * New samples, x fastest: keeps only the frequencies within a sphere, which causes ringing at edges. The sphere's
 * radius is `1 - alpha` times half the diagonal of a square on the longest side; its center is the middle of the
 * frequencies from the lowest to the highest. Values that are not finite count as 0 and stay.
 */
export function gibbsFiltered(image: Strided, alpha: number): Float32Array {
  const data = new Float32Array(image.shape.reduce((product, n) => product * n, 1));
  if (data.length === 0) return data;
  const radius = ((1 - alpha) * Math.max(...image.shape.slice(1)) * Math.SQRT2) / 2;
  const size = data.length / image.shape[0]!;
  const sphere = sphereOf(image.shape.slice(1), radius);
  for (let channel = 0; channel < image.shape[0]!; channel++) {
    const single = channelOf(image, channel);
    const space = toKSpace(single, sphere);
    keepSphere(space, sphere);
    fromKSpace(space, single, data.subarray(channel * size, (channel + 1) * size), sphere);
  }
  return data;
}

/**
 * Mean logarithm of the magnitudes of all frequencies of one channel; 1e-10 is added to magnitudes, so that zeros have
 * a logarithm.
 */
export function meanLogMagnitude(image: Strided, channel: number): number {
  const { re, im, shape, width } = toKSpace(channelOf(image, channel));
  let sum = 0;
  for (let at = 0; at < re.length; ) {
    for (let k = 0; k < width; k++, at++) {
      const logarithm = Math.log(Math.sqrt(re[at]! * re[at]! + im[at]! * im[at]!) + 1e-10);
      sum += k === 0 || 2 * k === shape[0] ? logarithm : 2 * logarithm;
    }
  }
  return sum / Math.max(1, shape[0] * shape[1] * shape[2]);
}

/** One frequency that is too strong. */
export interface Spike {
  /** Its index among the frequencies of each axis, from the lowest (most negative) to the highest. */
  readonly location: readonly number[];
  /** Natural logarithm of its new magnitude; the phase stays. */
  readonly logIntensity: number;
}

/**
 * New samples, x fastest: replaces the magnitude of one frequency of each channel and takes the real part. That adds a
 * wave, so no full transform is needed. Values that are not finite count as 0 and stay.
 */
export function withSpikes(image: Strided, spikeOf: (channel: number) => Spike): Float32Array {
  const data = new Float32Array(image.shape.reduce((product, n) => product * n, 1));
  const size = data.length / image.shape[0]!;
  for (let channel = 0; channel < image.shape[0]!; channel++) {
    addWave(channelOf(image, channel), spikeOf(channel), data.subarray(channel * size, (channel + 1) * size));
  }
  return data;
}

function addWave(image: Strided, { location, logIntensity }: Spike, target: Float32Array): void {
  const [nx, step] = [image.shape[1]!, image.strides[1]!];
  const [alongX, alongY, alongZ] = [0, 1, 2].map((axis) => {
    const n = image.shape[axis + 1] ?? 1;
    return wave(n, ((location[axis] ?? 0) - Math.floor(n / 2) + n) % n);
  });
  let [real, imaginary] = [0, 0];
  eachRow(image, ({ y, z, from }) => {
    let [re, im] = [0, 0];
    for (let x = 0, at = from; x < nx; x++, at += step) {
      const value = finite(image.storage[at]!);
      re += value * alongX!.re[x]!;
      im -= value * alongX!.im[x]!;
    }
    const [wr, wi] = product(alongY!, y, alongZ!, z);
    real += re * wr + im * wi;
    imaginary += im * wr - re * wi;
  });
  const phase = Math.atan2(imaginary, real);
  const height = (Math.exp(logIntensity) - Math.sqrt(real * real + imaginary * imaginary)) / target.length;
  eachRow(image, ({ y, z, from, to }) => {
    const [wr, wi] = product(alongY!, y, alongZ!, z);
    const re = height * (Math.cos(phase) * wr - Math.sin(phase) * wi);
    const im = height * (Math.cos(phase) * wi + Math.sin(phase) * wr);
    for (let x = 0, at = from; x < nx; x++, at += step) {
      target[to + x] = image.storage[at]! + re * alongX!.re[x]! - im * alongX!.im[x]!;
    }
  });
}

/** `exp(2 pi i frequency x / n)` for every x. */
function wave(n: number, frequency: number): Complex {
  const angle = (x: number) => (2 * Math.PI * ((x * frequency) % n)) / n;
  return {
    re: Float64Array.from({ length: n }, (_, x) => Math.cos(angle(x))),
    im: Float64Array.from({ length: n }, (_, x) => Math.sin(angle(x))),
  };
}

function product(a: Complex, i: number, b: Complex, j: number): [re: number, im: number] {
  return [a.re[i]! * b.re[j]! - a.im[i]! * b.im[j]!, a.re[i]! * b.im[j]! + a.im[i]! * b.re[j]!];
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

function channelOf({ storage, shape, strides, offset }: Strided, channel: number): Strided {
  return { storage, shape: [1, ...shape.slice(1)], strides, offset: offset + channel * strides[0]! };
}

// This many lines are transformed together: few enough to fit into the processor's nearest caches, and enough for long
// inner loops.
const lanes = 16;

/** The frequencies of one channel. Those outside the sphere are not computed: they are left out or of no meaning. */
function toKSpace(image: Strided, sphere?: Sphere): KSpace {
  const [nx, ny, nz] = [image.shape[1]!, image.shape[2]!, image.shape[3] ?? 1];
  const width = sphere?.width ?? Math.floor(nx / 2) + 1;
  const space = { ...complexZeros(width * ny * nz), shape: [nx, ny, nz] as const, width };
  const rows = rowsOf(image);
  const { transform, lines, spare } = blockOf(nx);
  for (let first = 0; first < rows.length; first += 2 * lanes) {
    // Two rows of real values are transformed together, as the real and imaginary parts of one complex row.
    for (let part = 0; part < 2 * lanes && first + part < rows.length; part++) {
      const to = part % 2 === 0 ? lines.re : lines.im;
      let at = rows[first + part]!;
      for (let x = 0, t = part >> 1; x < nx; x++, t += lanes, at += image.strides[1]!)
        to[t] = finite(image.storage[at]!);
    }
    transform(lines, spare);
    for (let part = 0; part < 2 * lanes && first + part < rows.length; part++) {
      splitRow(lines, part, nx, space, (first + part) * width);
    }
  }
  acrossAxis(space, ny, width);
  acrossAxis(space, nz, width * ny, sphere?.columns);
  return space;
}

/** Extracts the transform of one of two rows from the transform of the pair. */
function splitRow(lines: Complex, part: number, n: number, { re, im, width }: KSpace, at: number): void {
  for (let k = 0; k < width; k++) {
    const a = k * lanes + (part >> 1);
    const b = ((n - k) % n) * lanes + (part >> 1);
    if (part % 2 === 0) {
      re[at + k] = (lines.re[a]! + lines.re[b]!) / 2;
      im[at + k] = (lines.im[a]! - lines.im[b]!) / 2;
    } else {
      re[at + k] = (lines.im[a]! + lines.im[b]!) / 2;
      im[at + k] = (lines.re[b]! - lines.re[a]!) / 2;
    }
  }
}

/**
 * The inverse: writes real values to `target`, x fastest. Values of `image` that are not finite stay. The contents of
 * `space` are overwritten.
 */
function fromKSpace(space: KSpace, image: Strided, target: Float32Array, { columns }: Sphere): void {
  const [nx, ny, nz] = space.shape;
  const back = exchanged(space);
  acrossAxis(back, nz, space.width * ny, columns);
  acrossAxis(back, ny, space.width);
  const rows = rowsOf(image);
  const { transform, lines, spare } = blockOf(nx);
  for (let first = 0; first < rows.length; first += 2 * lanes) {
    lines.re.fill(0);
    lines.im.fill(0);
    for (let part = 0; part < 2 * lanes && first + part < rows.length; part++) {
      joinRow(space, (first + part) * space.width, part, nx, lines);
    }
    transform(exchanged(lines), exchanged(spare));
    for (let part = 0; part < 2 * lanes && first + part < rows.length; part++) {
      const from = part % 2 === 0 ? lines.re : lines.im;
      let [at, to] = [rows[first + part]!, (first + part) * nx];
      for (let x = 0, t = part >> 1; x < nx; x++, t += lanes, to++, at += image.strides[1]!) {
        const before = image.storage[at]!;
        target[to] = Number.isFinite(before) ? from[t]! / target.length : before;
      }
    }
  }
}

/** Adds the frequencies of one of two rows to those of the pair; frequencies above half are conjugates. */
function joinRow({ re, im, width }: KSpace, from: number, part: number, n: number, lines: Complex): void {
  const [real, imaginary] = part % 2 === 0 ? [lines.re, lines.im] : [lines.im, lines.re];
  const sign = part % 2 === 0 ? 1 : -1;
  for (let k = 0, t = part >> 1; k < width; k++, t += lanes) {
    real[t]! += re[from + k]!;
    imaginary[t]! += sign * im[from + k]!;
  }
  const mirrored = Math.max(width, n - width + 1);
  for (let k = mirrored, t = k * lanes + (part >> 1); k < n; k++, t += lanes) {
    real[t]! += re[from + n - k]!;
    imaginary[t]! -= sign * im[from + n - k]!;
  }
}

/** Indices of the first voxels of all lines along x. */
function rowsOf(image: Strided): Float64Array {
  const rows = new Float64Array(image.shape[2]! * (image.shape[3] ?? 1));
  let n = 0;
  eachRow(image, ({ from }) => {
    rows[n++] = from;
  });
  return rows;
}

function blockOf(n: number) {
  return { transform: lineTransform(n, lanes), lines: complexZeros(n * lanes), spare: complexZeros(n * lanes) };
}

/**
 * Transforms along an axis of `n` elements that are `inner` apart. Lines that start where `needed` has 0 may stay as
 * they are.
 */
function acrossAxis({ re, im }: Complex, n: number, inner: number, needed?: Uint8Array): void {
  if (n === 1) return;
  const { transform, lines, spare } = blockOf(n);
  for (let start = 0; start < re.length; start += n * inner) {
    for (let block = start; block < start + inner; block += lanes) {
      const width = Math.min(lanes, start + inner - block);
      const first = block - start;
      if (needed && needed.indexOf(1, first) - first >= width) continue;
      for (let k = 0, at = block, t = 0; k < n; k++, at += inner, t += lanes) {
        for (let q = 0; q < width; q++) {
          lines.re[t + q] = re[at + q]!;
          lines.im[t + q] = im[at + q]!;
        }
      }
      transform(lines, spare);
      for (let k = 0, at = block, t = 0; k < n; k++, at += inner, t += lanes) {
        for (let q = 0; q < width; q++) {
          re[at + q] = lines.re[t + q]!;
          im[at + q] = lines.im[t + q]!;
        }
      }
    }
  }
}

/**
 * Removes frequencies outside the sphere. With an even number of frequencies, the middle is not frequency 0: one of a
 * pair of conjugates can be inside and the other outside, and then taking the real part leaves half of both.
 */
function keepSphere({ re, im, shape, width }: KSpace, { radius, along }: Sphere): void {
  const [alongX, alongY, alongZ] = along;
  let at = 0;
  for (let k = 0; k < shape[2]; k++) {
    throwIfStopped();
    for (let j = 0; j < shape[1]; j++) {
      const own = alongY.own[j]! + alongZ.own[k]!;
      const mirrored = alongY.mirrored[j]! + alongZ.mirrored[k]!;
      for (let i = 0; i < width; i++, at++) {
        const isIn = Math.sqrt(own + alongX.own[i]!) <= radius;
        const isMirrorIn = Math.sqrt(mirrored + alongX.mirrored[i]!) <= radius;
        if (isIn && isMirrorIn) continue;
        const share = isIn || isMirrorIn ? 0.5 : 0;
        re[at]! *= share;
        im[at]! *= share;
      }
    }
  }
}
