import { describe, expect, test } from "vitest";
import { Dataset, type ShowOptions, show, Volume } from "voxrx";
import { batch, map } from "voxrx/operators";
import { grayRange } from "../../src/show/gray-levels.ts";
import { stackVolumes } from "../../src/volume/tensor.ts";
import { boxOf, head, organs, pixelsIn, storageOrders, straight } from "../support/shown.ts";
import { thrown } from "../support/thrown.ts";
import { row } from "../support/volumes.ts";

const image = head([12, 10, 8], straight(1, 1, 1));
const label = organs([12, 10, 8], straight(1, 1, 1), image);
const small = { width: 60, title: false } as const;

describe("what is shown", () => {
  test("an item, a list of it and a dataset of it give the same figure", async () => {
    const wanted = show({ image, label }, small).bytes;
    expect(show([{ image, label }], small).bytes).toEqual(wanted);
    expect((await show(Dataset.from([{ image, label }]), small)).bytes).toEqual(wanted);
    expect((await show(stream([{ image, label }]), small)).bytes).toEqual(wanted);
  });

  test("a batch looks like the items in it, in every layout, padded or not", () => {
    const other = image.crop([0, 2, 1], [12, 10, 8]);
    const wanted = show([{ image }, { image: other }], small).bytes;
    for (const layout of ["NCXYZ", "NCZYX", "NXYZC", "NZYXC"] as const) {
      const tensor = stackVolumes([image, other], { layout, pad: true, padValue: 0, padMethod: "symmetric" });
      expect(show({ image: tensor }, small).bytes).toEqual(wanted);
      expect(show(tensor, small).bytes).toEqual(wanted);
    }
    expect(show({ image: [image, other] }, small).bytes).toEqual(wanted);
  });

  test("toTensor gives a tensor that is shown like the volume", () => {
    const wanted = show(image, small).bytes;
    for (const layout of ["CXYZ", "ZYXC", "NCZYX"] as const) {
      expect(show(image.toTensor({ layout }), small).bytes).toEqual(wanted);
    }
  });

  test("a batch that comes out of a dataset", async () => {
    const batches = Dataset.from([
      { image, label },
      { image: image.flip([0]), label },
    ]).pipe(batch(2));
    const first = await batches.peek();
    if (!first) throw new Error("no batch");
    expect(show(first, small).bytes).toEqual((await show(batches, small)).bytes);
  });

  test("a dataset shows its first four items, and no run is counted", async () => {
    let made = 0;
    const images = Dataset.from([1, 2, 3, 4, 5, 6]).pipe(
      map((n) => {
        made++;
        return image.mapSamples((value) => value * n);
      }),
    );
    const { height } = await show(images, { ...small, columns: 3 });
    expect(made).toBe(4);
    expect((await show(images, { ...small, columns: 3, items: 2 })).height).toBeLessThan(height);
    expect(images.explain()).toContain("epoch 0 is next");
  });

  test("labels lie over the image; without one they are on black", () => {
    const only = pixelsIn(show({ label }, { ...small, plane: "axial" }));
    const orange = [230, 159, 0];
    expect(count(only, orange)).toBeGreaterThan(20);
    const over = pixelsIn(show({ image, label }, { ...small, plane: "axial", opacity: 1 }));
    expect(count(over, orange)).toBe(count(only, orange));
    expect(count(pixelsIn(show({ image, label }, { ...small, plane: "axial", labels: false })), orange)).toBe(0);
    expect(show({ image, label }, { ...small, labels: "label" }).bytes).toEqual(show({ image, label }, small).bytes);
  });

  test("a field is a label by its key only if it has integers", () => {
    const half = label.mapSamples((value) => value / 2, { dtype: "float32" });
    const asImages = show({ image, mask: half }, { ...small, plane: "axial" });
    expect(count(pixelsIn(asImages), [230, 159, 0])).toBe(0);
    const whole = label.mapSamples((value) => value, { dtype: "float32" });
    expect(show({ image, mask: whole }, small).bytes).toEqual(show({ image, mask: label }, small).bytes);
  });

  test("slices go through the middle of the labels' foreground", () => {
    const at = (x: number, y: number, z: number) => {
      const data = new Uint8Array(1000);
      data[x + 10 * (y + 10 * z)] = 1;
      return new Volume({ data, shape: [1, 10, 10, 10], layout: "x-fastest" });
    };
    const gray = row(
      Array.from({ length: 1000 }, (_, i) => i % 13),
      [1, 10, 10, 10],
    );
    const options = { ...small, opacity: 0 };
    const chosen = (plane: ShowOptions["plane"], place: number) => show(gray, { ...small, plane, at: place }).bytes;
    for (const [plane, place] of [
      ["sagittal", 2],
      ["coronal", 7],
      ["axial", 4],
    ] as const) {
      expect(show({ gray, label: at(2, 7, 4) }, { ...options, plane }).bytes).toEqual(chosen(plane, place));
    }
  });

  test("where the middle of the labels is empty, slices go through the nearest ones with the most", () => {
    const shape = [1, 10, 10, 10] as const;
    const gray = row(
      Array.from({ length: 1000 }, (_, i) => i % 13),
      shape,
    );
    const data = new Uint8Array(1000);
    for (const [x, y, z] of [
      [1, 2, 3],
      [2, 2, 3],
      [2, 3, 3],
      [9, 2, 3],
    ] as const) {
      data[x + 10 * (y + 10 * z)] = 1;
    }
    const label = new Volume({ data, shape, layout: "x-fastest" });
    const options = { ...small, plane: "sagittal" } as const;
    const wanted = show(gray, { ...options, at: 2 }).bytes;
    expect(show({ gray, label }, { ...options, opacity: 0 }).bytes).toEqual(wanted);
    // Two sides alike: one of them, the same for each way to store the label.
    const twins = new Volume({
      data: Uint8Array.from({ length: 1000 }, (_, i) => ([2, 7].includes(i % 10) ? 1 : 0)),
      shape,
      layout: "x-fastest",
    });
    const [first, ...others] = storageOrders(twins).map((seg) => show({ gray, seg }, options).bytes);
    for (const other of others) expect(other).toEqual(first);
  });

  test("an axis counts slices as they are stored", () => {
    const flipped = image.flip([2]);
    expect(show(flipped, { ...small, axis: 2, at: 1 }).bytes).toEqual(
      show(image, { ...small, plane: "axial", at: 6 }).bytes,
    );
  });
});

