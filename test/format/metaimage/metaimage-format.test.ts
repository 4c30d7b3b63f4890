import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readHeader, readVolume, Volume } from "voxrx";
import { temporaryFolder } from "../../support/folder.ts";
import { sharedData } from "../../support/shared.ts";
import { expectTruth, floatDigest, truthOf } from "../../support/truth.ts";

describe.skipIf(!sharedData)("real MetaImage files", () => {
  test.each(truthOf("metaimage"))("%s", async (name, wanted) => {
    const volume = await expectTruth(name, wanted);
    // Several channels lie interleaved in the file, in the digest and in memory.
    const digest =
      volume.channels === 1
        ? floatDigest(volume)
        : floatDigest(new Volume({ data: volume.storage, shape: [1, volume.size, 1], layout: "x-fastest" }));
    expect(digest).toBe(wanted.sha256_f32);
  });
});

const twelve = Uint8Array.from({ length: 12 }, (_, i) => i);

/** A MetaImage of 2 x 3 x 2 bytes, with fields changed. */
function metaImage(fields: Readonly<Record<string, string>> = {}, samples: Uint8Array = twelve): Buffer {
  const { ElementDataFile = "LOCAL", ...others } = fields;
  const all = {
    ObjectType: "Image",
    NDims: "3",
    DimSize: "2 3 2",
    ElementType: "MET_UCHAR",
    ...others,
    ElementDataFile,
  };
  const lines = Object.entries(all).filter(([, value]) => value !== "");
  const text = Buffer.from(lines.map(([name, value]) => `${name} = ${value}\n`).join(""));
  return ElementDataFile === "LOCAL" ? Buffer.concat([text, samples]) : text;
}

async function readBytes(bytes: Uint8Array, name = "a.mha") {
  await using folder = await temporaryFolder();
  const path = join(folder.path, name);
  await writeFile(path, bytes);
  return await readVolume(path);
}

const values = (volume: { toContiguous(): { storage: Iterable<number> } }) => [...volume.toContiguous().storage];

