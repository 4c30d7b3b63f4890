import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readHeader, readVolume, type Volume } from "voxrx";
import { sharedData, sharedFile } from "../../support/shared.ts";
import { expectAffine, truthOf } from "../../support/truth.ts";

interface DicomTruth {
  readonly format?: string;
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samples_per_pixel: number;
  readonly bits_stored: number;
  readonly pixel_dtype: string;
  readonly rescale_slope: number | null;
  readonly rescale_intercept: number | null;
  readonly sha256_pixels: string;
  readonly transfer_syntax: string;
  readonly stats: { readonly sum: number };
}

const sha256 = (bytes: NodeJS.ArrayBufferView) => createHash("sha256").update(bytes).digest("hex");
const truths = truthOf<DicomTruth>("dicom");
const isMosaic = (name: string) => name.includes("mosaic");
const isPhilips = (name: string) => name.includes("philips");

/** Pixels as decoded, before the rescaling that the file asks for. */
function unscaled(volume: Volume, truth: DicomTruth): NodeJS.ArrayBufferView {
  const { RescaleSlope: slope = 1, RescaleIntercept: intercept = 0 } = volume.meta.header ?? {};
  if (slope === 1 && intercept === 0) return volume.storage;
  const values = Array.from(volume.storage, (value) => Math.round((value - Number(intercept)) / Number(slope)));
  if (truth.pixel_dtype === "int16") return Int16Array.from(values);
  return truth.pixel_dtype === "uint16" ? Uint16Array.from(values) : Uint32Array.from(values);
}

describe.skipIf(!sharedData)("real DICOM files", () => {
  test.each(truths)("%s", async (name, truth) => {
    const volume = await readVolume(sharedFile(name));
    const { shape, dtype, affine, header } = await readHeader(sharedFile(name));
    expect([volume.shape, [...volume.affine], volume.meta.header]).toEqual([shape, [...affine], header]);
    if (isMosaic(name)) return;
    expect(volume.shape.slice(1, 3)).toEqual([truth.columns, truth.rows]);
    expect(volume.size).toBe(truth.columns * truth.rows * truth.frames * truth.samples_per_pixel);
    expect(dtype).toBe(truth.pixel_dtype);
    // Frames that come again at the same places are sorted.
    if (!isPhilips(name)) expect(sha256(unscaled(volume, truth))).toBe(truth.sha256_pixels);
    expect(JSON.parse(JSON.stringify(volume.meta))).toEqual(volume.meta);
  });

  test.each([
    ["dicom/philips_T1.dcm", "nifti1/philips_T1.nii.gz"],
    ["dicom/philips_T2_.dcm", "4d/philips_T2star.nii.gz"],
  ])("the enhanced multi-frame %s lies where its NIfTI conversion does, with its values", async (dicom, nifti) => {
    const [a, b] = await Promise.all([readVolume(sharedFile(dicom)), readVolume(sharedFile(nifti))]);
    expect(a.shape).toEqual(b.shape);
    // That converter took a voxel's corner for its centre: its grid lies half a voxel off in the plane.
    const [m, wanted] = [a.affine, b.affine];
    const moved = m.map((value, n) => (n % 4 === 3 ? value - ((m[n - 3] ?? 0) + (m[n - 2] ?? 0)) / 2 : value));
    for (const [n, value] of wanted.subarray(0, 12).entries()) {
      expect(Math.abs(value - (moved[n] ?? Number.NaN))).toBeLessThan(1e-3);
    }
    expectSameValues(a, b);
  });

  test.each([
    ["dicom/siemens_mosaic_ap", "4d/EPI_PE_AP_3.nii"],
    ["dicom/siemens_mosaic_rl", "4d/EPI_PE_RL_5.nii"],
  ])("the mosaics of %s are the slices and times of their NIfTI conversion", async (dicom, nifti) => {
    const [a, b] = await Promise.all([readVolume(sharedFile(dicom)), readVolume(sharedFile(nifti))]);
    // The converter stores rows from the back to the front.
    const flipped = a.flip([1]);
    expectSameWorld(flipped, b, 1e-5);
    expect([...flipped.toContiguous().storage]).toEqual([...b.toContiguous().storage]);
  });

  test("a series is a volume sorted by position, with the pixels of its files", async () => {
    const volume = await readVolume(sharedFile("dicom/mr_series"));
    expect([volume.shape, volume.dtype, volume.axcodes]).toEqual([[1, 88, 128, 17], "int16", "RAS"]);
    expectAffine(volume.affine, [
      [2, 0, 0, -82.1807],
      [0, 2, 0, -122.163],
      [0, 0, 2, -24.707],
      [0, 0, 0, 1],
    ]);
    const names = (await readdir(sharedFile("dicom/mr_series"))).sort();
    for (const [z, name] of names.entries()) {
      const truth = truths.find(([path]) => path === join("dicom/mr_series", name))?.[1];
      expect(sha256(volume.crop([0, 0, z], [88, 128, z + 1]).toContiguous().storage)).toBe(truth?.sha256_pixels);
    }
  });

  test("a CT series is in Hounsfield units, on the grid of the label drawn on it", async () => {
    const [ct, label] = await Promise.all([
      readVolume(sharedFile("dicom/ct_3slice")),
      readVolume(sharedFile("nrrd/liver_seg.nrrd")),
    ]);
    expect([ct.shape, ct.dtype]).toEqual([label.shape, "float32"]);
    expectSameWorld(ct, label, 1e-4);
    const raw = truths
      .filter(([name]) => name.includes("ct_3slice"))
      .reduce((sum, [, { stats }]) => sum + stats.sum, 0);
    expect(Array.from(ct.storage).reduce((sum, value) => sum + value, 0)).toBe(raw - 1024 * ct.size);
  });
});

function expectSameWorld(a: Volume, b: Volume, tolerance: number): void {
  const { affine } = b;
  for (const [n, value] of a.affine.entries())
    expect(Math.abs(value - (affine[n] ?? Number.NaN))).toBeLessThan(tolerance);
}

function expectSameValues(a: Volume, b: Volume): void {
  const [x, y] = [a.toContiguous().storage, b.toContiguous().storage];
  const most = Array.from(y).reduce((high, value) => Math.max(high, Math.abs(value)), 0);
  let worst = 0;
  for (let i = 0; i < x.length; i++) worst = Math.max(worst, Math.abs((x[i] ?? Number.NaN) - (y[i] ?? 0)));
  // The converter wrote the slope as float32.
  expect(worst / most).toBeLessThan(1e-6);
}
