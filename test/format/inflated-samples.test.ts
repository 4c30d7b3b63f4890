import { deflateSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { Dataset, type Dtype, decodeVolume, type TypedArray } from "voxrx";
import { load } from "voxrx/operators";
import { type NiftiFile, niftiFile } from "../support/nifti-file.ts";

/** Large enough to be inflated at once. */
const dims = [64, 64, 65];
const values = Array.from({ length: 64 * 64 * 65 }, (_, i) => (i * 7) % 120);
const fileOf = (file: Partial<NiftiFile>) => niftiFile({ type: "int16", dims, values, ...file }).single;

const bytesOf = ({ buffer, byteOffset, byteLength }: Pick<TypedArray, "buffer" | "byteOffset" | "byteLength">) =>
  Buffer.from(buffer, byteOffset, byteLength);

test.each<readonly [Partial<NiftiFile>, Dtype | "auto"]>([
  [{ type: "int16" }, "auto"],
  [{ type: "int16", littleEndian: false }, "auto"],
  [{ type: "uint8" }, "float32"],
  [{ type: "int16" }, "float32"],
  [{ type: "int16", littleEndian: false }, "float64"],
  [{ type: "int16", slope: 0.5, inter: 3 }, "auto"],
  [{ type: "int16" }, "uint16"],
  [{ type: "int32", slope: 2, inter: 1 }, "auto"],
  [{ type: "int64", values: values.map(BigInt) }, "auto"],
  [{ type: "float64" }, "float32"],
  [{ type: "int16", voxOffset: 353 }, "auto"],
])("%o as %s has the same samples from gzip as from plain bytes", async (file, dtype) => {
  const bytes = fileOf(file);
  const plain = await decodeVolume(bytes, { name: "a.nii", dtype });
  const packed = await decodeVolume(gzipSync(bytes, { level: 1 }), { name: "a.nii.gz", dtype });
  expect(packed.dtype).toBe(plain.dtype);
  expect(bytesOf(packed.storage).equals(bytesOf(plain.storage))).toBe(true);
});

test("zlib samples of MetaImage are the same as plain ones, and no more or fewer are taken", async () => {
  const samples = Buffer.from(Int16Array.from(values).buffer);
  const header = (size: string) =>
    Buffer.from(
      `ObjectType = Image\nNDims = 3\nDimSize = ${size}\nElementType = MET_SHORT\nCompressedData = True\nElementDataFile = LOCAL\n`,
    );
  const packed = (size: string) => Buffer.concat([header(size), deflateSync(samples, { level: 1 })]);
  const read = (size: string) => decodeVolume(packed(size), { name: "a.mha" });
  expect([...(await read("64 64 65")).storage.subarray(0, 3)]).toEqual([0, 7, 14]);
  await expect(read("64 64 66")).rejects.toMatchObject({ code: "VOXRX_TRUNCATED_FILE" });
  await expect(read("64 64 64")).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
});

test("a file with fewer samples than its header announces is truncated", async () => {
  const bytes = gzipSync(fileOf({}).subarray(0, 500_000));
  await expect(decodeVolume(bytes, { name: "a.nii.gz" })).rejects.toMatchObject({ code: "VOXRX_TRUNCATED_FILE" });
});

test("explain() names the library that inflates", () => {
  expect(Dataset.from(["a.nii.gz"]).pipe(load()).explain()).toMatch(/inflates with (zlib|libdeflate)/);
});
