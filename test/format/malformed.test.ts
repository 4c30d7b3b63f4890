import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ErrorCode, isVoxRxError, readHeader, readVolume, Volume } from "voxrx";
import { runsOf } from "../support/long.ts";
import { type NiftiFile, niftiFile } from "../support/nifti-file.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "voxrx-malformed-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sound: NiftiFile = { type: "int16", dims: [5, 4, 3], values: Array.from({ length: 60 }, (_, i) => i) };
const bytesOf = (changes: Partial<NiftiFile> = {}) => niftiFile({ ...sound, ...changes }).single;

/** A sound file with some of its bytes changed. */
function edited(edit: (bytes: Buffer) => void, changes: Partial<NiftiFile> = {}): Buffer {
  const bytes = Buffer.from(bytesOf(changes));
  edit(bytes);
  return bytes;
}

function withExtensionSize(size: number): Buffer {
  return edited((bytes) => bytes.writeInt32LE(size, 352), { extensions: [{ code: 6, content: "text" }] });
}

const faults: [name: string, code: ErrorCode, file: string, bytes: () => Buffer][] = [
  ["no bytes", "VOXRX_EMPTY_FILE", "a.nii", () => Buffer.alloc(0)],
  ["no bytes, .gz", "VOXRX_EMPTY_FILE", "a.nii.gz", () => Buffer.alloc(0)],
  ["another kind of file", "VOXRX_UNKNOWN_FORMAT", "a.nii", () => Buffer.alloc(1000, "text ")],
  ["a name that says nothing", "VOXRX_UNKNOWN_FORMAT", "a.dat", () => Buffer.alloc(1000, "text ")],
  ["a few bytes of something", "VOXRX_UNKNOWN_FORMAT", "a.nii", () => Buffer.from("ab")],
  ["a page saved under the name", "VOXRX_BAD_COMPRESSION", "a.nii.gz", () => Buffer.from("<!doctype html>".repeat(40))],
  ["an image that is not compressed", "VOXRX_BAD_COMPRESSION", "a.nii.gz", () => bytesOf()],
  ["gzip of something else", "VOXRX_UNKNOWN_FORMAT", "a.nii.gz", () => gzipSync(Buffer.alloc(999, "text "))],
  ["a wrong magic", "VOXRX_UNKNOWN_FORMAT", "a.nii", () => edited((bytes) => bytes.write("n+9", 344))],
  ["a pair's magic in one file", "VOXRX_BAD_HEADER", "a.nii", () => edited((bytes) => bytes.write("ni1", 344))],
  ["a header cut short", "VOXRX_TRUNCATED_FILE", "a.nii", () => bytesOf().subarray(0, 200)],
  ["a NIfTI-2 header cut short", "VOXRX_TRUNCATED_FILE", "a.nii", () => bytesOf({ version: 2 }).subarray(0, 500)],
  ["an end before the samples", "VOXRX_TRUNCATED_FILE", "a.nii", () => bytesOf().subarray(0, 350)],
  ["samples cut short", "VOXRX_TRUNCATED_FILE", "a.nii", () => bytesOf().subarray(0, 400)],
  [
    "samples cut short before compressing",
    "VOXRX_TRUNCATED_FILE",
    "a.nii.gz",
    () => gzipSync(bytesOf().subarray(0, 400)),
  ],
  ["compressed bytes cut short", "VOXRX_TRUNCATED_FILE", "a.nii.gz", () => gzipSync(bytesOf()).subarray(0, -12)],
  ["no dimensions", "VOXRX_BAD_HEADER", "a.nii", () => edited((bytes) => bytes.writeInt16LE(0, 40))],
  ["eight dimensions", "VOXRX_BAD_HEADER", "a.nii", () => edited((bytes) => bytes.writeInt16LE(8, 40))],
  ["a size of zero", "VOXRX_BAD_HEADER", "a.nii", () => bytesOf({ dims: [5, 0, 3] })],
  ["a negative size", "VOXRX_BAD_HEADER", "a.nii", () => bytesOf({ dims: [5, -4, 3] })],
  ["sizes beyond counting", "VOXRX_BAD_HEADER", "a.nii", () => bytesOf({ version: 2, dims: [2 ** 40, 2 ** 40, 2] })],
  ["sizes that lie", "VOXRX_TRUNCATED_FILE", "a.nii", () => bytesOf({ dims: [30000, 30000, 30000] })],
  [
    "sizes that lie, compressed",
    "VOXRX_TRUNCATED_FILE",
    "a.nii.gz",
    () => gzipSync(bytesOf({ dims: [30000, 30000, 9] })),
  ],
  ["samples inside the header", "VOXRX_BAD_HEADER", "a.nii", () => bytesOf({ voxOffset: 100 })],
  ["samples nowhere", "VOXRX_BAD_HEADER", "a.nii", () => edited((bytes) => bytes.writeFloatLE(Number.NaN, 108))],
  ["samples far beyond", "VOXRX_BAD_HEADER", "a.nii", () => edited((bytes) => bytes.writeFloatLE(2 ** 31, 108))],
  ["an extension of negative size", "VOXRX_BAD_HEADER", "a.nii", () => withExtensionSize(-16)],
  ["an extension beyond the header", "VOXRX_BAD_HEADER", "a.nii", () => withExtensionSize(4096)],
  ["an intercept of NaN", "VOXRX_BAD_HEADER", "a.nii", () => bytesOf({ slope: 2, inter: Number.NaN })],
  ["single bits", "VOXRX_UNSUPPORTED_DTYPE", "a.nii", () => edited((bytes) => bytes.writeInt16LE(1, 70))],
  ["x86's own long doubles", "VOXRX_UNSUPPORTED_DTYPE", "a.nii", extendedDoubles],
  ["NaN in the sform", "VOXRX_BAD_AFFINE", "a.nii", () => bytesOf({ sformCode: 1, srow: [Number.NaN] })],
  ["infinity in the qform", "VOXRX_BAD_AFFINE", "a.nii", () => bytesOf({ qformCode: 1, qoffset: [Infinity, 0, 0] })],
  ["a quaternion that is none", "VOXRX_BAD_AFFINE", "a.nii", () => bytesOf({ qformCode: 1, quaternion: [1, 1, 1] })],
  ["an sform of zeros", "VOXRX_BAD_AFFINE", "a.nii", () => bytesOf({ sformCode: 1, srow: [] })],
  ["an sform with parallel axes", "VOXRX_BAD_AFFINE", "a.nii", () => bytesOf({ sformCode: 1, srow: parallelAxes })],
  [
    "a 2D image whose axes are parallel",
    "VOXRX_BAD_AFFINE",
    "a.nii",
    () => bytesOf({ dims: [15, 4], sformCode: 1, srow: parallelAxes }),
  ],
  ["a voxel size of NaN", "VOXRX_BAD_AFFINE", "a.nii", () => bytesOf({ pixdim: [1, Number.NaN, 1, 1] })],
];

