import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import {
  borderPad,
  fgBgToIndices,
  randCropByLabelClasses,
  randCropByPosNegLabel,
  randSpatialCropSamples,
  spatialCrop,
} from "voxrx/operators";
import { drawRegion } from "../../../operators/crop/shared/drawn-region.ts";
import { binaryClasses, ChannelCounts, ClassCounts, labelClasses } from "../../../src/kernels/class-map.ts";
import { RandomState } from "../../../src/random/mt19937.ts";
import { anyVolume, ramp, valuesOf } from "../../support/volumes.ts";

/** A label whose first channel is 1 everywhere, and whose second only in voxel `at`: regions that contain each other. */
function nested(n: number, at: number): Volume {
  const data = Uint8Array.from({ length: 2 * n ** 3 }, (_, i) => Number(i < n ** 3 || i === n ** 3 + at));
  return new Volume({ data, shape: [2, n, n, n], layout: "x-fastest" });
}

describe("MONAI's vectors", () => {
  test("sizes drawn up to a largest one, cut to the image, for its seed 123", () => {
    const sizeOf = (maxRoiSize: number | number[]) => {
      const state = new RandomState(123);
      const rule = { roiSize: 3, maxRoiSize, randomCenter: true, randomSize: true };
      const { start, end } = drawRegion({ integer: (n) => state.interval(n - 1) }, [4, 5, 6], rule);
      return end.map((to, axis) => to - (start[axis] ?? 0));
    };
    expect(sizeOf([5, -1, 4])).toEqual([4, 4, 3]);
    expect(sizeOf(4)).toEqual([3, 4, 3]);
  });

  test("sizes of eight centred samples for its seed 1234", () => {
    const state = new RandomState(1234);
    const random = { integer: (n: number) => state.interval(n - 1) };
    const rule = { roiSize: 3, randomCenter: false, randomSize: true };
    const sizes = Array.from({ length: 8 }, () => {
      const { start, end } = drawRegion(random, [4, 4, 4], rule);
      return end.map((to, axis) => to - (start[axis] ?? 0)).join();
    });
    expect(sizes).toEqual(["4,4,3", "4,3,3", "3,4,4", "4,4,4", "3,3,4", "3,3,3", "3,3,3", "3,3,3"]);
  });

  test.each([
    [[2, 2, -1], false, [3, 2, 2, 3]],
    [[2, 2, 2], false, [3, 2, 2, 2]],
    [[4, 4, 2], true, [3, 3, 3, 2]],
    [[4, 4, 4], true, [3, 3, 3, 3]],
  ])(
    "randCropByPosNegLabel of [3, 3, 3, 3] to %j (allowSmaller %j) gives %j",
    async (spatialSize, allowSmaller, shape) => {
      const item = { image: ramp([3, 3, 3, 3]), label: ramp([3, 3, 3, 3], "uint8") };
      const crops = await Dataset.from([item])
        .pipe(randCropByPosNegLabel({ keys: "image", labelKey: "label", spatialSize, allowSmaller, numSamples: 2 }))
        .toArray();
      expect(crops.map(({ image }) => image.shape)).toEqual([shape, shape]);
    },
  );
});

describe("finding voxels", () => {
  test("numbers the voxels of each class as NumPy's nonzero does, whatever the layout and the number of axes", () => {
    fc.assert(
      fc.property(anyVolume, fc.constantFrom("x-fastest", "z-fastest"), (volume, layout) => {
        const classed = volume.withSamples({
          data: Uint8Array.from(valuesOf(volume), (value) => value % 3),
          layout: "x-fastest",
        });
        const label = classed.toContiguous(layout);
        const counts = label.channels > 1 ? new ChannelCounts(label) : new ClassCounts(labelClasses(label, 3), 3);
        for (let own = 0; own < (label.channels > 1 ? label.channels : 3); own++) {
          const isOf = (x: number, y: number, z: number) =>
            label.channels > 1 ? at(label, own, x, y, z) !== 0 : at(label, 0, x, y, z) === own;
          const expected = eachVoxel(label).filter((place) => isOf(...place));
          expect(counts.total(own)).toBe(expected.length);
          expect(expected.map((_, n) => counts.find(own, n))).toEqual(expected);
        }
      }),
    );
  });

  test("listed numbers are those of the voxels that are found one by one", () => {
    const label = ramp([1, 3, 4, 5], "uint8");
    const counts = new ClassCounts(binaryClasses(label), 2);
    const numbers = Array.from(counts.list(1), (_, n) => counts.find(1, n)).map(([x, y, z]) => z + 5 * (y + 4 * x));
    expect(Array.from(counts.list(1))).toEqual(numbers);
    expect(counts.list(1).length + counts.list(0).length).toBe(60);
  });
});