describe("gray levels", () => {
  test("range from the 1st to the 99th percentile of the finite values of the whole volume", () => {
    const values = Array.from({ length: 1001 }, (_, i) => i);
    expect(grayRange(row(values), 0)).toEqual([10, 990]);
    const spoiled = [...values, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(grayRange(row(spoiled), 0)).toEqual([10, 990]);
  });

  test("rare values are seen although both percentiles are background", () => {
    expect(grayRange(row([...new Array<number>(1000).fill(0), 5]), 0)).toEqual([0, 5]);
  });

  test.each([
    ["constant", [7, 7, 7, 7, 7, 7, 7, 7]],
    ["NaN", new Array<number>(8).fill(Number.NaN)],
    ["infinite", new Array<number>(8).fill(Number.NEGATIVE_INFINITY)],
    ["one value and NaN", [3, ...new Array<number>(7).fill(Number.NaN)]],
  ])("%s volumes are shown", (_, values) => {
    expect(show(row(values, [1, 2, 2, 2])).width).toBeGreaterThan(100);
  });

  test("NaN is dark purple, infinities are black and white", () => {
    const values = [0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5];
    const image = row(values, [1, 6, 1]);
    const pixels = pixelsIn(show(image, { title: false, scale: 1, interpolation: "nearest", range: [0, 1] }));
    const shown = values.map((_, x) => pixels.at(8 + x, 8));
    const gray = (value: number) => [value, value, value];
    expect(shown).toEqual([gray(0), gray(255), [96, 0, 96], gray(255), gray(0), gray(128)]);
  });

  test("a smaller image weighs all voxels: a fine pattern becomes gray", () => {
    const stripes = row(
      Array.from({ length: 64 * 64 }, (_, i) => i % 2),
      [1, 64, 64],
    );
    const pixels = pixelsIn(show(stripes, { title: false, width: 16, range: [0, 1] }));
    for (let x = 1; x < 15; x++) expect(Math.abs(pixels.at(8 + x, 12)[0] - 128)).toBeLessThan(20);
  });
});

describe("what goes wrong is said", () => {
  test.each<[ShowOptions, RegExp]>([
    [{ plane: "transverse" as "axial" }, /plane: expected "axial", "coronal", "sagittal" or a list/],
    [{ keys: "imgae" }, /keys: the item has no image in "imgae"; it has images in "image", "label"/],
    [{ labels: ["lable"] }, /labels: the item has no image in "lable"/],
    [{ plane: "axial", at: 8 }, /there is no axial slice 8 of 8.*from 0 to 7/],
    [{ channels: 3 }, /there is no channel 3 in an image of 1/],
    [{ plane: "axial", axis: 1 }, /plane and axis exclude each other/],
    [{ slices: 2, at: 1 }, /slices and at exclude each other/],
    [{ range: [3, 1] }, /range: the first value must be below the second/],
    [{ slices: 2 ** 31 - 1 }, /slices: expected a number of at most 4096/],
    [{ width: 16_000, columns: 1 }, /are too many for one figure/],
    [{ plan: "axial" } as ShowOptions, /there is no option "plan"; did you mean "plane"/],
  ])("%j", async (options, message) => {
    const error = await thrown(async () => show({ image, label }, options));
    expect(error).toMatchObject({ code: "VOXRX_BAD_OPTION", operator: "show" });
    expect(error.message).toMatch(message);
  });

  test.each<[string, object, RegExp]>([
    ["no image", { path: "a.nii" }, /an object with path has no image to show/],
    ["an empty list", [], /expected 1 to 4096 items to show, got 0/],
    ["a promise", Promise.resolve(image), /a promise has no image to show.*Await it first: show\(await/],
    ["a list of words", ["a.nii"], /a string has no image to show/],
    ["no voxels", new Volume({ data: new Uint8Array(0), shape: [1, 0, 3, 3] }), /has no voxel to show/],
  ])("%s", async (_, input, message) => {
    const error = await thrown(async () => show(input));
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ code: "VOXRX_BAD_OPTION" });
  });

  test("an empty dataset", async () => {
    const error = await thrown(() => show(Dataset.from<Volume>([])));
    expect(error.message).toContain("the dataset has no items to show");
  });

  test("a 2D label over a 3D image", async () => {
    const error = await thrown(async () => show({ image, label: label.slice(2, 0) }));
    expect(error).toMatchObject({ code: "VOXRX_SHAPE_MISMATCH" });
  });
});

test("images of unlike size are fitted into cells of the same width", () => {
  const pixels = pixelsIn(
    show([image, head([40, 20, 20], straight(1, 1, 1))], { ...small, plane: "axial", columns: 1 }),
  );
  expect(boxOf(pixels).width).toBe(60);
});

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

function count({ rgb }: ReturnType<typeof pixelsIn>, [r, g, b]: readonly number[]): number {
  let found = 0;
  for (let i = 0; i < rgb.length; i += 3) if (rgb[i] === r && rgb[i + 1] === g && rgb[i + 2] === b) found++;
  return found;
}