const parallelAxes = [1, 2, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0];

function extendedDoubles(): Buffer {
  const bytes = bytesOf({ type: "float128", dims: [1, 1, 1], values: [0] });
  bytes.set([0, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0x3f], 352);
  return bytes;
}

describe("a fault has a code of its own, names the file and says what to do", () => {
  test.each(faults)("%s: %s", async (_, code, name, bytes) => {
    const inside = await mkdtemp(join(folder, "fault-"));
    const path = join(inside, name);
    await writeFile(path, bytes());
    const error = await readVolume(path).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, file: path, name: "FormatError", remedy: expect.stringMatching(/\w/) });
  });

  test.each([
    ["header", "alone.hdr", "alone.img"],
    ["samples", "alone.img", "alone.hdr"],
  ] as const)("of a pair with nothing but the %s, the missing file", async (part, name, missing) => {
    const inside = await mkdtemp(join(folder, "pair-"));
    await writeFile(join(inside, name), niftiFile({ ...sound, pair: true })[part]);
    await expect(readVolume(join(inside, name))).rejects.toMatchObject({
      ...{ code: "VOXRX_FILE_MISSING", file: join(inside, missing) },
      ...{ message: expect.stringContaining(name), remedy: expect.stringMatching(/\w/) },
    });
  });

  test("damage inside gzip", async () => {
    const path = join(folder, "damage.nii.gz");
    const packed = gzipSync(bytesOf());
    const checksum = Buffer.from(packed);
    checksum.writeUInt32LE(checksum.readUInt32LE(packed.length - 8) ^ 1, packed.length - 8);
    const body = Buffer.from(packed);
    body.fill(0xff, 30, 60);
    for (const bytes of [checksum, body, Buffer.concat([packed, Buffer.from("trailing")])]) {
      await writeFile(path, bytes);
      await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_BAD_COMPRESSION", file: path });
    }
    await writeFile(path, Buffer.concat([packed, Buffer.alloc(8), Buffer.from("late")]));
    await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_BAD_COMPRESSION", file: path });
  });

  test("a forged length in gzip's trailer", async () => {
    const path = join(folder, "forged.nii.gz");
    for (const length of [10, 0xfffffff0]) {
      const packed = gzipSync(bytesOf());
      packed.writeUInt32LE(length, packed.length - 4);
      await writeFile(path, packed);
      await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_BAD_COMPRESSION" });
    }
  });

  test("a NIfTI-2 header in which other fields spell a NIfTI-1 magic is still NIfTI-2", async () => {
    const path = join(folder, "two-magics.nii");
    for (const magic of ["n+1", "ni1"]) {
      await writeFile(
        path,
        edited((bytes) => bytes.write(magic, 344, "latin1"), { version: 2 }),
      );
      expect((await readVolume(path)).meta.format).toBe("nifti2");
    }
  });

  test("far more bytes than announced", async () => {
    const path = join(folder, "bomb.nii.gz");
    await writeFile(path, gzipSync(Buffer.concat([bytesOf(), Buffer.alloc(64 * 2 ** 20)]), { level: 1 }));
    await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
  });

  test("what is no file: nothing, a folder, a pipe that nobody writes to", async () => {
    const missing = { code: "VOXRX_FILE_MISSING", file: join(folder, "absent.nii") };
    await expect(readVolume(missing.file)).rejects.toMatchObject(missing);
    await expect(readHeader(missing.file)).rejects.toMatchObject(missing);
    await mkdir(join(folder, "folder.nii"));
    const unreadable = { code: "VOXRX_FILE_UNREADABLE" };
    // A folder may hold a DICOM series.
    await expect(readVolume(join(folder, "folder.nii"))).rejects.toMatchObject({ code: "VOXRX_EMPTY_FOLDER" });
    execFileSync("mkfifo", [join(folder, "pipe.nii")]);
    await expect(readVolume(join(folder, "pipe.nii"))).rejects.toMatchObject(unreadable);
  });

  test("an unknown dtype", async () => {
    // @ts-expect-error what plain JavaScript may pass
    await expect(readVolume("a.nii", { dtype: "int7" })).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
  });
});

