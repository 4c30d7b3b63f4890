import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import sharp from "sharp";
import { expect, test } from "vitest";
import { animate, compare, Dataset, type Figure, histogram, show, Volume } from "voxrx";
import { spacing } from "voxrx/operators";
import { temporaryFolder } from "../support/folder.ts";
import { head, organs, pixelsIn, straight } from "../support/shown.ts";
import { thrown } from "../support/thrown.ts";
import { row } from "../support/volumes.ts";

const image = head([12, 10, 8], straight(1, 1, 1));
const label = organs([12, 10, 8], straight(1, 1, 1), image);
const small = { width: 60, title: false } as const;

test("a figure prints on one line and is a PNG in notebooks", () => {
  const figure = show(image, { plane: "axial", width: 100 });
  expect(inspect(figure)).toMatch(/^Figure 176 x \d+, image\/png, \d+ kB$/);
  const bundle = figure[Symbol.for("Jupyter.display") as keyof Figure] as unknown as () => Record<string, string>;
  const shown = bundle.call(figure);
  expect(Buffer.from(shown["image/png"] ?? "", "base64")).toEqual(Buffer.from(figure.bytes));
  expect(shown["text/plain"]).toBe(inspect(figure));
});

test("save writes the bytes, and replaces an older figure", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "a.PNG");
  await writeFile(path, "old");
  const figure = show(image, small);
  await figure.save(path);
  expect(new Uint8Array(await readFile(path))).toEqual(figure.bytes);
  expect(await readdir(folder.path)).toEqual(["a.PNG"]);
});

test("save says what is wrong with a path", async () => {
  await using folder = await temporaryFolder();
  const figure = show(image, small);
  const wrong = await thrown(() => figure.save(join(folder.path, "a.jpg")));
  expect(wrong).toMatchObject({ code: "VOXRX_BAD_OPTION" });
  expect(wrong.message).toMatch(/type image\/png can't be saved as .*a\.jpg.*extension \.png/);
  const gif = await thrown(() => figure.save(join(folder.path, "a.gif")));
  expect(gif.message).toContain('animate(volume, { format: "gif" })');
  const missing = await thrown(() => figure.save(join(folder.path, "no", "a.png")));
  expect(missing).toMatchObject({ code: "VOXRX_WRITE_FAILED" });
  expect(missing.message).toMatch(/the directory .*no does not exist/);
  await mkdir(join(folder.path, "dir.png"));
  expect(await thrown(() => figure.save(join(folder.path, "dir.png")))).toMatchObject({ code: "VOXRX_WRITE_FAILED" });
  expect(await readdir(folder.path)).toEqual(["dir.png"]);
});

test("compare shows before, after and the difference with one range", () => {
  const brighter = image.mapSamples((value) => value + 100);
  const figure = compare(image, brighter, { ...small, plane: "axial" });
  const pixels = pixelsIn(figure);
  // Margins, three tiles and the gaps between them; no caption under a column is wider.
  expect(pixels.width).toBe(8 + 60 + 3 + 60 + 3 + 60 + 8);
  expect(show(image, small).width).toBeGreaterThan(0);
  const center = (column: number) => pixels.at(8 + 63 * column + 20, Math.floor(pixels.height / 2) - 10);
  expect(center(1)[0]).toBeGreaterThan(center(0)[0]);
  const [red, , blue] = center(2);
  expect(red).toBeGreaterThan(blue);
  expect(compare({ image, label }, { image: brighter, label }, small).height).toBeGreaterThan(0);
});

test("compare leaves the difference out on another grid, and shows the same place", async () => {
  const coarse = await Dataset.from([image])
    .pipe(spacing({ pixdim: [2, 2, 2] }))
    .at(0);
  const pixels = pixelsIn(compare(image, coarse, { ...small, plane: "axial", at: 6 }));
  expect(pixels.width).toBe(8 + 60 + 3 + 60 + 8);
});

test("compare says what it can't compare", async () => {
  expect((await thrown(async () => compare([image, image], image))).message).toContain(
    "expected one image or item before, got 2",
  );
  const error = await thrown(async () => compare({ a: image, b: image }, { c: image, d: image }));
  expect(error.message).toContain("no image under the same key");
});

test("histogram counts the values of images, lists and typed arrays", async () => {
  const values = [0, 0, 0, 0, 1, 1, 2];
  const list = histogram(values);
  expect([list.width, list.height]).toEqual([640, 360]);
  expect(histogram(Int16Array.from(values)).bytes).toEqual(list.bytes);
  expect(histogram(row(values, [1, 7, 1])).bytes).toEqual(list.bytes);
  expect(histogram(row([...values, Number.NaN, Number.POSITIVE_INFINITY], [1, 9, 1])).bytes).toEqual(list.bytes);
  expect(histogram(values, { log: true }).bytes).not.toEqual(list.bytes);
  expect(histogram([image, label.mapSamples((value) => value * 9)]).height).toBeGreaterThan(360);
  for (const constant of [[5], [0, 0], [-1e300, 1e300], [1e-300]]) expect(histogram(constant).width).toBe(640);
  expect((await thrown(async () => histogram([Number.NaN]))).message).toContain("no finite values");
  expect((await thrown(async () => histogram(image, { bins: 0 }))).message).toMatch(
    /bins: expected a number of at least 1/,
  );
});

test.each(["webp", "gif"] as const)("animate makes an animation of all slices as %s", async (format) => {
  const figure = await animate({ image, label }, { width: 60, format, fps: 10 });
  expect(figure.type).toBe(`image/${format}`);
  const { pages, delay, width, pageHeight } = await sharp(figure.bytes, { animated: true }).metadata();
  expect([pages, width, pageHeight]).toEqual([8, figure.width, figure.height]);
  expect(delay).toEqual(new Array(8).fill(100));
  await using folder = await temporaryFolder();
  await figure.save(join(folder.path, `a.${format}`));
});

test("animate says what it can't animate", async () => {
  const flat = new Volume({ data: new Uint8Array(16), shape: [1, 4, 4] });
  for (const [input, options] of [
    [flat, {}],
    [image.crop([0, 0, 3], [12, 10, 4]), {}],
  ] as const) {
    const error = await thrown(() => animate(input, options));
    expect(error.message).toContain("expected one plane with several slices");
  }
  expect((await thrown(() => animate([image, image]))).message).toContain("expected one image or item, got 2");
  expect((await thrown(() => animate(image, { fps: 0 }))).message).toMatch(/fps/);
});
