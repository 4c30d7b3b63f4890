import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compare, type Figure, histogram, show, Volume } from "voxrx";
import { stackVolumes } from "../../src/volume/tensor.ts";
import { root } from "../project/tree.ts";
import { head, organs, pixelsIn, straight, turned } from "../support/shown.ts";

const dir = join(root, "test", "show", "golden");
const size = { width: 72 };

const image = head([22, 18, 20], straight(1, 1, 1));
const label = organs([22, 18, 20], straight(1, 1, 1), image);
const flat = (channels: number, values: (x: number, y: number, c: number) => number, meta = {}) => {
  const data = Uint8Array.from({ length: channels * 24 * 16 }, (_, i) =>
    values(i % 24, Math.floor(i / 24) % 16, Math.floor(i / 384)),
  );
  return new Volume({ data, shape: [channels, 24, 16], layout: "x-fastest", meta });
};
const colors = (channels: number) =>
  flat(channels, (x, y, c) => [x * 10, y * 15, x > y ? 200 : 40, x * 11][c] ?? 0, { format: "png", source: "a/b.png" });

const figures: Readonly<Record<string, () => Figure>> = {
  straight: () => show(image, size),
  oblique: () => show(head([22, 18, 20], turned(23, 1)), size),
  anisotropic: () => show(head([22, 18, 5], straight(1, 1, 4)), size),
  gray2d: () =>
    show(
      flat(1, (x, y) => x * 4 + y * 9),
      size,
    ),
  rgb: () => show(colors(3), size),
  rgba: () => show(colors(4), size),
  rgbVolume: () =>
    show(
      new Volume({
        data: Uint8Array.from(
          { length: 3 * 512 },
          (_, i) => [i % 8, Math.floor(i / 8) % 8, 4][Math.floor(i / 512)] ?? 0,
        ).map((n) => n * 32),
        shape: [3, 8, 8, 8],
        layout: "x-fastest",
        meta: { format: "nifti1", header: { datatype: "rgb24" } },
      }),
      size,
    ),
  channels: () =>
    show(
      new Volume({
        data: Float32Array.from({ length: 20 * 512 }, (_, i) => (i % 7) + Math.floor(i / 512)),
        shape: [20, 8, 8, 8],
      }),
      { ...size, plane: "axial", channels: [0, 4] },
    ),
  label: () => show({ label }, size),
  imageAndLabel: () => show({ image, label }, { ...size, names: { 1: "liver", 2: "spleen" } }),
  otherGrid: () => show({ image, seg: organs([12, 30, 11], straight(1.9, 0.6, 1.8), image) }, size),
  batch: () => {
    const options = { layout: "NCXYZ", pad: true, padValue: 0, padMethod: "end" } as const;
    const other = image.crop([0, 2, 0], [20, 18, 20]);
    return show(
      {
        image: stackVolumes([image, other], options),
        label: stackVolumes([label, label.crop([0, 2, 0], [20, 18, 20])], options),
      },
      size,
    );
  },
  twoItems: () => show([{ image, label }, { image: image.flip([0]) }], { ...size, title: "Two items" }),
  slices: () => show(image, { ...size, plane: "coronal", slices: 8, columns: 4, convention: "neurological" }),
  nan: () =>
    show(
      new Volume({
        data: Float32Array.from({ length: 512 }, (_, i) =>
          i % 5 === 0 ? Number.NaN : i % 7 === 0 ? Number.POSITIVE_INFINITY : i,
        ),
        shape: [1, 8, 8, 8],
      }),
      { ...size, plane: "axial" },
    ),
  constant: () =>
    show(new Volume({ data: new Int16Array(64).fill(7), shape: [1, 4, 4, 4] }), { ...size, plane: "axial" }),
  compare: () =>
    compare(
      image,
      image.mapSamples((value) => value * 0.8 + 60),
      { ...size, plane: "axial" },
    ),
  compareGrids: () => compare(image, image.withAffine(straight(2, 2, 2)), { width: 200, plane: "axial" }),
  histogram: () => histogram([image, image.mapSamples((value) => value + 150)], { width: 300, height: 160, log: true }),
  text: () =>
    show(
      flat(1, (x) => x),
      { ...size, title: "ÄÖÜß é ñ µm 23° ± × – “quoted”, not in the font: 漢字, and a line that is wrapped" },
    ),
};

test.each(Object.keys(figures))("%s looks as it did", (name) => {
  const make = figures[name];
  if (!make) throw new Error(name);
  const path = join(dir, `${name}.png`);
  const figure = make();
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, figure.bytes);
  expect(existsSync(path), "run it with UPDATE_GOLDEN=1 and look at the image").toBe(true);
  const [shown, golden] = [pixelsIn(figure), pixelsIn({ bytes: readFileSync(path) })];
  expect([shown.width, shown.height]).toEqual([golden.width, golden.height]);
  expect(differing(shown.rgb, golden.rgb), "run it with UPDATE_GOLDEN=1 and look at the difference").toBe(0);
});

function differing(first: Uint8Array, second: Uint8Array): number {
  return first.reduce((count, value, i) => count + (value === second[i] ? 0 : 1), 0);
}
