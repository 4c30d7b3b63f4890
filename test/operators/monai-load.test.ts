import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readVolume } from "voxrx";
import { sharedData, sharedFile } from "../support/shared.ts";
import { digest, expectReference, image, monaiRows, relative } from "./reference.ts";

interface Loaded {
  readonly shape?: readonly number[];
  readonly sha256_f32_c_order?: string;
}

/** What MONAI loads with channels first, by file; what it cannot load is left out. */
function loadedByMonai(): [file: string, loaded: Loaded][] {
  if (!sharedData) return [];
  const { load }: { load: Record<string, Loaded> } = JSON.parse(readFileSync(sharedFile("monai.json"), "utf8"));
  const suffix = " [ensure_channel_first]";
  return Object.entries(load).flatMap(([key, loaded]) =>
    key.endsWith(suffix) && loaded.shape ? [[key.slice(0, -suffix.length), loaded] as [string, Loaded]] : [],
  );
}

/** Where we give something else on purpose, and what. */
const otherwise: Readonly<Record<string, readonly number[]>> = {
  // Dimensions 4 and 5 are channels, whatever their sizes.
  "nifti1/5D_small.nii": [3, 1, 2, 3],
  // Both parts of a complex number are kept.
  "nifti1/complex_small.nii.gz": [2, 10, 10, 10],
  // Slices are sorted by their position, not by their number.
  "dicom/ct_3slice": [1, 512, 512, 3],
  // A slice with a place in the patient is a volume.
  "dicom/transfer_syntaxes/CT_small.dcm": [1, 128, 128, 1],
  // Frames are slices.
  "dicom/enhanced_multiframe.dcm": [1, 64, 64, 6],
};

describe.skipIf(!sharedData)("images are loaded as MONAI loads them", () => {
  for (const { file, operation, reference } of monaiRows()) {
    if (operation !== "load") continue;
    it(file, async () => expectReference(await image(file), reference, relative(reference)));
  }

  it.each(loadedByMonai())("%s with channels first", async (file, { shape, sha256_f32_c_order: sha256 }) => {
    const volume = await readVolume(sharedFile(file), { dtype: "float32" });
    expect(volume.shape).toEqual(otherwise[file] ?? shape);
    if (file in otherwise) return;
    // Decoders of JPEG may differ by 1 or 2.
    if (sha256 !== undefined && !/jpe?g$/.test(file)) expect(digest(volume)).toBe(sha256);
  });
});
