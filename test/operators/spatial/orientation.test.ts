import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isVoxRxError, readVolume, type Volume } from "voxrx";
import { orientation } from "voxrx/operators";
import { applied } from "../../support/applied.ts";
import { monaiCases } from "../../support/monai-cases.ts";
import { digest } from "../../support/monai-reference.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";
import { attempt } from "../../support/thrown.ts";
import { anyVolume, plain, ramp } from "../../support/volumes.ts";
import { counted, inOrder, scaled } from "./counted.ts";

const codes = ["RAS", "LPS", "SAR", "PLI", "IRP"];

/** A 3D image of one slice. */
function padded(image: Volume): Volume {
  return image.withSamples({
    data: Float32Array.from(image.toContiguous().storage),
    shape: [...image.shape, 1],
    strides: ramp([...image.shape, 1]).strides,
  });
}

describe("orientation", () => {
  test("gives MONAI's vectors for an LPS image", async () => {
    const lps = counted([1, 2, 3, 4], scaled(-1, -1, 1));
    const ras = await applied(lps, orientation({ axcodes: "RAS" }));
    expect(inOrder(ras).slice(0, 5)).toEqual([20, 21, 22, 23, 16]);
    expect(ras.affine).toEqual(scaled(1, 1, 1, [-1, -2, 0]));
    expect(inOrder(await applied(lps, orientation({ axcodes: "LPS" }))).slice(0, 4)).toEqual([0, 1, 2, 3]);
    const sar = await applied(lps, orientation({ axcodes: "SAR" }));
    expect(sar.shape).toEqual([1, 4, 3, 2]);
    expect(inOrder(sar).slice(0, 8)).toEqual([20, 8, 16, 4, 12, 0, 21, 9]);
    expect(Array.from(sar.affine)).toEqual([0, 0, 1, -1, 0, 1, 0, -2, 1, 0, 0, 0, 0, 0, 0, 1]);
  });

  test("gives the vectors of MONAI's own tests", async () => {
    const twelve = counted([2, 1, 2, 3], scaled(-1, -1, 1));
    const als = await applied(twelve, orientation({ axcodes: "ALS" }));
    expect(als.shape).toEqual([2, 2, 1, 3]);
    expect(inOrder(als).slice(0, 6)).toEqual([3, 4, 5, 0, 1, 2]);
    expect(inOrder(await applied(twelve, orientation({ axcodes: "RAS" }))).slice(0, 6)).toEqual([3, 4, 5, 0, 1, 2]);
    const flat = counted([2, 1, 3], scaled(1, 1, 1));
    const al = await applied(flat, orientation({ axcodes: "AL" }));
    expect([al.shape, inOrder(al)]).toEqual([
      [2, 3, 1],
      [0, 1, 2, 3, 4, 5],
    ]);
  });

  test("is reversible, keeps every voxel's place and shares its samples", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, fc.constantFrom(...codes), async (image, axcodes) => {
        const volume = image.spatialShape.length === 3 ? image : padded(image);
        const turned = await applied(volume, orientation({ axcodes }));
        expect(turned.axcodes).toBe(axcodes);
        expect(turned.storage).toBe(volume.storage);
        const back = await applied(turned, orientation({ axcodes: volume.axcodes }));
        expect({ ...Object(plain(back)), meta: {} }).toEqual({ ...Object(plain(volume)), meta: {} });
      }),
    );
  });

  test("notes what it did, with the grid before", async () => {
    const [step] =
      (await applied(counted([1, 2, 3, 4], scaled(-1, -1, 1)), orientation({ axcodes: "RAS" }))).meta.applied ?? [];
    expect(step).toMatchObject({ name: "orientation", params: { axcodes: "RAS", shape: [2, 3, 4] } });
  });

  test("refuses letters that name no orientation when it is composed", () => {
    for (const axcodes of ["RAX", "RLS", "ras", "R", "", "RASI"]) {
      expect(
        isVoxRxError(
          attempt(() => orientation({ axcodes })),
          "VOXRX_BAD_OPTION",
        ),
        axcodes,
      ).toBe(true);
    }
  });

  test("refuses an image with more axes than letters, and a slice of another plane", async () => {
    const failed = applied(ramp([1, 2, 3, 4]), orientation({ axcodes: "RA" }));
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "orientation" });
    const sagittal = applied(ramp([1, 2, 3, 4]).slice(0, 1), orientation({ axcodes: "RAS" }));
    await expect(sagittal).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });
});

monaiCases("orientation", {
  call: (operation) =>
    operation.startsWith("orient_") ? orientation({ axcodes: operation.slice("orient_".length) }) : undefined,
  row: ({ axcodes }) => orientation({ axcodes: String(axcodes) }),
});

describe.skipIf(!sharedData)("one head, stored in twelve ways", () => {
  test("is the same after orientation RAS", async () => {
    const files = readdirSync(sharedFile("orient")).filter((name) => name.endsWith(".nii.gz"));
    expect(files).toHaveLength(12);
    const digests = new Set<string>();
    for (const file of files) {
      const volume = await readVolume(sharedFile("orient", file));
      const turned = await applied(volume, orientation({ axcodes: "RAS" }));
      expect(turned.axcodes).toBe("RAS");
      expect(turned.spatialShape).toEqual([64, 79, 67]);
      digests.add(digest(turned));
    }
    expect(digests.size).toBe(1);
  });
});
