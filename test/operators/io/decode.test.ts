import { describe, expect, expectTypeOf, test } from "vitest";
import { Dataset, encodeNifti, type Volume } from "voxrx";
import { type DecodeImageOptions, decode } from "voxrx/operators";
import { transformOf } from "../../support/transform-of.ts";
import { plain, ramp } from "../../support/volumes.ts";

const scan = () => ramp([1, 3, 4, 5], "int16", 7);
const bytes = await encodeNifti(scan(), { gzip: true });
const samples = (volume: Volume | undefined) => [...(volume?.storage ?? [])];

describe("decode", () => {
  test("makes volumes of { name, bytes }, bare or in the record", async () => {
    const files = Dataset.from([{ name: "a/scan.nii.gz", bytes, size: bytes.length }]);
    const volume = await files.pipe(decode()).at(0);
    expect(samples(volume)).toEqual(samples(scan()));
    expect(volume.meta.source).toBe("a/scan.nii.gz");
    const record = await files.pipe(decode("bytes", { dtype: "float64" })).at(0);
    expectTypeOf(record).toExtend<{ name: string; bytes: Volume; size: number }>();
    expect([record.bytes.dtype, record.size, record.bytes.meta.source]).toEqual([
      "float64",
      bytes.length,
      "a/scan.nii.gz",
    ]);
  });

  test("decodes several fields, named by themselves or by another field, each to its type", async () => {
    const item = { "ct.nii.gz": bytes, seg: bytes, name: "not this", file: "x.nii.gz" };
    const one = await Dataset.from([item])
      .pipe(decode({ keys: ["ct.nii.gz", "seg"], dtype: ["float32", "uint8"] }))
      .at(0);
    expect([one["ct.nii.gz"].dtype, one.seg.dtype, one.file]).toEqual(["float32", "uint8", "x.nii.gz"]);
    expect([one["ct.nii.gz"].meta.source, one.seg.meta.source]).toEqual(["ct.nii.gz", "seg"]);
    const other = await Dataset.from([item])
      .pipe(decode("seg", { nameKey: "file" }))
      .at(0);
    expect(other.seg.meta.source).toBe("x.nii.gz");
    expect(item.seg).toBe(bytes);
  });

  test("shares nothing with the bytes", async () => {
    const raw = Buffer.from(await encodeNifti(scan()));
    const volume = await Dataset.from([{ name: "a.nii", bytes: raw }])
      .pipe(decode())
      .at(0);
    const before = plain(volume);
    raw.fill(0xff);
    expect(plain(volume)).toEqual(before);
  });

  test("says what is no bytes, no name and no image", async () => {
    const failing = (item: object, options: DecodeImageOptions = {}) =>
      Dataset.from([item as { image: Uint8Array }])
        .pipe(decode("image", options))
        .toArray();
    await expect(failing({ image: "a.nii" })).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "decode" });
    await expect(failing({ label: bytes })).rejects.toMatchObject({ code: "VOXRX_MISSING_KEY" });
    await expect(failing({ image: bytes, n: 3 }, { nameKey: "n" })).rejects.toMatchObject({
      code: "VOXRX_WRONG_FIELD",
    });
    const text = Buffer.from("no image at all");
    await expect(failing({ image: text, name: "x.bin" })).rejects.toMatchObject({
      code: "VOXRX_UNKNOWN_FORMAT",
      file: "x.bin",
      item: "0",
    });
  });

  test("is deterministic and told apart by its options", () => {
    const print = (options: DecodeImageOptions) => transformOf(decode("image", options)).fingerprint;
    expect(print({ concurrency: 3 })).toBe(print({}));
    expect(new Set([print({}), print({ dtype: "int16" }), print({ nameKey: "file" })]).size).toBe(3);
    expect(() => decode({ dtype: "int64" as "int16" })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  });
});
