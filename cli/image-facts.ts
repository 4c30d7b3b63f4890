import { createHash } from "node:crypto";
import { readVolume } from "../src/format/read-volume.ts";
import type { Samples } from "../src/samples.ts";
import { isIntegerDtype } from "../src/samples.ts";
import type { Volume } from "../src/volume/volume.ts";

/** What one pass over the samples of an image tells. */
export interface ImageFacts {
  /** Channels first. */
  readonly shape: readonly number[];
  readonly spacing: readonly number[];
  readonly axcodes: string;
  readonly dtype: string;
  readonly low: number;
  readonly high: number;
  /** Number of samples that are NaN or infinite. */
  readonly nonFinite: number;
  /** Digest of shape, type and samples: equal for copies, whatever their names, headers and compression. */
  readonly digest: string;
}

/** What one pass over a label map tells. */
export interface LabelFacts {
  /** Voxels of each integer value. */
  readonly counts: ReadonlyMap<number, number>;
  /** Number of samples that are not integers. */
  readonly fractions: number;
}

/** Values beyond these are counted together as one. */
const mostClasses = 4096;

/** Reads an image. */
export function readImage(path: string | readonly string[]): Promise<Volume> {
  return readVolume(path);
}

/** Samples in the order of the memory: of a volume that was just read, without a copy. */
function anyOrder(volume: Volume): Samples {
  return volume.storage.length === volume.size ? volume.storage : volume.samples;
}

export function imageFacts(volume: Volume): ImageFacts {
  const samples = anyOrder(volume);
  let [low, high, nonFinite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  const isInteger = isIntegerDtype(volume.dtype);
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i] ?? 0;
    if (!isInteger && !Number.isFinite(value)) nonFinite++;
    else {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const { shape, spacing, axcodes, dtype } = volume;
  return { shape, spacing, axcodes, dtype, low, high, nonFinite, digest: digestOf(volume, samples) };
}

function digestOf({ shape, dtype }: Volume, samples: Samples): string {
  const hash = createHash("sha256").update(`${dtype} ${shape}`);
  // The order in memory is that of the file, which copies share.
  hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
  return hash.digest("hex");
}

export function labelFacts(volume: Volume): LabelFacts {
  const samples = anyOrder(volume);
  // Values of 16 bits, counted in a table: a map takes ten times as long.
  const table = new Float64Array(2 ** 17);
  const others = new Map<number, number>();
  let fractions = 0;
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i] ?? 0;
    if (!Number.isInteger(value)) fractions++;
    else if (value >= -65536 && value < 65536) table[value + 65536] = (table[value + 65536] ?? 0) + 1;
    else if (others.size < mostClasses || others.has(value)) others.set(value, (others.get(value) ?? 0) + 1);
  }
  const counts = new Map(others);
  for (const [n, count] of table.entries()) if (count > 0) counts.set(n - 65536, count);
  return { counts: new Map([...counts].sort(([a], [b]) => a - b)), fractions };
}
