/** Noise on images: drawn in the order of voxels, so that it does not depend on the layout. */
import type { Random } from "../random/random.ts";
import { eachRow, type Strided } from "./strided.ts";

/** Mean and standard deviation of noise. */
export interface Noise {
  readonly mean: number;
  readonly deviation: number;
}

/** New samples, x fastest: every value plus normal noise. */
export function addGaussianNoise(image: Strided, { mean, deviation }: Noise, random: Random): Float32Array {
  const [nx, step] = [image.shape[1]!, image.strides[1]!];
  const data = new Float32Array(image.shape.reduce((product, n) => product * n, 1));
  eachRow(image, ({ from, to }) => {
    for (let i = 0, at = from; i < nx; i++, at += step)
      data[to + i] = image.samples[at]! + random.normal(mean, deviation);
  });
  return data;
}

/** New samples, x fastest: the magnitude of every value plus complex normal noise (Gudbjartsson and Patz 1995). */
export function addRicianNoise(image: Strided, noiseOf: (channel: number) => Noise, random: Random): Float32Array {
  const [nx, step] = [image.shape[1]!, image.strides[1]!];
  const data = new Float32Array(image.shape.reduce((product, n) => product * n, 1));
  const noises = Array.from({ length: image.shape[0]! }, (_, channel) => noiseOf(channel));
  eachRow(image, ({ channel, from, to }) => {
    const { mean, deviation } = noises[channel]!;
    for (let i = 0, at = from; i < nx; i++, at += step) {
      const real = image.samples[at]! + random.normal(mean, deviation);
      const imaginary = random.normal(mean, deviation);
      data[to + i] = Math.sqrt(real * real + imaginary * imaginary);
    }
  });
  return data;
}
