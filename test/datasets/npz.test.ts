import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readVolume } from "voxrx";
import { npz } from "voxrx/datasets";
import { zipOf } from "../support/archives.ts";
import { temporaryFolder } from "../support/folder.ts";
import { floats, npy } from "../support/npy-file.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
let count = 0;
const fresh = (ending: string) => join(folder.path, `${count++}${ending}`);

describe("npz", () => {
  const images = npy({ shape: [3, 2, 2], bytes: floats(...Array.from({ length: 12 }, (_, n) => n)) });
  const turned = npy({ shape: [3, 2, 2], fortran: true, bytes: floats(...Array.from({ length: 12 }, (_, n) => n)) });
  const labels = npy({ descr: "<i8", shape: [3], bytes: new Uint8Array(BigInt64Array.of(4n, 5n, 6n).buffer) });
  const archive = async (entries: Record<string, Buffer>) => {
    const path = fresh(".npz");
    await writeFile(path, zipOf(Object.entries(entries).map(([name, content]) => ({ name: `${name}.npy`, content }))));
    return path;
  };

  test("gives the rows of its arrays, numbers as numbers, under the names asked for", async () => {
    const path = await archive({ images, turned, labels });
    const rows = await npz(path).toArray();
    expect(rows.length).toBe(3);
    expect(rows[1]).toEqual({
      images: { data: Float32Array.of(4, 5, 6, 7), shape: [2, 2], dtype: "float32" },
      turned: { data: Float32Array.of(1, 7, 4, 10), shape: [2, 2], dtype: "float32" },
      labels: 5,
    });
    const named = npz(path, {
      keys: { images: "image", turned: "other", labels: "label" },
      volumes: ["image", "other"],
    });
    const { image, other, label } = await named.at(1);
    expect([image.shape, image.get(0, 0, 1), other.get(0, 0, 1), label]).toEqual([[1, 2, 2], 5, 7, 5]);
  });

  test("says what is missing, unequal, damaged or too large", async () => {
    const path = await archive({ images, labels: npy({ shape: [2], bytes: floats(1, 2) }) });
    await expect(npz(path).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
    await expect(npz(path, { keys: ["masks"] }).toArray()).rejects.toThrow(/no array "masks"/);
    await expect(npz(path, { keys: ["images"], maxBytes: 50 }).toArray()).rejects.toMatchObject({
      code: "VOXRX_ARCHIVE_LIMIT",
    });
    await expect(npz(`${path}.gone`).toArray()).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
    const torn = fresh(".npz");
    await writeFile(torn, zipOf([{ name: "images.npy", content: images, crc: 1 }]));
    await expect(npz(torn).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: torn });
  });

  test("two arrays of one name are an error, and so are two arrays for one field", async () => {
    const path = fresh(".npz");
    const twice = [images, turned].map((content) => ({ name: "images.npy", content }));
    await writeFile(path, zipOf([...twice, { name: "labels.npy", content: labels }]));
    const refused = { code: "VOXRX_BAD_HEADER", file: path, message: expect.stringContaining('2 arrays "images"') };
    await expect(npz(path).toArray()).rejects.toMatchObject(refused);
    await expect(readVolume(`${path}?array=images`)).rejects.toMatchObject({
      ...refused,
      file: `${path}?array=images`,
    });
    expect(await npz(path, { keys: ["labels"] }).toArray()).toEqual([{ labels: 4 }, { labels: 5 }, { labels: 6 }]);
    expect(() => npz(path, { keys: { images: "x", labels: "x" } })).toThrow(
      expect.objectContaining({ code: "VOXRX_BAD_OPTION" }),
    );
  });
});
