import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Dtype, encodeNifti, type FileIdentity, readHeader, readVolume, Volume, writeNifti } from "voxrx";
import { runsOf } from "../../support/long.ts";
import { type NiftiFile, niftiFile, type StoredType, storedTypes } from "../../support/nifti-file.ts";

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voxrx-nifti-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes the file, or the pair, and gives the path to read. */
async function written(file: NiftiFile, ending = ".nii"): Promise<string> {
  const stem = join(folder, `image${count++}`);
  const isPair = /hdr|img/.test(ending);
  const { header, samples, single } = niftiFile({ pair: isPair, ...file });
  const packed = (bytes: Buffer) => (ending.endsWith(".gz") ? gzipSync(bytes, { level: 1 }) : bytes);
  if (!isPair) await writeFile(stem + ending, packed(single));
  else {
    await writeFile(stem + ending.replace("img", "hdr"), packed(header));
    await writeFile(stem + ending.replace("hdr", "img"), packed(samples));
  }
  return stem + ending;
}

/** All values, channels slowest, x fastest. */
function valuesOf(volume: Volume): number[] {
  return Array.from(volume.toContiguous("x-fastest", "float64").storage);
}

const unsignedZero = (value: number) => value + 0;
const counting = (n: number) => Array.from({ length: n }, (_, i) => i);
const integers: readonly Dtype[] = ["uint8", "int8", "uint16", "int16", "uint32", "int32"];
const names = Object.keys(storedTypes).filter((name): name is StoredType => name in storedTypes);

/** Values that a type can hold, its extremes among them. */
function valuesFor(type: StoredType): fc.Arbitrary<number | bigint> {
  switch (type) {
    case "int8":
      return fc.integer({ min: -128, max: 127 });
    case "int16":
      return fc.integer({ min: -32768, max: 32767 });
    case "uint16":
      return fc.integer({ min: 0, max: 65535 });
    case "int32":
    case "int64":
      return fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    case "uint32":
    case "uint64":
      return fc.integer({ min: 0, max: 2 ** 32 - 1 });
    case "float32":
    case "complex64":
    case "float64":
    case "complex128":
    case "float128":
      return fc.float({ noDefaultInfinity: true }).map((value) => (Math.abs(value) < 1e-30 ? 0 : value));
    default:
      return fc.integer({ min: 0, max: 255 });
  }
}

/** Whether an sform's axes are far from parallel: others are refused. */
function spansAxes(srow: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, , d = 0, e = 0, f = 0, , g = 0, h = 0, i = 0] = srow;
  const turned = Math.hypot(d * h - g * e, g * b - a * h, a * e - d * b);
  return turned > 1e-3 && Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)) > 1e-3;
}

const files = fc
  .record({
    type: fc.constantFrom(...names),
    dims: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 7 }),
    version: fc.constantFrom<1 | 2>(1, 2),
    littleEndian: fc.boolean(),
    ending: fc.constantFrom(".nii", ".nii.gz", ".hdr", ".img", ".hdr.gz", ".img.gz"),
    shift: fc.constantFrom(0, 16, 3),
    extensions: fc.constantFrom([], [{ code: 6, content: "a remark" }]),
    srow: fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 12, maxLength: 12 }).filter(spansAxes),
  })
  .chain((file) => {
    const length = file.dims.reduce((a, b) => a * b, 1) * storedTypes[file.type][2];
    return fc.tuple(fc.constant(file), fc.array(valuesFor(file.type), { minLength: length, maxLength: length }));
  });

