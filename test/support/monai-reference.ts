/** MONAI's own results on real images, and how a volume is held against them. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { readVolume, type Volume } from "voxrx";
import { sharedData, sharedFile } from "./shared.ts";

/** What MONAI gave: for one image after one transform. */
export interface Reference {
  readonly shape: readonly number[];
  readonly affine: readonly (readonly number[])[];
  readonly min: number;
  readonly max: number;
  /** Mean of all values, where it is known. */
  readonly mean: number | undefined;
  readonly samples: readonly { readonly index: readonly number[]; readonly value: number }[];
  /** Digest of the values as float32, z fastest. */
  readonly sha256: string | undefined;
}

interface MonaiRecord {
  readonly shape: number[];
  readonly affine: number[][];
  readonly stats: { readonly min: number; readonly max: number; readonly mean: number };
  readonly i: number[][];
  readonly v: number[];
  readonly tie?: number[];
  readonly sha256_f32_c_order?: string;
  readonly call: string;
}

interface TruthRecord {
  readonly file: string;
  readonly operator: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly shape: number[];
  readonly affine: number[][];
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly samples: { readonly index: number[]; readonly value: number }[];
}

interface MonaiFile {
  readonly images: Readonly<Record<string, Readonly<Record<string, MonaiRecord>>>>;
}

function parsed<T>(name: string): T {
  return JSON.parse(readFileSync(sharedFile(name), "utf8"));
}

// Parsed once for all files of tests of a process.
let monai: MonaiFile | undefined;
let truth: { readonly transforms: readonly TruthRecord[] } | undefined;

/** Every image and operation of monai.json, or nothing where the reference data is absent. */
export function monaiRows(): readonly { file: string; operation: string; call: string; reference: Reference }[] {
  if (!sharedData) return [];
  monai ??= parsed<MonaiFile>("monai.json");
  return Object.entries(monai.images).flatMap(([file, operations]) =>
    Object.entries(operations).map(([operation, record]) => {
      const ties = new Set(record.tie ?? []);
      const samples = record.i.flatMap((index, n) =>
        ties.has(n) ? [] : [{ index, value: record.v[n] ?? Number.NaN }],
      );
      const { shape, affine, stats, call, sha256_f32_c_order: sha256 } = record;
      return { file, operation, call, reference: { shape, affine, ...stats, samples, sha256 } };
    }),
  );
}

/** Every row of truth-transforms.json for an operator. */
export function truthRows(operator: string): readonly (TruthRecord & { readonly reference: Reference })[] {
  if (!sharedData) return [];
  truth ??= parsed<{ transforms: TruthRecord[] }>("truth-transforms.json");
  return truth.transforms
    .filter((row) => row.operator === operator)
    .map((row) => ({ ...row, reference: { ...row, sha256: undefined } }));
}

const read = new Map<string, Promise<Volume>>();

/** A real image, read once. */
export function image(file: string): Promise<Volume> {
  const known = read.get(file) ?? readVolume(sharedFile(file));
  read.set(file, known);
  return known;
}

/** Holds a volume against MONAI's: shape exactly, affine to 1e-4 mm, samples to `tolerance`. */
export function expectReference(volume: Volume, reference: Reference, tolerance: (value: number) => number): void {
  expect([...volume.shape]).toEqual(reference.shape);
  const affine = reference.affine.flat();
  const furthest = Math.max(...Array.from(volume.affine, (value, n) => Math.abs(value - (affine[n] ?? Number.NaN))));
  expect(furthest, "affine").toBeLessThan(1e-4);
  const wrong = reference.samples
    .map(({ index: [c = 0, x = 0, y = 0, z = 0], value }) => ({ c, x, y, z, value, got: volume.get(c, x, y, z) }))
    .filter(({ value, got }) => got === undefined || !(Math.abs(got - value) <= tolerance(value)));
  expect(wrong, `of ${reference.samples.length} samples`).toEqual([]);
  if (reference.sha256 !== undefined) expect(digest(volume)).toBe(reference.sha256);
}

/** Tolerance of resampled values: a share of the range of the reference. */
export function ofRange({ min, max }: Reference, share = 1e-5): (value: number) => number {
  const allowed = (max - min) * share;
  return () => allowed;
}

/** Tolerance of scaled values: relative, and for what is near zero the same of the range. */
export function relative({ min, max }: Reference, share = 1e-6): (value: number) => number {
  return (value) => Math.max(Math.abs(value), (max - min) * 0.1) * share;
}

/** Digest of the values as float32, z fastest. */
export function digest(volume: Volume): string {
  const { storage: samples } = volume.toContiguous("z-fastest", "float32");
  return createHash("sha256")
    .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
    .digest("hex");
}
