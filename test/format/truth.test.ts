import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readHeader, readVolume, type Volume } from "voxrx";
import { mostShortBytes, runsLongTests } from "../support/long.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

interface Truth {
  format?: string;
  shape?: number[];
  dtype?: string;
  affine?: number[][];
  zooms?: number[];
  axcodes?: string[];
  slope?: number;
  inter?: number;
  extensions?: { code: number; bytes: number }[];
  sha256_raw?: string;
  sha256_f32?: string;
  samples?: [number[], number | number[]][];
  channels?: Record<string, { sum: number; min: number; max: number }>;
  real?: Stats;
  imag?: Stats;
  error?: string;
}

interface Stats {
  sum: number;
  min: number;
  max: number;
}

const truth: Record<string, Truth> = sharedData ? JSON.parse(readFileSync(sharedFile("truth.json"), "utf8")).files : {};
const isOurs = ({ format = "" }: Truth) => format.startsWith("nifti") || format === "analyze";
const isShort = (name: string) => statSync(sharedFile(name)).size <= mostShortBytes;
const isSmall = ({ shape = [] }: Truth) => runsLongTests || shape.reduce((size, n) => size * n, 1) < 1_000_000;
const images = Object.entries(truth).filter(([name, entry]) => isOurs(entry) && isShort(name) && isSmall(entry));

const sha256 = (bytes: NodeJS.ArrayBufferView) => createHash("sha256").update(bytes).digest("hex");

/** Samples as float32, x fastest, every NaN the same. */
function plainFloats(volume: Volume): Float32Array {
  const floats = new Float32Array(volume.toContiguous("x-fastest", "float64").storage);
  const words = new Uint32Array(floats.buffer);
  for (let i = 0; i < floats.length; i++) if (Number.isNaN(floats[i])) words[i] = 0x7fc00000;
  return floats;
}

function rows(affine: Float64Array): number[][] {
  return [0, 1, 2, 3].map((row) => Array.from(affine.subarray(row * 4, row * 4 + 4)));
}

function expectClose(actual: readonly number[][], wanted: readonly (readonly number[])[]): void {
  const scale = Math.max(1, ...wanted.flat().map(Math.abs));
  for (const [r, row] of wanted.entries()) {
    for (const [c, value] of row.entries())
      expect(Math.abs((actual[r]?.[c] ?? Number.NaN) - value)).toBeLessThan(1e-6 * scale);
  }
}

/** The shape that a file of `shape` and `dtype` has as a volume. */
function volumeShape({ shape = [], dtype = "" }: Truth): number[] {
  const parts = dtype === "rgb24" ? 3 : dtype.startsWith("complex") ? 2 : 1;
  const frames = shape.slice(3).reduce((product, n) => product * n, 1);
  return [frames * parts, ...shape.slice(0, 3)];
}

function statsOf(volume: Volume, channel: number): Stats {
  const { storage: samples } = volume.selectChannels(channel, channel + 1).toContiguous("x-fastest", "float64");
  let [sum, min, max] = [0, Infinity, -Infinity];
  for (const value of samples) {
    sum += value;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  return { sum, min, max };
}

describe.skipIf(!sharedData)("real images read as nibabel reads them", () => {
  test("there are many", () => expect(images.length).toBeGreaterThan(runsLongTests ? 100 : 80));

  test.each(images)("%s", async (name, wanted) => {
    const volume = await readVolume(sharedFile(name));
    const rank = volume.shape.length - 1;
    expect(volume.shape).toEqual(volumeShape(wanted));
    expect(volume.meta.format).toBe(wanted.format?.replace("-pair", ""));
    expect(() => JSON.parse(JSON.stringify(volume.meta))).not.toThrow();
    expectClose(rows(volume.affine), wanted.affine ?? []);
    expect(volume.axcodes).toBe(wanted.axcodes?.join("").slice(0, rank));
    const isScaled = wanted.slope !== 1 || wanted.inter !== 0;
    const isInteger = /^u?int/.test(wanted.dtype ?? "");
    if (isInteger && !isScaled) expect(volume.dtype).toBe(wanted.dtype);
    else if (wanted.dtype !== "rgb24") expect(volume.dtype).toBe("float32");
    if (wanted.sha256_f32) expect(sha256(plainFloats(volume))).toBe(wanted.sha256_f32);
    if (wanted.sha256_raw && isInteger && !isScaled) {
      expect(sha256(volume.toContiguous("x-fastest").storage)).toBe(wanted.sha256_raw);
    }
    for (const [at, value] of wanted.samples ?? []) expectSample(volume, wanted, at, value);
    for (const [channel, stats] of Object.values(wanted.channels ?? {}).entries()) {
      expect(statsOf(volume, channel)).toMatchObject({ sum: stats.sum, min: stats.min, max: stats.max });
    }
    for (const [part, stats] of [wanted.real, wanted.imag].entries()) {
      if (stats) expect(statsOf(volume, part).max).toBeCloseTo(stats.max, 3);
    }
    if (wanted.dtype === "rgb24") expect(sha256(volume.storage)).toBe(wanted.sha256_raw);
    await expectHeader(name, wanted, volume);
  });
});

function expectSample(
  volume: Volume,
  { shape = [], dtype }: Truth,
  at: readonly number[],
  value: number | number[],
): void {
  const [x = 0, y = 0, z = 0] = at;
  let frame = 0;
  for (let axis = at.length - 1; axis >= 3; axis--) frame = frame * (shape[axis] ?? 1) + (at[axis] ?? 0);
  const found = [value].flat().map((_, part) => volume.get(frame + part, x, y, z));
  if (dtype === "rgb24") expect(found).toEqual(value);
  else for (const [n, one] of [value].flat().entries()) expect(found[n]).toBe(Math.fround(one));
}

async function expectHeader(name: string, wanted: Truth, volume: Volume): Promise<void> {
  const header = await readHeader(sharedFile(name));
  expect(header.shape).toEqual(volume.shape);
  expect(header.dtype).toBe(wanted.dtype);
  expect(header.affine).toEqual(volume.affine);
  expect(header.axcodes).toBe(volume.axcodes);
  expect(header.spacing).toEqual(volume.spacing);
  expect(header.header).toEqual(volume.meta.header);
  const listed = header.header.extensions;
  if (!wanted.extensions?.length) return expect(listed).toBeUndefined();
  expect(listed).toMatchObject(wanted.extensions.map(({ code }) => ({ code })));
}

describe.skipIf(!sharedData)("files that nibabel refuses", () => {
  test("are refused with their own codes", async () => {
    await expect(readVolume(sharedFile("malformed/not-nifti.nii"))).rejects.toMatchObject({
      code: "VOXRX_UNKNOWN_FORMAT",
    });
    await expect(readVolume(sharedFile("malformed/empty.nii.gz"))).rejects.toMatchObject({ code: "VOXRX_EMPTY_FILE" });
  });
});
