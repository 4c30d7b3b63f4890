import { readdirSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, readVolume, type Volume } from "voxrx";
import { resampleToMatch, spacing } from "voxrx/operators";
import { multiplyAffine } from "../../../src/volume/affine-matrix.ts";
import { applied } from "../../support/applied.ts";
import { digest } from "../../support/monai-reference.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";
import { attempt } from "../../support/thrown.ts";
import { ramp, valuesOf } from "../../support/volumes.ts";
import { changes, sizes } from "./any-grid.ts";
import { bump, expectSamePlaces } from "./resampled.ts";

describe.skipIf(!sharedData)("one head, stored in twelve ways", () => {
  test("is the same on the grid of any of them", async () => {
    const files = readdirSync(sharedFile("orient")).filter((name) => name.endsWith(".nii.gz"));
    expect(files).toHaveLength(12);
    const onto = await readVolume(sharedFile("orient", "RAS.nii.gz"));
    for (const file of files) {
      const scan = { head: await readVolume(sharedFile("orient", file)), onto };
      const operator = resampleToMatch({ keys: "head", keyDst: "onto", mode: "nearest" });
      const [result] = await Dataset.from([scan]).pipe(operator).toArray();
      expect(result && digest(result.head), file).toBe(digest(onto));
      expect(result?.head.axcodes).toBe("RAS");
    }
  });
});

describe("resampleToMatch", () => {
  const pair = async (moving: Volume, fixed: Volume, more = {}) => {
    const [result] = await Dataset.from([{ moving, fixed, id: 7 }])
      .pipe(resampleToMatch({ keys: "moving", keyDst: "fixed", ...more }))
      .toArray();
    if (!result) throw new Error("the pipeline gave nothing");
    return result;
  };

  test("gives fields the grid of another, what is seen in its place, and their own channels and facts", async () => {
    await fc.assert(
      fc.asyncProperty(changes, sizes, async (change, shape) => {
        const moving = bump([9, 8, 7]).withMeta({ source: "moving.nii" });
        const fixed = ramp([2, ...shape], "uint8").withAffine(multiplyAffine(moving.affine, change));
        const result = await pair(moving, fixed);
        expect([[...result.moving.affine], result.moving.shape]).toEqual([[...fixed.affine], [1, ...shape]]);
        expectSamePlaces(result.moving, moving);
        expect([result.fixed, result.id, result.moving.meta.source]).toEqual([fixed, 7, "moving.nii"]);
        expect(result.moving.meta.applied).toMatchObject([{ name: "resampleToMatch", params: { shape: [9, 8, 7] } }]);
      }),
      { numRuns: 30 },
    );
  });

  test("brings a label back from other voxels unchanged where they are finer", async () => {
    const label = ramp([1, 5, 4, 3], "int16");
    const fine = await applied(label, spacing({ pixdim: 0.5, mode: "nearest", scaleExtent: true }));
    const { moving } = await pair(fine, label, { mode: "nearest" });
    expect([moving.dtype, moving.shape]).toEqual(["int16", label.shape]);
    const { moving: other } = await pair(label, fine, { mode: "nearest" });
    expect([other.dtype, other.shape]).toEqual(["int16", fine.shape]);
    expect(valuesOf(other).every((value) => valuesOf(label).includes(value))).toBe(true);
  });

  test("resamples each field in its own mode, and the other field itself is none of its business", async () => {
    const scan = { a: ramp([1, 4, 4, 4], "int16"), b: ramp([1, 4, 4, 4], "int16"), to: ramp([1, 3, 3, 3]) };
    const operator = resampleToMatch({
      keys: ["a", "b", "to"],
      keyDst: "to",
      mode: ["bilinear", "nearest", "nearest"],
    });
    const [result] = await Dataset.from([scan]).pipe(operator).toArray();
    expect([result?.a.dtype, result?.b.dtype, result?.a.spatialShape]).toEqual(["float32", "int16", [3, 3, 3]]);
    expect(result?.to.storage).toBe(scan.to.storage);
  });

  test("refuses fields that are not there, bare volumes, and images of other axes", async () => {
    const scan: { moving: Volume; fixed: Volume } = { moving: ramp([1, 2, 2]), fixed: ramp([1, 2, 2, 2]) };
    const flat = Dataset.from([scan])
      .pipe(resampleToMatch({ keys: "moving", keyDst: "fixed" }))
      .toArray();
    await expect(flat).rejects.toMatchObject({ code: "VOXRX_SHAPE_MISMATCH", operator: "resampleToMatch" });
    const missing = Reflect.apply(resampleToMatch, undefined, [{ keys: "moving", keyDst: "none" }]);
    await expect(Dataset.from([scan]).pipe(missing).toArray()).rejects.toMatchObject({ code: "VOXRX_MISSING_KEY" });
    for (const options of [{ keyDst: "fixed" }, { keys: "moving" }, { keys: [], keyDst: "fixed" }]) {
      const failure = attempt(() => Reflect.apply(resampleToMatch, undefined, [options]));
      expect(isVoxRxError(failure, "VOXRX_BAD_OPTION"), JSON.stringify(options)).toBe(true);
    }
  });
});