describe("MetaImage", () => {
  test("directions, spacing and origin are turned from LPS to RAS", async () => {
    const fields = { TransformMatrix: "0 1 0 1 0 0 0 0 -1", ElementSpacing: "2 3 4", Offset: "5 6 7" };
    const { affine, axcodes, spacing } = await readBytes(metaImage(fields));
    expect([axcodes, spacing]).toEqual(["PLI", [2, 3, 4]]);
    expect(Array.from(affine)).toEqual([0, -3, 0, -5, -2, 0, 0, -6, 0, 0, -4, 7, 0, 0, 0, 1]);
  });

  test("channels that lie interleaved, and a fourth dimension, become channels", async () => {
    const colours = await readBytes(metaImage({ DimSize: "2 1 2", ElementNumberOfChannels: "3" }));
    expect(colours.shape).toEqual([3, 2, 1, 2]);
    expect([colours.get(1, 0, 0, 0), colours.get(0, 1, 0, 0), colours.get(2, 1, 0, 1)]).toEqual([1, 3, 11]);
    const frames = await readBytes(metaImage({ NDims: "4", DimSize: "2 1 2 3", ElementSpacing: "1 1 1 2.5" }));
    expect([frames.shape, frames.get(2, 1, 0, 0)]).toEqual([[3, 2, 1, 2], 9]);
  });

  test("compressed, big-endian, 64-bit and text samples", async () => {
    const zlib = metaImage({ CompressedData: "True" }, deflateSync(twelve));
    expect(values(await readBytes(zlib))).toEqual([...twelve]);
    const wide = Buffer.alloc(16);
    wide.writeBigInt64BE(-5n, 0);
    wide.writeBigInt64BE(2n ** 40n, 8);
    const big = await readBytes(
      metaImage({ NDims: "2", DimSize: "2 1", ElementType: "MET_LONG_LONG", BinaryDataByteOrderMSB: "True" }, wide),
    );
    expect([big.shape, big.dtype, values(big)]).toEqual([[1, 2, 1], "float64", [-5, 2 ** 40]]);
    const text = metaImage(
      { NDims: "2", DimSize: "2 1", ElementType: "MET_FLOAT", BinaryData: "False" },
      Buffer.from("1.5\n-2"),
    );
    expect(values(await readBytes(text))).toEqual([1.5, -2]);
  });

  test("samples in other files: one with a header of its own, a list, a pattern, compressed", async () => {
    await using folder = await temporaryFolder();
    const write = (name: string, bytes: Uint8Array) => writeFile(join(folder.path, name), bytes);
    await write("s1.raw", twelve.subarray(0, 6));
    await write("s2.raw", twelve.subarray(6));
    await write("skip.raw", Uint8Array.from([9, 9, ...twelve]));
    await write("a.zraw", deflateSync(twelve));
    await write("b.zraw", gzipSync(twelve));
    await write("list.mhd", Buffer.concat([metaImage({ ElementDataFile: "LIST" }), Buffer.from("s1.raw\ns2.raw\n")]));
    await write("pattern.mhd", metaImage({ ElementDataFile: "s%d.raw 1 2 1" }));
    await write("skip.mhd", metaImage({ HeaderSize: "2", ElementDataFile: "skip.raw" }));
    await write("end.mhd", metaImage({ HeaderSize: "-1", ElementDataFile: "skip.raw" }));
    await write("a.mhd", metaImage({ CompressedData: "True", ElementDataFile: "a.zraw" }));
    await write("b.mhd", metaImage({ CompressedData: "True", ElementDataFile: "b.zraw" }));
    for (const name of ["list", "pattern", "skip", "end", "a", "b"]) {
      const read: string[] = [];
      const volume = await readVolume(join(folder.path, `${name}.mhd`), { onFile: ({ path }) => read.push(path) });
      expect(values(volume), name).toEqual([...twelve]);
      expect(read.length, name).toBe(name === "list" || name === "pattern" ? 3 : 2);
    }
  });

  test("a header is read without its samples", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.mhd");
    await writeFile(path, metaImage({ ElementDataFile: "absent.raw" }));
    expect((await readHeader(path)).shape).toEqual([1, 2, 3, 2]);
    await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
  });

  test.each<[what: string, code: string, bytes: Buffer]>([
    ["samples that end early", "VOXRX_TRUNCATED_FILE", metaImage({}, twelve.subarray(1))],
    ["sizes that lie", "VOXRX_TRUNCATED_FILE", metaImage({ DimSize: "2000 2000 500" })],
    ["sizes beyond counting", "VOXRX_BAD_HEADER", metaImage({ DimSize: "999999999 999999999 9" })],
    ["a negative size", "VOXRX_BAD_HEADER", metaImage({ DimSize: "2 -3 2" })],
    ["two sizes of three", "VOXRX_BAD_HEADER", metaImage({ DimSize: "2 3" })],
    ["too many dimensions", "VOXRX_BAD_HEADER", metaImage({ NDims: "99" })],
    ["no channels", "VOXRX_BAD_HEADER", metaImage({ ElementNumberOfChannels: "0" })],
    ["a matrix of another size", "VOXRX_BAD_HEADER", metaImage({ TransformMatrix: "1 0 0 1" })],
    ["no type", "VOXRX_BAD_HEADER", metaImage({ ElementType: "" })],
    ["an unknown type", "VOXRX_UNSUPPORTED_DTYPE", metaImage({ ElementType: "MET_STRING" })],
    ["spacing of zero", "VOXRX_BAD_AFFINE", metaImage({ ElementSpacing: "1 0 1" })],
    ["an origin that is not a number", "VOXRX_BAD_HEADER", metaImage({ Offset: "a b c" })],
    ["zlib that is none", "VOXRX_BAD_COMPRESSION", metaImage({ CompressedData: "True" })],
    ["zlib cut off", "VOXRX_TRUNCATED_FILE", metaImage({ CompressedData: "True" }, deflateSync(twelve).subarray(0, 8))],
    ["a file above its folder", "VOXRX_BAD_HEADER", metaImage({ ElementDataFile: "../secret.raw" })],
    ["an absolute file", "VOXRX_BAD_HEADER", metaImage({ ElementDataFile: "/etc/hostname" })],
    ["a header without end", "VOXRX_TRUNCATED_FILE", Buffer.from("ObjectType = Image\nNDims = 3\n")],
    ["no MetaImage", "VOXRX_BAD_HEADER", Buffer.from("this is something else altogether")],
    ["a bomb", "VOXRX_BAD_HEADER", metaImage({ CompressedData: "True" }, deflateSync(new Uint8Array(40 * 2 ** 20)))],
  ])("%s is refused with its code", async (_, code, bytes) => {
    await expect(readBytes(bytes)).rejects.toMatchObject({
      code,
      file: expect.any(String),
      remedy: expect.any(String),
    });
  });
});
