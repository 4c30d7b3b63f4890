/** Noise for images, drawn in the order of voxels, so that it does not depend on the memory layout. */
import type { Random } from "../random/random.ts";
import { changeRows, type Strided } from "./strided.ts";

/** Mean and standard deviation of noise. */
export interface Noise {
  readonly mean: number;
  readonly deviation: number;
}

/** New samples, x fastest: every value plus normal noise. */
export function addGaussianNoise(image: Strided, { mean, deviation }: Noise, random: Random): Float32Array {
  return changeRows(image, (values) => addNormal(values, mean, deviation, random));
}

function addNormal(values: Float64Array, mean: number, deviation: number, random: Random): void {
  for (let i = 0; i < values.length; i++) values[i]! += random.normal(mean, deviation);
}

/** New samples, x fastest: the magnitude of every value plus complex normal noise (Gudbjartsson and Patz 1995). */
export function addRicianNoise(image: Strided, noiseOf: (channel: number) => Noise, random: Random): Float32Array {
  const noises = Array.from({ length: image.shape[0]! }, (_, channel) => noiseOf(channel));
  return changeRows(image, (values, channel) => toMagnitudes(values, noises[channel]!, random));
}

function toMagnitudes(values: Float64Array, { mean, deviation }: Noise, random: Random): void {
  for (let i = 0; i < values.length; i++) {
    const real = values[i]! + random.normal(mean, deviation);
    const imaginary = random.normal(mean, deviation);
    values[i] = Math.sqrt(real * real + imaginary * imaginary);
  }
}
