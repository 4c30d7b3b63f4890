/** A format as a user declares it keeps every promise; formats that break one promise are told so, and nothing else. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { Dataset, decodeVolume, readHeader, readVolume, saveImage, Volume } from "voxrx";
import {
  defineFormat,
  type Format,
  type FormatDeclaration,
  formatChecks,
  registerFormat,
  runChecks,
} from "voxrx/extend";
import { save } from "voxrx/operators";
import { temporaryFolder } from "../support/folder.ts";
import { runsOf } from "../support/long.ts";
import { ramp, valuesOf } from "../support/volumes.ts";

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

const headerBytes = 12;

/** "VOX1", channels and sizes (uint16), then float32 samples, z fastest: all that a user writes. */
const declaration: FormatDeclaration = {
  name: "vox",
  version: 1,
  extensions: [".vox"],
  sniff: (bytes) => Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "VOX1",
  decode(bytes) {
    const shape = [...new Uint16Array(bytes.buffer, 4, 4)];
    return new Volume({ data: new Float32Array(bytes.buffer, headerBytes), shape });
  },
  encode(volume) {
    const header = Buffer.alloc(headerBytes);
    header.write("VOX1");
    for (const [n, size] of volume.shape.entries()) header.writeUInt16LE(size, 4 + 2 * n);
    return [header, new Uint8Array(Float32Array.from(volume.samples).buffer)];
  },
};

const vox = defineFormat(declaration);
const keeps = { dtypes: ["float32"], channels: { plane: 0, solid: 3 }, affine: false } as const;
const options = { keeps, damages: runsOf(60) };

