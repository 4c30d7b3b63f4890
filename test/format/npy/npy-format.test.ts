import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeVolume, readHeader, readVolume, saveImage, type Volume } from "voxrx";
import { zipOf } from "../../support/archives.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { type ArrayFile, floats, npy } from "../../support/npy-file.ts";
import { anyVolume, valuesOf } from "../../support/volumes.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
let count = 0;
const fresh = (ending: string) => join(folder.path, `${count++}${ending}`);

/** Channels of a plane are kept, and it then has a z of 1: an array does not say which of its axes are channels. */
function shapeBack({ shape, channels, spatialShape }: Volume): readonly number[] {
  return spatialShape.length === 2 && channels > 1 ? [...shape, 1] : shape;
}

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

  test("have headers as any writer of Python's dictionaries puts them", async () => {
    const bytes = floats(0, 1, 2, 3);
    for (const text of [
      `{"shape":(2,2),"descr":"<f4","fortran_order":False}`,
      `{ 'fortran_order' : False , 'shape' : (2L, 2L,) , 'descr' : '=f4' , }`,
    ]) {
      expect(valuesOf(await read({ shape: [], bytes, text }))).toEqual([0, 2, 1, 3]);
    }
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
        const path = fresh(".npy");
        await saveImage(volume, path);
        const back = await readVolume(path, { dtype: volume.dtype });
        expect([back.shape, back.dtype, valuesOf(back)]).toEqual([shapeBack(volume), volume.dtype, valuesOf(volume)]);
      }),
      { numRuns: 30 },
    );
    const file = npy({ shape: [2, 1], bytes: floats(1, 2) });
    expect(valuesOf(await decodeVolume(file, { name: "a.npy" }))).toEqual([1, 2]);
    const path = fresh(".npy");
    await writeFile(path, file);
    expect(await readHeader(path)).toMatchObject({ shape: [1, 2, 1], dtype: "float32", format: "npy" });
  });

  test("are decoded as they come: what inflates to far more than its header announces is refused", async () => {
    const path = fresh(".npy");
    const most = 64 * 2 ** 20;
    await writeFile(path, gzipSync(npy({ shape: [2, 2], bytes: new Uint8Array(most) }), { level: 1 }));
    await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", file: path });
    await writeFile(path, gzipSync(npy({ shape: [2, 2], bytes: floats(1, 2, 3, 4) })));
    expect(valuesOf(await readVolume(path))).toEqual([1, 3, 2, 4]);
  });

  test("hold every 16-bit float exactly, wherever a chunk of the file ends", async () => {
    const halves = Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits);
    // An odd header makes chunks of a power of two end within a number.
    const text = `{'descr': '<f2', 'fortran_order': True, 'shape': (65536, 20), }`;
    const bytes = Buffer.concat(Array.from({ length: 20 }, () => new Uint8Array(halves.buffer)));
    const file = npy({ shape: [], bytes, text: `${text.padEnd(118)}` });
    expect(file.indexOf("\n") % 2).toBe(0);
    const path = fresh(".npy");
    await writeFile(path, file);
    const volume = await readVolume(path);
    for (const y of [0, 19]) {
      for (const [bits, value] of [
        [0x3c00, 1],
        [0xc100, -2.5],
        [0x0001, 2 ** -24],
        [0x7bff, 65504],
        [0xfc00, -Infinity],
      ] as const) {
        expect(volume.get(0, bits, y)).toBe(value);
      }
      expect(volume.get(0, 0x7e00, y)).toBeNaN();
    }
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
    ["no axis", { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (), }" }, "VOXRX_BAD_HEADER"],
    [
      "sizes without a comma",
      { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (2 2), }" },
      "VOXRX_BAD_HEADER",
    ],
    [
      "a size and a half",
      { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2.0), }" },
      "VOXRX_BAD_HEADER",
    ],
    [
      "a shape that is a number",
      { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (4), }" },
      "VOXRX_BAD_HEADER",
    ],
    ["a size of zero", { shape: [0, 4] }, "VOXRX_BAD_HEADER"],
    [
      "an order that is a number",
      { text: "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 2), }" },
      "VOXRX_BAD_HEADER",
    ],
    [
      "an entry twice",
      { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (4, 1), 'shape': (2, 2), }" },
      "VOXRX_BAD_HEADER",
    ],
    [
      "an entry of another name",
      { text: "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), '__proto__': True, }" },
      "VOXRX_BAD_HEADER",
    ],
    ["a type of another name", { descr: "<constructor1" }, "VOXRX_UNSUPPORTED_DTYPE"],
    ["five axes", { shape: [1, 1, 1, 1, 1] }, "VOXRX_BAD_HEADER"],
    ["too few samples", { shape: [100, 100] }, "VOXRX_TRUNCATED_FILE"],
    ["a forged size", { shape: [2 ** 31, 2 ** 31] }, "VOXRX_TOO_LARGE"],
    ["a version of another time", { version: 9 }, "VOXRX_BAD_HEADER"],
  ] as const)("with %s are refused", async (_, wrong, code) => {
    await expect(read({ shape: [2, 2], bytes: floats(1, 2, 3, 4), ...wrong })).rejects.toMatchObject({ code });
  });
});

