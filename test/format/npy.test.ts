import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeVolume, readHeader, readVolume, saveImage, type Volume } from "voxrx";
import { npz } from "voxrx/datasets";
import { zipOf } from "../support/archives.ts";
import { temporaryFolder } from "../support/folder.ts";
import { anyVolume, valuesOf } from "../support/volumes.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
let count = 0;
const fresh = (ending: string) => join(folder.path, `${count++}${ending}`);

interface ArrayFile {
  readonly descr?: string;
  readonly fortran?: boolean;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly version?: number;
  readonly text?: string;
}

/** An array file, by the text of numpy.lib.format. */
function npy({ descr = "<f4", fortran = false, shape, bytes, version = 1, text }: ArrayFile): Buffer {
  const sizes = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const header = text ?? `{'descr': '${descr}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${sizes}, }`;
  const line = Buffer.from(`${header.padEnd(117)}\n`, "latin1");
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.write("\x93NUMPY", 0, "latin1");
  head.writeUInt8(version, 6);
  if (version === 1) head.writeUInt16LE(line.length, 8);
  else head.writeUInt32LE(line.length, 8);
  return Buffer.concat([head, line, bytes]);
}
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

async function read(file: ArrayFile): Promise<Volume> {
  const path = fresh(".npy");
  await writeFile(path, npy(file));
  return readVolume(path);
}

describe("array files", () => {
  test("become images in both orders, of two to four axes", async () => {
    const bytes = floats(0, 1, 2, 3, 4, 5);
    const rows = await read({ shape: [2, 3], bytes });
    expect([rows.shape, rows.get(0, 0, 2), rows.get(0, 1, 0)]).toEqual([[1, 2, 3], 2, 3]);
    const columns = await read({ shape: [2, 3], fortran: true, bytes });
    expect([columns.get(0, 1, 0), columns.get(0, 0, 2)]).toEqual([1, 4]);
    const solid = await read({ shape: [1, 2, 3], bytes });
    expect([solid.shape, solid.get(0, 0, 1, 2)]).toEqual([[1, 1, 2, 3], 5]);
    const channels = await read({ shape: [3, 1, 1, 2], bytes, version: 2 });
    expect([channels.shape, channels.get(2, 0, 0, 1)]).toEqual([[3, 1, 1, 2], 5]);
    expect(channels.spacing).toEqual([1, 1, 1]);
  });

  test("hold any type of number, in both byte orders", async () => {
    const types: readonly [descr: string, bytes: Uint8Array, dtype: string, values: number[]][] = [
      ["|b1", Uint8Array.of(1, 0), "uint8", [1, 0]],
      [">i2", Uint8Array.of(0xff, 0xfe, 0x01, 0x00), "int16", [-2, 256]],
      ["<u4", new Uint8Array(Uint32Array.of(7, 4_000_000_000).buffer), "uint32", [7, 4_000_000_000]],
      ["<i8", new Uint8Array(BigInt64Array.of(-5n, 12n).buffer), "int32", [-5, 12]],
      ["<f2", Uint8Array.of(0x00, 0x3c, 0x00, 0xc1), "float32", [1, -2.5]],
      [">f2", Uint8Array.of(0x7c, 0x00, 0x00, 0x01), "float32", [Number.POSITIVE_INFINITY, 2 ** -24]],
      ["<f8", new Uint8Array(Float64Array.of(0.5, -3).buffer), "float32", [0.5, -3]],
    ];
    for (const [descr, bytes, dtype, values] of types) {
      const volume = await read({ descr, shape: [2, 1], bytes });
      expect([descr, volume.dtype, valuesOf(volume)]).toEqual([descr, dtype, values]);
    }
  });

  test("come back as they were saved, from a file and from memory", async () => {
    await fc.assert(
      fc.asyncProperty(anyVolume, async (volume) => {
        // [c, x, y] is written, and read as [x, y, z]: an array does not say which of its axes are channels.
        fc.pre(volume.spatialShape.length === 3);
        const path = fresh(".npy");
        await saveImage(volume, path);
        const back = await readVolume(path, { dtype: volume.dtype });
        expect([back.shape, back.dtype, valuesOf(back)]).toEqual([volume.shape, volume.dtype, valuesOf(volume)]);
      }),
      { numRuns: 30 },
    );
    const file = npy({ shape: [2, 1], bytes: floats(1, 2) });
    expect(valuesOf(await decodeVolume(file, { name: "a.npy" }))).toEqual([1, 2]);
    const path = fresh(".npy");
    await writeFile(path, file);
    expect(await readHeader(path)).toMatchObject({ shape: [1, 2, 1], dtype: "float32", format: "npy" });
  });

  test.each([
    ["objects", { text: "{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }" }, "VOXRX_UNSUPPORTED_DTYPE"],
    [
      "records",
      { text: "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1, 1), }" },
      "VOXRX_UNSUPPORTED_DTYPE",
    ],
    ["complex numbers", { descr: "<c8" }, "VOXRX_UNSUPPORTED_DTYPE"],
    ["code", { text: "__import__('os').system('true')" }, "VOXRX_BAD_HEADER"],
    ["a negative size", { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4), }" }, "VOXRX_BAD_HEADER"],
    ["one axis", { shape: [4] }, "VOXRX_BAD_HEADER"],
    ["five axes", { shape: [1, 1, 1, 1, 1] }, "VOXRX_BAD_HEADER"],
    ["too few samples", { shape: [100, 100] }, "VOXRX_TRUNCATED_FILE"],
    ["a forged size", { shape: [2 ** 31, 2 ** 31] }, "VOXRX_TOO_LARGE"],
    ["a version of another time", { version: 9 }, "VOXRX_BAD_HEADER"],
  ] as const)("with %s are refused", async (_, wrong, code) => {
    await expect(read({ shape: [2, 2], bytes: floats(1, 2, 3, 4), ...wrong })).rejects.toMatchObject({ code });
  });
});

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
});