describe("what is written is read", () => {
  test("for any type, shape, byte order, version, pairing, compression and offset", async () => {
    await fc.assert(
      fc.asyncProperty(files, async ([{ ending, shift, ...file }, values]) => {
        const whole: NiftiFile = { ...file, values, sformCode: 2 };
        const base = /hdr|img/.test(ending) ? 0 : niftiFile(whole).header.length;
        const path = await written({ ...whole, voxOffset: base + shift }, ending);
        const volume = await readVolume(path);
        expectValues(volume, whole);
        expect(Array.from(volume.affine.subarray(0, 12))).toEqual(file.srow);
        const header = await readHeader(path);
        expect(header.shape).toEqual(volume.shape);
        expect(header.dtype).toBe(file.type);
        expect(header.header).toEqual(volume.meta.header);
      }),
      { numRuns: runsOf(150), seed: 20 },
    );
  });

  function expectValues(volume: Volume, { type, dims, values }: NiftiFile): void {
    const parts = storedTypes[type][2];
    const spatial = dims.length <= 2 ? [dims[0] ?? 1, dims[1] ?? 1] : [...dims.slice(0, 3)];
    const voxels = spatial.reduce((a, b) => a * b, 1);
    const frames = values.length / parts / voxels;
    expect(volume.shape).toEqual([frames * parts, ...spatial]);
    const planes: number[] = [];
    for (let frame = 0; frame < frames; frame++) {
      for (let part = 0; part < parts; part++) {
        for (let i = 0; i < voxels; i++) planes.push(Number(values[(frame * voxels + i) * parts + part]));
      }
    }
    expect(valuesOf(volume)).toEqual(planes);
    expect(volume.dtype).toBe(expectedDtype(type));
  }

  function expectedDtype(type: StoredType): Dtype {
    const others: Partial<Record<StoredType, Dtype>> = {
      int64: "int32",
      uint64: "uint32",
      rgb24: "uint8",
      rgba32: "uint8",
    };
    return integers.find((dtype) => dtype === type) ?? others[type] ?? "float32";
  }

  test("ANALYZE pairs are placed about SPM's origin, x flipped, or about their middle", async () => {
    const file: NiftiFile = {
      type: "int16",
      dims: [4, 3, 2],
      values: counting(24),
      version: "analyze",
      pixdim: [0, 2, 3, 4],
    };
    const about = await readVolume(await written({ ...file, origin: [2, 1, 1] }, ".hdr"));
    expect(Array.from(about.affine, unsignedZero)).toEqual([-2, 0, 0, 2, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0, 0, 1]);
    const middle = await readVolume(await written({ ...file, littleEndian: false }, ".img"));
    expect(Array.from(middle.affine)).toEqual([-2, 0, 0, 3, 0, 3, 0, -3, 0, 0, 4, -2, 0, 0, 0, 1]);
    expect(valuesOf(middle)).toEqual(counting(24));
  });

  test("64-bit integers keep their values where 32 bits cannot hold them", async () => {
    const values = [2n ** 53n, -(2n ** 40n), 7n, -1n];
    const signed = await readVolume(await written({ type: "int64", dims: [4, 1, 1], values }));
    expect([signed.dtype, ...valuesOf(signed)]).toEqual(["float64", 2 ** 53, -(2 ** 40), 7, -1]);
    const unsigned = await readVolume(await written({ type: "uint64", dims: [1, 1, 1], values: [2n ** 63n] }));
    expect([unsigned.dtype, ...valuesOf(unsigned)]).toEqual(["float64", 2 ** 63]);
  });

  test("the header's text, codes and extensions are kept", async () => {
    const extensions = [
      { code: 6, content: "made by hand" },
      { code: 4, content: "x".repeat(2000) },
      { code: 2, content: "raw" },
    ];
    const path = await written({
      type: "uint8",
      dims: [1, 1, 1],
      values: [1],
      descrip: "a test",
      extensions,
      qformCode: 1,
    });
    const { header } = (await readVolume(path)).meta;
    expect(header).toMatchObject({ descrip: "a test", datatype: "uint8", qformCode: 1, sformCode: 0 });
    expect(header?.extensions).toEqual([
      { code: 6, bytes: 12, text: "made by hand" },
      { code: 4, bytes: 2000 },
      { code: 2, bytes: 8 },
    ]);
  });
});

