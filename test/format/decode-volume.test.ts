import { readFileSync, statSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { decodeVolume, encodeNifti, isVoxRxError, readVolume, registerFormat, saveImage, type Volume } from "voxrx";
import { temporaryFolder } from "../support/folder.ts";
import { mostShortBytes, runsOf } from "../support/long.ts";
import { sharedData, sharedFile } from "../support/shared.ts";
import { floatDigest } from "../support/truth.ts";
import { anyVolume, plain, ramp } from "../support/volumes.ts";

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());

describe("decodeVolume", () => {
  test("gives what readVolume gives of the same bytes, plain and gzip", async () => {
    const property = fc.asyncProperty(anyVolume, fc.boolean(), async (volume, gzip) => {
      const path = join(folder.path, gzip ? "a.nii.gz" : "a.nii");
      const bytes = await encodeNifti(volume, { gzip });
      await writeFile(path, bytes);
      expect(plain(await decodeVolume(bytes, { name: path }))).toEqual(plain(await readVolume(path)));
    });
    await fc.assert(property, { numRuns: runsOf(40), seed: 5 });
  });

  test("fails as readVolume does on damaged bytes, and never hangs", async () => {
    const whole = await encodeNifti(ramp([1, 6, 5, 4], "int16"), { gzip: true });
    const path = join(folder.path, "damaged.nii.gz");
    const codeOf = async (work: Promise<unknown>) =>
      work.then(
        () => "fine",
        (error) => (isVoxRxError(error) ? error.code : String(error)),
      );
    const damage = fc.record({
      at: fc.nat(whole.length - 1),
      value: fc.nat(255),
      end: fc.integer({ min: 1, max: whole.length }),
    });
    const property = fc.asyncProperty(damage, async ({ at, value, end }) => {
      const bytes = Buffer.from(whole);
      bytes[at] = value;
      await writeFile(path, bytes.subarray(0, end));
      const found = await codeOf(decodeVolume(bytes.subarray(0, end), { name: path }));
      expect(found).toBe(await codeOf(readVolume(path)));
      expect(found).toMatch(/^(fine|VOXRX_)/);
    });
    await fc.assert(property, { numRuns: runsOf(60), seed: 6 });
  });

  const names = Object.keys(sharedData ? JSON.parse(readFileSync(sharedFile("truth.json"), "utf8")).files : {});
  const isShort = (name: string) => statSync(sharedFile(name)).size < mostShortBytes / 2;
  const others = names.filter((name) => /\.(nrrd|nhdr|mha|mhd|mgh|mgz|dcm|ima)$/i.test(name) && isShort(name));

  test.skipIf(others.length === 0)(
    "reads real NRRD, MetaImage, MGH and DICOM files from memory as from disk",
    async () => {
      const seen = { whole: 0, part: 0 };
      for (const name of others) {
        const path = sharedFile(name);
        const bytes = readFileSync(path);
        const before = bytes.toString("latin1");
        const [fromDisk, fromMemory] = await Promise.all([
          outcome(readVolume(path)),
          outcome(decodeVolume(bytes, { name: path })),
        ]);
        if (/separate files/.test(fromMemory.message ?? "")) seen.part++;
        else {
          expect(fromMemory, name).toEqual(fromDisk);
          seen.whole++;
        }
        expect(bytes.toString("latin1") === before).toBe(true);
      }
      expect(seen.whole).toBeGreaterThan(15);
      expect(seen.part).toBeGreaterThan(0);
    },
  );

  test("NRRD is read from memory as it was written, and damage is told as of a file", async () => {
    const volume = ramp([2, 5, 4, 3], "int16");
    const path = join(folder.path, "a.nrrd");
    await saveImage(volume, path);
    const whole = await readFile(path);
    expect(plain(await decodeVolume(whole, { name: path }))).toEqual(plain(await readVolume(path)));
    for (const end of [3, 20, 100, whole.length - 3]) {
      await writeFile(path, whole.subarray(0, end));
      const [fromDisk, fromMemory] = [
        outcome(readVolume(path)),
        outcome(decodeVolume(whole.subarray(0, end), { name: path })),
      ];
      expect(await fromMemory).toEqual(await fromDisk);
    }
  });

  test("a header whose samples lie in another file reads no file", async () => {
    const header = "NRRD0004\ntype: uint8\ndimension: 2\nsizes: 2 2\nencoding: raw\ndata file: a.raw\n";
    await writeFile(join(folder.path, "a.raw"), Uint8Array.of(1, 2, 3, 4));
    await expect(decodeVolume(Buffer.from(header), { name: join(folder.path, "a.nhdr") })).rejects.toMatchObject({
      code: "VOXRX_UNKNOWN_FORMAT",
      message: expect.stringContaining("separate files"),
    });
  });

  test("names what it was given", async () => {
    const bytes = await encodeNifti(ramp([1, 2, 2, 2]));
    const name = "https://example.org/x.nii";
    expect((await decodeVolume(bytes, { name })).meta.source).toBe(name);
    await expect(decodeVolume(bytes.subarray(0, 360), { name })).rejects.toMatchObject({
      code: "VOXRX_TRUNCATED_FILE",
      file: name,
    });
    await expect(decodeVolume(new Uint8Array(0), { name })).rejects.toMatchObject({
      code: "VOXRX_EMPTY_FILE",
      file: name,
    });
    const pair = decodeVolume(bytes, { name: "x.hdr" });
    await expect(pair).rejects.toMatchObject({
      code: "VOXRX_UNKNOWN_FORMAT",
      message: expect.stringContaining("separate files"),
    });
  });

  test("bytes named .gz that are not are refused, as from a file", async () => {
    const bytes = await encodeNifti(ramp([1, 2, 2, 2]));
    await expect(decodeVolume(bytes, { name: "x.nii.gz" })).rejects.toMatchObject({ code: "VOXRX_BAD_COMPRESSION" });
  });

  test("stops at once when its signal is aborted", async () => {
    const bytes = await encodeNifti(ramp([1, 2, 2, 2]));
    await expect(decodeVolume(bytes, { name: "x.nii", signal: AbortSignal.abort("stop") })).rejects.toBe("stop");
  });

  test("a format that is only read from files says so", async () => {
    const refuse = async () => Promise.reject(new Error("not asked for"));
    registerFormat({
      name: "filesOnly",
      version: 1,
      extensions: [".fo"],
      sniff: ([first]) => first === 0xf0,
      read: refuse,
      header: refuse,
    });
    const decoding = decodeVolume(Uint8Array.of(0xf0, 1), { name: "x.fo" });
    await expect(decoding).rejects.toMatchObject({
      code: "VOXRX_UNKNOWN_FORMAT",
      message: expect.stringContaining("filesOnly"),
    });
  });
});

/** What reading came to: the volume with a digest of its values, or the error's words. */
async function outcome(reading: Promise<Volume>): Promise<{ volume?: unknown; message?: string }> {
  return reading.then(
    (volume) => {
      const { shape, dtype, meta, affine } = volume;
      return { volume: { shape, dtype, meta, affine: Array.from(affine), values: floatDigest(volume) } };
    },
    (error) => ({ message: isVoxRxError(error) ? error.message : `not ours: ${error}` }),
  );
}