describe("a user's format", () => {
  test.each(formatChecks(vox, { keeps }).map((check) => [check.promise, check] as const))("%s", (_, check) =>
    check.run(),
  );

  test("is read, told of and written like ours once it is registered", async () => {
    registerFormat(declaration);
    const volume = ramp([1, 4, 3, 2]);
    const path = join(folder.path, "a.vox");
    expect(await saveImage(volume, path, { dtype: "float32" })).toEqual([path]);
    const back = await readVolume(path);
    expect([back.shape, valuesOf(back)]).toEqual([volume.shape, valuesOf(volume)]);
    expect(back.meta).toMatchObject({ source: path, format: "vox" });
    expect(await readHeader(path)).toMatchObject({
      shape: [1, 4, 3, 2],
      dtype: "float32",
      axcodes: "RAS",
      format: "vox",
    });
    const bytes = await readFile(path);
    expect(valuesOf(await decodeVolume(bytes, { name: "b.vox", dtype: "int16" }))).toEqual(valuesOf(volume));
  });

  test("is an extension of save, which names all that can be written when it is composed", async () => {
    const extension = ".vox2";
    const options = { keys: "image", dir: join(folder.path, "out"), subjectKey: "id", extension } as const;
    expect(() => save(options)).toThrow(/extension: expected one of .*\.nii, \.nii\.gz, \.nrrd, .*got "\.vox2"/);
    registerFormat({ ...declaration, name: "vox2", extensions: [extension] });
    const [item] = await Dataset.from([{ id: "s1", image: ramp([1, 4, 3, 2]) }])
      .pipe(save(options))
      .toArray();
    expect(item?.image.meta.savedTo).toEqual([join(folder.path, "out", "s1", "s1_image.vox2")]);
    expect(() => save({ dir: "out", extension: [".nii", ".vox3"] })).toThrow(/\.vox2, .*got "\.vox3"/);
  });

  test("is inflated before it decodes, from a file and from memory", async () => {
    registerFormat(declaration);
    const volume = ramp([1, 4, 3, 2]);
    const plain = join(folder.path, "b.vox");
    await saveImage(volume, plain);
    const packed = gzipSync(await readFile(plain));
    await writeFile(`${plain}.gz`, packed);
    for (const back of [await readVolume(`${plain}.gz`), await decodeVolume(packed, { name: "b.vox.gz" })]) {
      expect(valuesOf(back)).toEqual(valuesOf(volume));
    }
  });

  test("takes the files of the longest extension, and the newest of two formats", async () => {
    const marked = (mark: number, extensions: readonly string[]): FormatDeclaration => ({
      ...declaration,
      name: `marked ${mark}`,
      extensions,
      encode: () => Uint8Array.of(mark),
    });
    registerFormat(marked(1, [".vx"]));
    registerFormat(marked(2, [".seg.vx"]));
    registerFormat(marked(3, [".vx"]));
    const written = async (name: string) => {
      const path = join(folder.path, name);
      await saveImage(ramp([1, 2, 2, 2]), path);
      return (await readFile(path))[0];
    };
    expect([await written("a.vx"), await written("a.seg.vx"), await written("A.SEG.VX")]).toEqual([3, 2, 2]);
    registerFormat({ ...marked(3, [".vx"]), encode: undefined });
    expect(await written("b.vx")).toBe(1);
  });

  test("that writes several files says which, and each appears whole", async () => {
    registerFormat({
      ...declaration,
      name: "planes",
      extensions: [".planes"],
      encode: undefined,
      async write(volume, path, { writeFile, signal }) {
        for (let z = 0; z < (volume.shape[3] ?? 0); z++) {
          signal?.throwIfAborted();
          await writeFile(`${path}.${z}`, Uint8Array.from(volume.slice(2, z).samples));
        }
      },
    });
    const path = join(folder.path, "a.planes");
    expect(await saveImage(ramp([1, 1, 1, 3], "uint8", 5), path)).toEqual([0, 1, 2].map((z) => `${path}.${z}`));
    expect(await readFile(`${path}.2`)).toEqual(Buffer.from([7]));
    const stopping = new AbortController();
    const writing = saveImage(ramp([1, 1, 1, 3]), path, { signal: stopping.signal });
    stopping.abort(new Error("enough"));
    await expect(writing).rejects.toBe(stopping.signal.reason);
  });

  test("that fails says so in our words, with its own as the cause", async () => {
    const fault = new RangeError("no such tag");
    const fail = () => {
      throw fault;
    };
    registerFormat({
      ...declaration,
      name: "failing",
      extensions: [".fail"],
      sniff: () => false,
      decode: fail,
      encode: fail,
    });
    const path = join(folder.path, "a.fail");
    await expect(saveImage(ramp([1, 2, 2, 2]), path)).rejects.toMatchObject({
      code: "VOXRX_WRITE_FAILED",
      file: path,
      cause: fault,
      message: expect.stringContaining("failing: no such tag"),
    });
    await writeFile(path, "text");
    const decode = () => decodeVolume(Buffer.from("text"), { name: path });
    for (const read of [() => readVolume(path), () => readHeader(path), decode]) {
      await expect(read()).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", file: path, cause: fault });
    }
  });

  test("without what it needs is refused when it is declared", () => {
    const wrong: readonly (readonly [changes: object, fault: RegExp])[] = [
      [{ name: "" }, /name/],
      [{ version: undefined }, /version: expected a number, got nothing/],
      [{ version: 0 }, /version/],
      [{ extensions: ["vox"] }, /extensions.0: expected an extension .* got "vox"/],
      [{ extensions: [".VOX"] }, /extensions.0/],
      [{ extensions: [] }, /extensions/],
      [{ sniff: undefined }, /sniff: expected a function/],
      [{ decode: undefined }, /decode: expected decode, or read/],
      [{ writableExtensions: [".nii"] }, /writableExtensions/],
      [{ encoed: () => 1 }, /there is no option "encoed"; did you mean "encode"/],
    ];
    for (const [changes, fault] of wrong) {
      const declare = () => defineFormat({ ...declaration, ...changes } as FormatDeclaration);
      expect(declare).toThrow(fault);
      expect(() => registerFormat({ ...declaration, ...changes } as FormatDeclaration)).toThrow(fault);
    }
  });

  test("that is not written needs samples to be held to anything", async () => {
    const { encode, ...readOnly } = declaration;
    expect(() => formatChecks(defineFormat(readOnly))).toThrow(/samples/);
    const pieces = await encode?.(ramp([1, 4, 3, 2]), { name: "a.vox", options: {}, signal: undefined });
    const samples = { "a.vox": Buffer.concat([pieces ?? []].flat() as Uint8Array[]) };
    const { broken, kept } = await runChecks(formatChecks(defineFormat(readOnly), { samples }));
    expect(broken).toEqual([]);
    expect(kept.length).toBeGreaterThan(6);
  });
});

/** The format with another way to decode, from files too. */
function decoding(decode: (bytes: Uint8Array<ArrayBuffer>) => Volume): Format {
  return defineFormat({ ...declaration, decode });
}

