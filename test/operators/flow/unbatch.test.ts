import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { batch, map, unbatch } from "voxrx/operators";
import { anyVolume, plain } from "../../support/volumes.ts";

describe("unbatch", () => {
  test("unbatch gives back what was batched: samples, type, affine, meta, other fields", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyVolume, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 3 }),
        async (volumes, size) => {
          const [model] = volumes;
          if (!model) return;
          const items = volumes.map((_, id) => {
            const affine = [2, 0, 0, id, 0, 1, 0, 0, 0, 0, 1, 5, 0, 0, 0, 1];
            return { image: model.withAffine(affine).withMeta({ source: `${id}.nii` }), id, name: `n${id}` };
          });
          const back = await Dataset.from(items).pipe(batch(size), unbatch()).toArray();
          expect(back.map(({ image, ...rest }) => ({ ...rest, image: plain(image) }))).toEqual(
            items.map(({ image, ...rest }) => ({ ...rest, image: plain(image) })),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  test("unbatch refuses what is no batch", async () => {
    const ds = Dataset.from([{ a: [1, 2], b: [1] }]).pipe(unbatch());
    await expect(ds.toArray()).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "unbatch" });
    const scalar = Dataset.from([5]).pipe(
      map((n) => n),
      unbatch(),
    );
    await expect(scalar.toArray()).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
  });
});