describe("an archive of arrays as an image", () => {
  const one = npy({ shape: [2, 3], bytes: floats(0, 1, 2, 3, 4, 5) });
  const other = npy({ descr: "|u1", shape: [1, 2, 2], bytes: Uint8Array.of(9, 8, 7, 6) });
  const archive = async (entries: Record<string, Buffer>) => {
    const path = fresh(".npz");
    await writeFile(path, zipOf(Object.entries(entries).map(([name, content]) => ({ name, content }))));
    return path;
  };

  test("is the only one in it, or the one that the path names", async () => {
    const path = await archive({ "a.npy": one });
    const volume = await readVolume(path);
    expect([volume.shape, volume.get(0, 0, 2)]).toEqual([[1, 2, 3], 2]);
    expect(await readHeader(path)).toMatchObject({ shape: [1, 2, 3], dtype: "float32" });
    const both = await archive({ "a.npy": one, "masks/b.npy": other });
    const files: string[] = [];
    const b = await readVolume(`${both}?array=masks/b`, { onFile: ({ path: file }) => files.push(file) });
    expect([b.shape, b.dtype, b.get(0, 0, 1, 0), files]).toEqual([[1, 1, 2, 2], "uint8", 7, [both]]);
    await expect(readVolume(both)).rejects.toThrow(/contains a, masks\/b.*\?array=a/s);
    await expect(readVolume(`${both}?array=c`)).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
  });

  test("can be named like a member of all objects, but only once", async () => {
    for (const name of ["__proto__", "constructor", "hasOwnProperty"]) {
      const path = fresh(".npz");
      const entries = [`${name}.npy`, "b.npy"].map((entry) => ({
        name: entry,
        content: entry === "b.npy" ? other : one,
      }));
      await writeFile(path, zipOf(entries));
      expect((await readVolume(`${path}?array=${name}`)).shape).toEqual([1, 2, 3]);
      expect((await readHeader(`${path}?array=${name}`)).shape).toEqual([1, 2, 3]);
    }
    const twice = fresh(".npz");
    await writeFile(twice, zipOf([one, other].map((content) => ({ name: "a.npy", content }))));
    await expect(readVolume(`${twice}?array=a`)).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
  });

  test("is refused when it is empty, damaged or of objects", async () => {
    await expect(readVolume(await archive({ "readme.txt": one }))).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
    await expect(readVolume(await archive({ "a.npy": Buffer.alloc(0) }))).rejects.toMatchObject({
      name: "FormatError",
    });
    const torn = fresh(".npz");
    await writeFile(torn, zipOf([{ name: "a.npy", content: one, crc: 1 }]));
    await expect(readVolume(torn)).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: torn });
    const objects = npy({
      shape: [],
      bytes: Buffer.from("cos\nsystem"),
      text: "{'descr': '|O', 'fortran_order': False, 'shape': (1, 1), }",
    });
    await expect(readVolume(await archive({ "a.npy": objects }))).rejects.toMatchObject({
      code: "VOXRX_UNSUPPORTED_DTYPE",
    });
  });
});