describe("scaling", () => {
  const file: NiftiFile = { type: "int16", dims: [3, 1, 1], values: [-100, 7, 32767] };

  test.each([0, Number.NaN, Number.POSITIVE_INFINITY])("a slope of %s is none", async (slope) => {
    const volume = await readVolume(await written({ ...file, slope, inter: 5 }));
    expect([volume.dtype, ...valuesOf(volume)]).toEqual(["int16", -100, 7, 32767]);
  });

  test("is computed in double and rounded once", async () => {
    const path = await written({ ...file, version: 2, slope: 0.1, inter: -1e7 + 0.3 });
    const wanted = file.values.map((value) => Number(value) * 0.1 + (-1e7 + 0.3));
    expect(valuesOf(await readVolume(path))).toEqual(wanted.map(Math.fround));
    expect(valuesOf(await readVolume(path, { dtype: "float64" }))).toEqual(wanted);
  });

  test("of large 16-bit images gives what computing each value gives", async () => {
    const all = Array.from({ length: 65536 }, (_, i) => i - 32768);
    const image: NiftiFile = {
      type: "int16",
      dims: [256, 256, 5],
      values: [all, all, all, all, all].flat(),
      slope: 0.37,
      inter: -3,
    };
    const slope = Math.fround(0.37);
    for (const littleEndian of [true, false]) {
      const { storage: samples } = await readVolume(await written({ ...image, littleEndian }, ".nii.gz"));
      expect(samples.every((value, i) => value === Math.fround(Number(image.values[i]) * slope - 3))).toBe(true);
    }
  });

  test("to an integer type rounds to the nearest and saturates", async () => {
    const path = await written({ ...file, slope: 0.5, inter: 0.25 });
    expect(valuesOf(await readVolume(path, { dtype: "uint8" }))).toEqual([0, 4, 255]);
    const floats: NiftiFile = { type: "float32", dims: [4, 1, 1], values: [Number.NaN, Infinity, -Infinity, 2.6] };
    const volume = await readVolume(await written(floats), { dtype: "int8" });
    expect(valuesOf(volume)).toEqual([0, 127, -128, 3]);
  });

  test("adds the intercept to the real part of complex numbers only, and leaves colours alone", async () => {
    const complex: NiftiFile = { type: "complex64", dims: [2, 1, 1], values: [1, 2, 3, 4], slope: 2, inter: 10 };
    expect(valuesOf(await readVolume(await written(complex)))).toEqual([12, 16, 4, 8]);
    const colours: NiftiFile = { type: "rgb24", dims: [1, 1, 1], values: [1, 2, 3], slope: 2, inter: 10 };
    expect(valuesOf(await readVolume(await written(colours)))).toEqual([1, 2, 3]);
  });
});