describe("whatever a file holds", () => {
  const seeds = [
    bytesOf(),
    bytesOf({ version: 2, littleEndian: false }),
    bytesOf({ extensions: [{ code: 6, content: "text" }], qformCode: 1 }),
    niftiFile({ ...sound, version: "analyze" }).header,
  ];
  const edits = fc.array(fc.tuple(fc.nat(600), fc.integer({ min: 0, max: 255 })), { maxLength: 12 });
  const mutations = fc.record({
    seed: fc.constantFrom(...seeds),
    edits,
    packedEdits: edits,
    packed: fc.boolean(),
    cut: fc.option(fc.nat(700)),
    name: fc.constantFrom("f.nii", "f.nii.gz", "f.hdr", "f.img", "f.bin"),
  });

  test("reading gives a volume or an error of ours, soon", async () => {
    const inside = await mkdtemp(join(folder, "fuzz-"));
    await fc.assert(
      fc.asyncProperty(mutations, async ({ seed, packed, cut, name, ...changes }) => {
        const bytes = changed(seed, changes.edits);
        const whole = packed ? changed(gzipSync(bytes), changes.packedEdits) : bytes;
        const path = join(inside, name);
        await writeFile(path, cut === null ? whole : whole.subarray(0, cut));
        const result = await readVolume(path).catch((caught: unknown) => caught);
        if (!(result instanceof Volume)) expect(isVoxRxError(result), String(result)).toBe(true);
        const header = await readHeader(path).catch((caught: unknown) => caught);
        if (result instanceof Volume) expect(header).toMatchObject({ shape: result.shape });
      }),
      { numRuns: runsOf(600), seed: 7 },
    );
  });

  function changed(bytes: Buffer, list: readonly (readonly [number, number])[]): Buffer {
    const copy = Buffer.from(bytes);
    for (const [at, value] of list) if (at < copy.length) copy[at] = value;
    return copy;
  }
});

describe("aborting", () => {
  const reason = new Error("enough");

  test("rejects with the reason and closes the file, wherever reading is", async () => {
    const values = Array.from({ length: 2 ** 20 }, (_, i) => (i * 2654435761) % 65536);
    const { single } = niftiFile({ type: "uint16", dims: [2 ** 10, 2 ** 10, 1], values });
    for (const name of ["large.nii", "large.nii.gz"]) {
      const path = join(folder, name);
      await writeFile(path, name.endsWith(".gz") ? gzipSync(single, { level: 1 }) : single);
      let [finished, aborted] = [0, 0];
      for (let turns = 0; finished < 3 && turns < 400; turns++) {
        const control = new AbortController();
        const reading = readVolume(path, { signal: control.signal }).then(
          () => undefined,
          (caught: unknown) => caught,
        );
        for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        control.abort(reason);
        const caught = await reading;
        if (caught === undefined) finished++;
        else aborted++;
        expect([undefined, reason]).toContain(caught);
      }
      expect(aborted).toBeGreaterThan(3);
      await expect.poll(() => openFiles(path)).toBe(0);
    }
  });

  test("beforehand reads nothing", async () => {
    const seen: unknown[] = [];
    const reading = readVolume("absent.nii", { signal: AbortSignal.abort(reason), onFile: (file) => seen.push(file) });
    await expect(reading).rejects.toBe(reason);
    expect(seen).toEqual([]);
  });

  /** How many of this process's open files are this one (where the system tells). */
  async function openFiles(path: string): Promise<number> {
    const numbers = await readdir("/proc/self/fd").catch(() => []);
    const targets = await Promise.all(numbers.map((n) => readlink(join("/proc/self/fd", n)).catch(() => "")));
    return targets.filter((target) => target === path).length;
  }
});
