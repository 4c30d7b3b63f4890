/** What the checks of formats share: their form, and the files that they look at. */
import { ok } from "node:assert";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Format, ReadContext } from "../format/format.ts";
import { writeAs } from "../format/save-image.ts";
import { Random, type Seed } from "../random/random.ts";
import { type Dtype, dtypes } from "../samples.ts";
import { Volume } from "../volume/volume.ts";
import { randomSamples } from "./random-items.ts";

/** What a format keeps of an image, where it does not keep all. */
export interface FormatKeeps {
  /** Element types that it writes. Default: all. */
  readonly dtypes?: readonly Dtype[];
  /** The most channels of an image, or of 2D and of 3D ones; 0 for images that it can't hold. Default 3. */
  readonly channels?: number | { readonly plane: number; readonly solid: number };
  /**
   * How far a number of the affine may be off, as a part of the largest one; false if it keeps no affine. The axis across a 2D image is
   * not compared. Default 1e-6, which float32 keeps.
   */
  readonly affine?: number | false;
}

/** What is held to its promises, and with what. */
export interface Subject {
  readonly format: Format;
  /** What it keeps of an image, where it does not keep all. */
  readonly keeps: FormatKeeps;
  /** Images that are written; none for a format that is not written. */
  readonly volumes: readonly Volume[];
  /** Sound files by their names. */
  readonly samples: Readonly<Record<string, Uint8Array>>;
  readonly seed: Seed;
  /** Damaged files that each of a few files becomes. */
  readonly damages: number;
}

/** A promise, and what finds out about it in a folder of its own. */
export type FormatCheck = readonly [promise: string, run: (subject: Subject, folder: string) => Promise<void>];

/** A file of the format, and the image that was written to it if one was. */
export interface SoundFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly written: Volume | undefined;
}

/** Sound files in a folder: the volumes as the format writes them, and the samples. */
export async function soundFiles(subject: Subject, folder: string, most = Infinity): Promise<SoundFile[]> {
  const { format, volumes, samples } = subject;
  const extensions = format.writableExtensions ?? format.extensions;
  const files: SoundFile[] = [];
  for (const [n, volume] of volumes.slice(0, most).entries()) {
    const path = join(folder, `${n}${extensions[n % extensions.length]}`);
    const paths = await writeAs(format, volume, path, { options: {}, signal: undefined });
    ok(paths.includes(path), `of a volume of [${volume.shape}] it wrote [${paths}], and not ${path}`);
    files.push({ path, bytes: Uint8Array.from(await readFile(path)), written: volume });
  }
  for (const [name, bytes] of Object.entries(samples)) {
    const path = join(folder, name);
    await writeFile(path, bytes);
    files.push({ path, bytes: Uint8Array.from(bytes), written: undefined });
  }
  return files;
}

/** What a format is told when it reads for a check. */
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
  return whole.map((volume, n) => (n % 3 === 0 ? turned(volume) : volume));
}

/** A view: axes swapped, one flipped, a part cut off. */
function turned(volume: Volume): Volume {
  const [x = 0, y = 1, ...others] = volume.spatialShape.keys();
  return volume
    .permute([y, x, ...others])
    .flip([0])
    .crop([0, 1], []);
}