describe("the affine", () => {
  const file: NiftiFile = { type: "uint8", dims: [3, 1, 1], values: [1, 2, 3], pixdim: [-1, 2, 3, 4] };

  test("is the sform whenever it has a code, even beside a qform of a higher one", async () => {
    const srow = [1, 0, 0, 5, 0, 1, 0, 6, 0, 0, 1, 7];
    const volume = await readVolume(await written({ ...file, sformCode: 1, srow, qformCode: 4 }));
    expect(Array.from(volume.affine.subarray(0, 12))).toEqual(srow);
  });

  test("of a qform survives a quaternion that rounding made longer than 1", async () => {
    const volume = await readVolume(await written({ ...file, qformCode: 1, quaternion: [1, 0.0003, 0] }));
    expect(volume.axcodes).toBe("RPS");
    expect(volume.spacing.map((size) => Number(size.toFixed(3)))).toEqual([2, 3, 4]);
  });

  test("of a qform near half a turn believes what little the quaternion leaves", async () => {
    // Of example4d.nii.gz; nibabel 5.0.0 gives the matrix.
    const quaternion = [-1.9451068140294884e-26, -0.9967085123062134, -0.0810687392950058];
    const pixdim = [-1, 2, 2, 2.1999990940093994];
    const { affine } = await readVolume(await written({ ...file, qformCode: 1, quaternion, pixdim }));
    expect(affine[2]).toBeCloseTo(0.00013905980362440367, 10);
    expect(affine[8]).toBeCloseTo(0.00012641805535562603, 10);
  });

  test("of a 2D image may have a third axis of zeros", async () => {
    const srow = [2, 0, 0, 1, 0, 3, 0, 2, 0, 0, 0, 0];
    const flat = { ...file, dims: [2, 3], values: counting(6), sformCode: 1, srow };
    expect((await readVolume(await written(flat))).axcodes).toBe("RA");
  });

  test("of a NIfTI-2 qform is read in both byte orders", async () => {
    for (const littleEndian of [true, false]) {
      const path = await written({ ...file, version: 2, littleEndian, qformCode: 1, qoffset: [1, 2, 3] });
      const { affine } = await readVolume(path);
      expect(Array.from(affine, unsignedZero)).toEqual([2, 0, 0, 1, 0, 3, 0, 2, 0, 0, -4, 3, 0, 0, 0, 1]);
    }
  });

  test("with an unknown code counts as without", async () => {
    const volume = await readVolume(await written({ ...file, sformCode: 99, qformCode: 1 }));
    expect(volume.affine[10]).toBe(-4);
  });
});

describe("files", () => {
  test("are told to onFile, both of a pair", async () => {
    const path = await written({ type: "uint8", dims: [2, 2, 2], values: counting(8) }, ".img.gz");
    const seen: FileIdentity[] = [];
    await readVolume(path, { onFile: (identity) => seen.push(identity) });
    expect(seen.map((identity) => identity.path).sort()).toEqual([path.replace(".img", ".hdr"), path]);
    expect(seen[0]?.size).toBeGreaterThan(0);
  });

  test("of a pair are read by both names, also where the samples look like another format", async () => {
    // The first elements of a DICOM file without a preamble, and a PNG.
    for (const first of [
      [0x10002, 3, 4, 5],
      [0x474e5089, 0x0a1a0a0d, 0x0d000000, 0x52444849],
    ]) {
      const path = await written({ type: "int64", dims: [4, 1, 1], values: first }, ".img");
      const [byImage, byHeader] = [await readVolume(path), await readVolume(path.replace(".img", ".hdr"))];
      expect([valuesOf(byImage), valuesOf(byHeader)]).toEqual([first, first]);
    }
  });

  test("gzip of several members, with zeros behind, and under a plain name reads whole", async () => {
    const { single } = niftiFile({ type: "int16", dims: [20, 20, 20], values: counting(8000) });
    const members = [single.subarray(0, 100), single.subarray(100, 5000), single.subarray(5000)].map((part) =>
      gzipSync(part),
    );
    for (const [name, bytes] of [
      ["members.nii.gz", Buffer.concat(members)],
      ["padded.nii.gz", Buffer.concat([...members, Buffer.alloc(1000)])],
      ["plain-name.nii", gzipSync(single)],
    ] as const) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      expect(valuesOf(await readVolume(path))).toEqual(counting(8000));
    }
  });

  test("plain files may hold more than the header announces", async () => {
    const { single } = niftiFile({ type: "uint8", dims: [2, 2, 2], values: counting(8) });
    const path = join(folder, "more-behind.nii");
    await writeFile(path, Buffer.concat([single, Buffer.alloc(20 * 2 ** 20, 1)]));
    expect(valuesOf(await readVolume(path))).toEqual(counting(8));
  });

  test("a header far into a long extension is found by reading further", async () => {
    const content = Array.from({ length: 200_000 }, (_, i) => String.fromCharCode(33 + ((i * 7919) % 90))).join("");
    const path = await written(
      { type: "uint8", dims: [1, 1, 1], values: [9], extensions: [{ code: 4, content }] },
      ".nii.gz",
    );
    expect((await readHeader(path)).header.extensions).toEqual([{ code: 4, bytes: 200_000 }]);
  });
});