/** What decodes bytes that are said to hold a volume. */
function shapeIn(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [4, 6, 8, 10].map((at) => view.getUint16(at, true));
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

const decodeVox: NonNullable<Format["decode"]> = async (bytes, context) => {
  const volume = await vox.decode?.(bytes, context);
  if (volume) return volume;
  throw new Error("it does not decode");
};

/** What is broken, the promise that it breaks, and how. */
const broken: readonly (readonly [what: string, promise: RegExp, format: Format])[] = [
  ["states no version", /^its name, version and extensions/, { ...vox, version: Number.NaN }],
  ["does not know its own bytes", /^it recognizes its own files/, { ...vox, sniff: () => false }],
  [
    "knows files by names that are not its own",
    /^it claims no bytes of other formats/,
    { ...vox, sniff: (bytes, path) => path.endsWith(".unknown") || vox.sniff(bytes, path) },
  ],
  [
    "fails on files that are too short for it",
    /^it claims no bytes of other formats/,
    { ...vox, sniff: (bytes, path) => new DataView(bytes.buffer).getUint32(0) > 0 && vox.sniff(bytes, path) },
  ],
  ["claims every path", /^it claims no path/, { ...vox, claims: async () => true }],
  [
    "loses an axis",
    /^what it writes it reads back/,
    decoding((bytes) => {
      const [channels = 1, x = 1, y = 1, z = 1] = shapeIn(bytes);
      return new Volume({ data: new Float32Array(bytes.buffer, headerBytes), shape: [channels, x, y * z, 1] });
    }),
  ],
  [
    "gives the type that it likes",
    /^samples come in the requested type/,
    { ...vox, read: (path, context) => vox.read(path, { ...context, dtype: "auto" }) },
  ],
  [
    "has a header of its own opinion",
    /^its header agrees with the image/,
    { ...vox, header: async (path, context) => ({ ...(await vox.header(path, context)), axcodes: "LPS" }) },
  ],
  [
    "does not stop",
    /^an aborted signal rejects/,
    { ...vox, read: (path, context) => vox.read(path, { ...context, signal: undefined }) },
  ],
  [
    "takes what is missing for zero",
    /^a file that is cut off is refused/,
    decoding((bytes) => {
      const shape = shapeIn(bytes);
      if (sizeOf(shape) > bytes.length + 1000) throw new Error("too much is missing");
      const data = new Float32Array(sizeOf(shape));
      data.set(
        new Float32Array(bytes.slice(headerBytes, headerBytes + 4 * Math.floor((bytes.length - 12) / 4)).buffer),
      );
      return new Volume({ data, shape });
    }),
  ],
  [
    "allocates what a header announces",
    /^damaged bytes yield an error/,
    decoding((bytes) => {
      const shape = shapeIn(bytes);
      const data = new Float32Array(sizeOf(shape));
      const view = new DataView(bytes.buffer);
      for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(headerBytes + 4 * i, true);
      return new Volume({ data, shape });
    }),
  ],
  [
    "decodes the buffer that bytes lie in",
    /^decoding bytes yields the same as reading their file/,
    { ...vox, decode: (bytes, context) => decodeVox(new Uint8Array(bytes.buffer), context) },
  ],
  [
    "looks at the bytes that it decoded",
    /^a decoded image keeps no part of its bytes/,
    {
      ...vox,
      async decode(bytes, context) {
        const volume = await decodeVox(bytes, context);
        if (bytes.byteOffset % 4 > 0) return volume;
        return volume.withSamples({
          data: new Float32Array(bytes.buffer, bytes.byteOffset + headerBytes, volume.size),
        });
      },
    },
  ],
];

describe("a format that breaks one promise", () => {
  test.each(broken)("%s", async (_, promise, format) => {
    const { broken: told } = await runChecks(formatChecks(format, options));
    expect(told.map((each) => each.promise)).toEqual([expect.stringMatching(promise)]);
  });

  test("every promise has one that breaks it", () => {
    const promises = formatChecks({ ...vox, claims: async () => false }, options).map((check) => check.promise);
    for (const promise of promises) expect(broken.some(([, words]) => words.test(promise))).toBe(true);
    for (const [, words] of broken) expect(promises.filter((promise) => words.test(promise))).toHaveLength(1);
  });

  test("that never ends is told so in time", async () => {
    const format: Format = { ...vox, read: () => new Promise(() => undefined) };
    const checks = formatChecks(format, { ...options, timeoutMs: 200 });
    const { broken: told, kept } = await runChecks(checks);
    expect(told.map(({ error }) => String(error))).toContain("Error: the check did not end within 0.2 s");
    expect(kept).toContain("it recognizes its own files by their first bytes");
  });
});
