/** What the checks of formats share: their types, and the files that they read. */
import { ok } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Format, ReadContext } from "../format/format.ts";
import { writeAs } from "../format/save-image.ts";
import { Random, type Seed } from "../random/random.ts";
import { type Dtype, dtypes } from "../samples.ts";
import { Volume } from "../volume/volume.ts";
import { randomSamples } from "./random-items.ts";

/** What a format keeps of an image, if not everything. */
export interface FormatKeeps {
  /** Element types that it writes. Default: all. */
  readonly dtypes?: readonly Dtype[];
  /** Largest number of channels of an image, or of 2D and of 3D ones; 0 for images that it can't store. Default 3. */
  readonly channels?: number | { readonly plane: number; readonly solid: number };
  /**
   * Tolerance for the numbers of the affine, relative to the largest one; false if the format keeps no affine. The axis
   * across a 2D image is not compared. Default 1e-6, which float32 keeps.
   */
  readonly affine?: number | false;
}

/** A format to check, and what to check it with. */
export interface Subject {
  readonly format: Format;
  /** What the format keeps of an image, if not everything. */
  readonly keeps: FormatKeeps;
  /** Images to write; none for a format that can't be written. */
  readonly volumes: readonly Volume[];
  /** Valid files by name. */
  readonly samples: Readonly<Record<string, Uint8Array>>;
  readonly seed: Seed;
  /** Number of damaged copies that are made of each of a few files. */
  readonly damages: number;
}

/** A promise, and a function that checks it in a separate directory. */
export type FormatCheck = readonly [promise: string, run: (subject: Subject, dir: string) => Promise<void>];

/** A file of the format, and the image that was written to it if one was. */
export interface ValidFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly written: Volume | undefined;
}

/** Valid files in a directory: the volumes as the format writes them, and the samples. */
export async function validFiles(subject: Subject, dir: string, most = Infinity): Promise<ValidFile[]> {
  const { format, volumes, samples } = subject;
  const extensions = format.writableExtensions ?? format.extensions;
  const files: ValidFile[] = [];
  for (const [n, volume] of volumes.slice(0, most).entries()) {
    const path = join(dir, `${n}${extensions[n % extensions.length]}`);
    const paths = await writeAs(format, volume, path, { options: {}, signal: undefined });
    ok(paths.includes(path), `for a volume of [${volume.shape}] it must write ${path}, but wrote [${paths}]`);
    files.push({ path, bytes: Uint8Array.from(await readFile(path)), written: volume });
  }
  for (const [name, bytes] of Object.entries(samples)) {
    const path = join(dir, name);
    await writeFile(path, bytes);
    files.push({ path, bytes: Uint8Array.from(bytes), written: undefined });
  }
  return files;
}

/** The context with which a format reads for a check. */
export function reading(dtype: Dtype | "auto" = "auto", signal?: AbortSignal): ReadContext {
  return { dtype, signal, noteFile: async () => undefined };
}

/** Images of all types and shapes that a format keeps, some of them views. */
export function variedVolumes({ dtypes: kept = dtypes, channels = 3 }: FormatKeeps, seed: Seed): Volume[] {
  const random = new Random("formatChecks", "volumes", seed);
  const { plane, solid } = typeof channels === "number" ? { plane: channels, solid: channels } : channels;
  const shapes = [
    ...[1, 3].filter((count) => count <= solid).map((count) => [count, 5, 4, 3]),
    ...[1, 3].filter((count) => count <= plane).map((count) => [count, 5, 4]),
  ];
  const affine = [-0.9, 0.1, 0, 30.5, 0.1, 0.9, 0.05, -20.25, 0, -0.05, 2, 5, 0, 0, 0, 1];
  const whole = kept.flatMap((dtype) =>
    shapes.map((shape) => new Volume({ data: randomSamples(random, dtype, shape), shape, affine })),
  );
  return whole.map((volume, n) => (n % 3 === 0 ? asView(volume) : volume));
}

/** A view with two axes swapped, one flipped and a part cropped. */
function asView(volume: Volume): Volume {
  const [x = 0, y = 1, ...others] = volume.spatialShape.keys();
  return volume
    .permute([y, x, ...others])
    .flip([0])
    .crop([0, 1], []);
}