describe("writing", () => {
  const dtypes: Dtype[] = [...integers, "float32", "float64"];
  const affine = [0, -1.5, 0, 10, 2, 0, 0, -20, 0, 0, 2.5, 30, 0, 0, 0, 1];

  test.each(dtypes)("%s comes back with its samples, type, shape and affine", async (dtype) => {
    const plain = new Volume({
      data: Float64Array.from(counting(48)),
      shape: [2, 4, 3, 2],
      layout: "x-fastest",
      affine,
    });
    const volume = plain.toContiguous("z-fastest", dtype).flip([0]).crop([0, 1, 0], [4, 3, 2]);
    for (const name of [`${dtype}.nii`, `${dtype}.nii.gz`]) {
      await writeNifti(volume, join(folder, name));
      const back = await readVolume(join(folder, name), { dtype });
      expect([back.dtype, back.shape]).toEqual([dtype, volume.shape]);
      expect(valuesOf(back)).toEqual(valuesOf(volume));
      expect(Array.from(back.affine)).toEqual(Array.from(volume.affine));
    }
  });

  // A quaternion in float32 is that coarse near half a turn, where its real part is the root of a difference from 1.
  test("gives a qform that says the same as the sform, mirrored or not", async () => {
    const rotations = fc.tuple(fc.integer({ min: 0, max: 359 }), fc.integer({ min: 0, max: 359 }), fc.boolean());
    await fc.assert(
      fc.asyncProperty(rotations, async ([a, b, mirrored]) => {
        const sform = turned((a * Math.PI) / 180, (b * Math.PI) / 180, mirrored);
        const volume = new Volume({ data: new Uint8Array(8), shape: [1, 2, 2, 2], affine: sform });
        const bytes = await encodeNifti(volume);
        bytes.writeInt16LE(0, 254);
        const path = join(folder, "qform.nii");
        await writeFile(path, bytes);
        const qform = (await readVolume(path)).affine;
        for (const [n, value] of sform.entries()) expect(Math.abs((qform[n] ?? Number.NaN) - value)).toBeLessThan(2e-3);
      }),
      { numRuns: runsOf(60), seed: 3 },
    );
  });

  test("keeps 2D images 2D, and compresses when asked", async () => {
    const volume = new Volume({ data: Uint8Array.from(counting(6)), shape: [1, 3, 2], layout: "x-fastest" });
    await writeNifti(volume, join(folder, "flat.nii"));
    expect((await readVolume(join(folder, "flat.nii"))).shape).toEqual([1, 3, 2]);
    expect(gunzipSync(await encodeNifti(volume, { gzip: true }))).toEqual(await encodeNifti(volume));
  });

  test("leaves nothing behind where it fails", async () => {
    const volume = new Volume({ data: new Uint8Array(1), shape: [1, 1, 1, 1] });
    const wanted = { code: "VOXRX_WRITE_FAILED" };
    await expect(writeNifti(volume, join(folder, "absent", "a.nii"))).rejects.toMatchObject(wanted);
    await expect(writeNifti(volume, join(folder, "a.png"))).rejects.toMatchObject(wanted);
    const long = new Volume({ data: new Uint8Array(40000), shape: [1, 40000, 1, 1] });
    await expect(writeNifti(long, join(folder, "long.nii"), { version: 1 })).rejects.toMatchObject(wanted);
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  function turned(a: number, b: number, mirrored: boolean): number[] {
    const [ca, sa, cb, sb] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b)];
    const [x, y, z] = [1.5, 2, mirrored ? -3 : 3];
    return [
      ca * x,
      -sa * cb * y,
      sa * sb * z,
      4,
      sa * x,
      ca * cb * y,
      -ca * sb * z,
      5,
      0,
      sb * y,
      cb * z,
      6,
      0,
      0,
      0,
      1,
    ];
  }
});
