import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readHeader, readVolume } from "voxrx";
import { temporaryFolder } from "../../support/folder.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";
import { expectTruth, floatDigest, truthOf } from "../../support/truth.ts";

describe.skipIf(!sharedData)("real MGH files", () => {
  test.each(truthOf("mgh"))("%s", async (name, wanted) => {
    expect(floatDigest(await expectTruth(name, wanted))).toBe(wanted.sha256_f32);
  });

  test("a compressed file cut off is an error, not an image of zeros", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "cut.mgz");
    await writeFile(path, (await readFile(sharedFile("mgh/wm.mgz"))).subarray(0, 100_000));
    await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_TRUNCATED_FILE", file: path });
    expect((await readHeader(path)).shape).toEqual([1, 256, 256, 256]);
  });

  test("plain and compressed are the same image", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "plain.mgh");
    await writeFile(path, gunzipSync(await readFile(sharedFile("mgh/test.mgz"))));
    const [plain, packed] = await Promise.all([readVolume(path), readVolume(sharedFile("mgh/test.mgz"))]);
    expect([floatDigest(plain), plain.affine]).toEqual([floatDigest(packed), packed.affine]);
  });
});

interface Init {
  readonly sizes?: readonly number[];
  readonly type?: number;
  readonly version?: number;
  readonly goodRas?: number;
  readonly delta?: number;
  readonly samples?: number;
}

/** An MGH file of 2 x 3 x 2 bytes that count upwards. */
function mgh({ sizes = [2, 3, 2, 1], type = 0, version = 1, goodRas = 0, delta = 1, samples = 12 }: Init = {}): Buffer {
  const bytes = Buffer.alloc(284 + samples, 0);
  for (const [n, value] of [version, ...sizes, type].entries()) bytes.writeInt32BE(value, 4 * n);
  bytes.writeInt16BE(goodRas, 28);
  for (const axis of [0, 1, 2]) {
    bytes.writeFloatBE(delta, 30 + 4 * axis);
    bytes.writeFloatBE(1, 42 + 16 * axis);
  }
  for (let i = 0; i < samples; i++) bytes[284 + i] = i;
  return bytes;
}

async function readBytes(bytes: Uint8Array, name = "a.mgh") {
  await using folder = await temporaryFolder();
  const path = join(folder.path, name);
  await writeFile(path, bytes);
  return await readVolume(path);
}

describe("MGH", () => {
  test("without geometry it is coronal about the origin, as FreeSurfer takes it", async () => {
    const volume = await readBytes(mgh());
    expect([volume.shape, volume.axcodes, volume.spacing]).toEqual([[1, 2, 3, 2], "LIA", [1, 1, 1]]);
    expect([volume.affine[3], volume.affine[7], volume.affine[11]]).toEqual([1, -1, 1.5]);
  });

  test("frames are channels, 16-bit samples big-endian, and the content tells the format", async () => {
    const volume = await readBytes(mgh({ sizes: [2, 1, 1, 3], type: 4 }), "a.bin");
    expect([volume.shape, volume.dtype, volume.get(1, 0, 0, 0)]).toEqual([[3, 2, 1, 1], "int16", 0x0405]);
  });

  test("bytes after the samples are tags, and pass", async () => {
    const tags = Buffer.concat([mgh(), Buffer.from([0, 0, 0, 1, 65, 66, 67])]);
    const [plain, tagged] = [await readBytes(mgh()), await readBytes(tags)];
    expect([tagged.shape, tagged.storage]).toEqual([plain.shape, plain.storage]);
    expect((await readBytes(gzipSync(tags), "a.mgz")).storage).toEqual(plain.storage);
  });

  test.each<[what: string, code: string, bytes: Buffer, name?: string]>([
    ["samples that end early", "VOXRX_TRUNCATED_FILE", mgh({ samples: 11 })],
    ["a header that ends early", "VOXRX_TRUNCATED_FILE", mgh().subarray(0, 200)],
    ["sizes that lie", "VOXRX_TRUNCATED_FILE", mgh({ sizes: [2000, 2000, 2000, 9] })],
    ["sizes that lie, compressed", "VOXRX_TRUNCATED_FILE", gzipSync(mgh({ sizes: [2000, 2000, 2000, 9] })), "a.mgz"],
    ["a negative size", "VOXRX_BAD_HEADER", mgh({ sizes: [2, -3, 2, 1] })],
    ["no frames", "VOXRX_BAD_HEADER", mgh({ sizes: [2, 3, 2, 0] })],
    ["another version", "VOXRX_BAD_HEADER", mgh({ version: 7 })],
    ["an unknown type", "VOXRX_UNSUPPORTED_DTYPE", mgh({ type: 2 })],
    ["voxels of no size", "VOXRX_BAD_AFFINE", mgh({ goodRas: 1, delta: 0 })],
    ["voxels of NaN", "VOXRX_BAD_AFFINE", mgh({ goodRas: 1, delta: Number.NaN })],
    ["a name that promises gzip", "VOXRX_UNKNOWN_FORMAT", Buffer.from("<html>not here</html>"), "a.html"],
  ])("%s is refused with its code", async (_, code, bytes, name) => {
    await expect(readBytes(bytes, name)).rejects.toMatchObject({ code, file: expect.any(String) });
  });
});
