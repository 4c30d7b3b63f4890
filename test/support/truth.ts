/** Real images against what a reference reader found in them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { readHeader, readVolume, type Volume } from "voxrx";
import { sharedData, sharedFile } from "./shared.ts";

/** What the reference reader says of a file. */
export interface ImageTruth {
  readonly format: string;
  readonly shape: readonly number[];
  readonly channels?: number;
  readonly dtype: string;
  readonly affine: readonly (readonly number[])[];
  readonly sha256_f32?: string;
  readonly samples?: readonly (readonly [at: readonly number[], value: number])[];
}

/** The files of a format with what is true of them. */
export function truthOf<T extends { readonly format?: string } = ImageTruth>(
  format: string,
): [name: string, truth: T][] {
  if (!sharedData) return [];
  const { files }: { files: Record<string, T> } = JSON.parse(readFileSync(sharedFile("truth.json"), "utf8"));
  return Object.entries(files).filter(([, truth]) => truth.format === format);
}

/** The digest of values as float32, x fastest. */
export function floatDigest(volume: Volume): string {
  return createHash("sha256").update(volume.toContiguous("x-fastest", "float32").storage).digest("hex");
}

/** The rows of an affine close to the ones wanted. */
export function expectAffine(actual: Float64Array, wanted: readonly (readonly number[])[]): void {
  const scale = Math.max(1, ...wanted.flat().map(Math.abs));
  for (const [at, value] of wanted.flat().entries()) {
    expect(Math.abs((actual[at] ?? Number.NaN) - value)).toBeLessThan(1e-6 * scale);
  }
}

/** Reads a file whole and its header alone, and checks both. */
export async function expectTruth(name: string, wanted: ImageTruth): Promise<Volume> {
  const volume = await readVolume(sharedFile(name));
  const channels = (wanted.channels ?? 1) * wanted.shape.slice(3).reduce((product, n) => product * n, 1);
  expect(volume.shape).toEqual([channels, ...wanted.shape.slice(0, 3)]);
  expect(volume.dtype).toBe(wanted.dtype);
  expectAffine(volume.affine, wanted.affine);
  for (const [at, value] of wanted.samples ?? []) {
    const [x = 0, y = 0, z = 0, frame = 0] = (wanted.channels ?? 1) > 1 ? [at[1], at[2], at[3], at[0]] : at;
    expect(volume.get(frame, x, y, z)).toBeCloseTo(value, 3);
  }
  const { header, ...rest } = await readHeader(sharedFile(name));
  const { affine, shape, spacing, axcodes } = volume;
  expect(rest).toEqual({ affine, shape, spacing, axcodes, dtype: wanted.dtype, format: wanted.format });
  expect(volume.meta).toEqual({ source: sharedFile(name), format: wanted.format, header });
  expect(JSON.parse(JSON.stringify(header))).toEqual(header);
  return volume;
}