describe("randCropByLabelClasses", () => {
  const options = { keys: "image", labelKey: "label", spatialSize: 1 } as const;

  test("a voxel in several channels counts in each: a region inside of another is still drawn", async () => {
    const items = Dataset.from([{ image: ramp([1, 4, 4, 4]), label: nested(4, 21) }]);
    const inner = await items.pipe(randCropByLabelClasses({ ...options, ratios: [0, 1], numSamples: 5 })).toArray();
    expect(inner.map(({ image }) => image.get(0, 0, 0, 0))).toEqual([21, 21, 21, 21, 21]);
    const both = await items.pipe(randCropByLabelClasses({ ...options, numSamples: 2_000 })).toArray();
    const count = both.filter(({ image }) => image.get(0, 0, 0, 0) === 21).length;
    expect(Math.abs(count - 2_000 * (1 / 2 + 1 / 128))).toBeLessThan(5 * Math.sqrt(500));
  });

  test("classes of channels, too, are drawn only where the image is above the threshold", async () => {
    const items = Dataset.from([{ image: ramp([1, 4, 4, 4]), label: nested(4, 21) }]);
    const gate = { imageKey: "image", imageThreshold: 59 } as const;
    const outer = await items
      .pipe(randCropByLabelClasses({ ...options, ...gate, ratios: [1, 1], numSamples: 200 }))
      .toArray();
    expect(new Set(outer.map(({ image }) => image.get(0, 0, 0, 0)))).toEqual(new Set([60, 61, 62, 63]));
    const none = items.pipe(randCropByLabelClasses({ ...options, ...gate, ratios: [0, 1] })).toArray();
    await expect(none).rejects.toMatchObject({ code: "VOXRX_NO_VOXEL", operator: "randCropByLabelClasses" });
  });

  test("a label that has not the declared number of channels is an error", async () => {
    const items = Dataset.from([{ image: ramp([1, 4, 4, 4]), label: nested(4, 21) }]);
    const failed = items.pipe(randCropByLabelClasses({ ...options, numClasses: 3 })).toArray();
    await expect(failed).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
  });
});

describe("crops of several samples", () => {
  test("are views of images of two axes as well", async () => {
    const label = ramp([1, 5, 6], "uint8");
    label.data.fill(0).fill(1, 20, 21);
    const image = ramp([1, 5, 6]);
    const crops = await Dataset.from([{ image, label }])
      .pipe(randCropByPosNegLabel({ keys: ["image", "label"], labelKey: "label", spatialSize: 3, pos: 1, neg: 0 }))
      .toArray();
    expect(crops.map((crop) => crop.label.get(0, 1, 1))).toEqual([1]);
    expect(crops[0]?.image.storage).toBe(image.storage);
    expect(crops[0]?.image.affine.slice(0, 8)).toEqual(Float64Array.of(1, 0, 0, 2, 0, 1, 0, 1));
  });

  test("an item with none of the fields is given numSamples times, unchanged, where fields may be missing", async () => {
    type Item = { readonly id: string; readonly image: Volume };
    const without: Partial<Item> = { id: "a" };
    const items = Dataset.from([without, { id: "b", image: ramp([1, 3, 3, 3]) }]) as Dataset<Item>;
    const options = { keys: ["image"], allowMissingKeys: true, roiSize: 2, numSamples: 2 } as const;
    const crops = await items.pipe(randSpatialCropSamples(options)).toArray();
    expect(crops.slice(0, 2)).toEqual([{ id: "a" }, { id: "a" }]);
    expect(crops[0]).not.toBe(crops[1]);
    expect(crops.slice(2).map(({ image }) => image.shape)).toEqual([
      [1, 2, 2, 2],
      [1, 2, 2, 2],
    ]);
  });

  test("numbers of voxels that the image does not have are refused, not moved to its end", async () => {
    const label = ramp([1, 9, 9, 9], "uint16");
    const stale = Dataset.from([{ image: ramp([1, 9, 9, 9]), label }]).pipe(
      fgBgToIndices({ keys: "label" }),
      spatialCrop({ keys: ["image", "label"], roiStart: [0, 0, 0], roiEnd: [4, 4, 4] }),
      randCropByPosNegLabel({
        keys: ["image", "label"],
        labelKey: "label",
        spatialSize: 2,
        fgIndicesKey: "label_fg_indices",
        bgIndicesKey: "label_bg_indices",
      }),
    );
    await expect(stale.toArray()).rejects.toMatchObject({
      code: "VOXRX_SHAPE_MISMATCH",
      operator: "randCropByPosNegLabel",
    });
  });
});

test("borderPad refuses a number of borders that fits no image when it is composed", () => {
  const five = () => borderPad({ spatialBorder: [1, 1, 1, 1, 1] });
  expect(five).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
});

/** A value of a label of two or three axes. */
function at(label: Volume, channel: number, x: number, y: number, z: number): number {
  return label.get(channel, x, y, z) ?? Number.NaN;
}

function eachVoxel({ spatialShape: [nx = 1, ny = 1, nz = 1] }: Volume): [number, number, number][] {
  return Array.from({ length: nx * ny * nz }, (_, i) => [Math.floor(i / (ny * nz)), Math.floor(i / nz) % ny, i % nz]);
}
