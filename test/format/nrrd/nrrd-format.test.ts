import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { readHeader, readVolume } from "voxrx";
import { temporaryFolder } from "../../support/folder.ts";
import { sharedData } from "../../support/shared.ts";
import { expectTruth, floatDigest, truthOf } from "../../support/truth.ts";

describe.skipIf(!sharedData)("real NRRD files", () => {
  test.each(truthOf("nrrd"))("%s", async (name, wanted) => {
    expect(floatDigest(await expectTruth(name, wanted))).toBe(wanted.sha256_f32);
  });
});

interface Parts {
  readonly fields?: Readonly<Record<string, string>>;
  readonly samples?: Uint8Array;
  readonly without?: readonly string[];
}

/** A NRRD of 2 x 3 x 2 bytes, with fields changed. */
function nrrd({
  fields = {},
  samples = Uint8Array.from({ length: 12 }, (_, i) => i),
  without = [],
}: Parts = {}): Buffer {
  const all: Record<string, string> = {
    ...{ type: "uchar", dimension: "3", sizes: "2 3 2", encoding: "raw" },
    ...fields,
  };
  const lines = Object.entries(all).filter(([name]) => !without.includes(name));
  const isDetached = "data file" in all;
  const text = `NRRD0005\n# made for a test\n${lines.map(([name, value]) => `${name}: ${value}\n`).join("")}`;
  return Buffer.concat([Buffer.from(isDetached ? text : `${text}\n`), isDetached ? Buffer.alloc(0) : samples]);
}

async function readBytes(bytes: Uint8Array, name = "a.nrrd") {
  await using folder = await temporaryFolder();
  const path = join(folder.path, name);
  await writeFile(path, bytes);
  return await readVolume(path);
}

const values = (volume: { toContiguous(): { storage: Iterable<number> } }) => [...volume.toContiguous().storage];
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("NRRD", () => {
  test("a file that says nothing of space is 1 mm in LPS, as ITK takes it", async () => {
    const volume = await readBytes(nrrd());
    expect(volume.shape).toEqual([1, 2, 3, 2]);
    expect(volume.axcodes).toBe("LPS");
    expect(values(volume)).toEqual(upTo(12));
  });

  test.each([
    ["right-anterior-superior", "RAS"],
    ["RAS", "RAS"],
    ["left-anterior-superior", "LAS"],
    ["left-posterior-superior", "LPS"],
    ["scanner-xyz", "LPS"],
  ])("the space %s is %s", async (space, axcodes) => {
    const fields = { space, "space directions": "(2,0,0) (0,3,0) (0,0,4)", "space origin": "(5,6,7)" };
    const volume = await readBytes(nrrd({ fields }));
    expect(volume.axcodes).toBe(axcodes);
    expect(volume.spacing).toEqual([2, 3, 4]);
    const signs = [axcodes[0] === "R" ? 1 : -1, axcodes[1] === "A" ? 1 : -1];
    expect([volume.affine[3], volume.affine[7], volume.affine[11]]).toEqual([
      5 * (signs[0] ?? 0),
      6 * (signs[1] ?? 0),
      7,
    ]);
  });

  test("an axis of components becomes channels wherever it stands", async () => {
    const directions = (order: readonly string[]) => ({
      dimension: "4",
      "space directions": order.join(" "),
      space: "RAS",
    });
    const [x, y, z] = ["(1,0,0)", "(0,1,0)", "(0,0,1)"];
    const samples = Uint8Array.from(upTo(24));
    const first = await readBytes(nrrd({ samples, fields: { ...directions(["none", x, y, z]), sizes: "2 2 3 2" } }));
    expect(first.shape).toEqual([2, 2, 3, 2]);
    expect([first.get(1, 0, 0, 0), first.get(0, 1, 0, 0), first.get(1, 1, 2, 1)]).toEqual([1, 2, 23]);
    const last = await readBytes(nrrd({ samples, fields: { ...directions([x, y, z, "none"]), sizes: "2 3 2 2" } }));
    expect([last.get(1, 0, 0, 0), last.get(0, 1, 0, 0)]).toEqual([12, 1]);
    const middle = await readBytes(nrrd({ samples, fields: { ...directions([x, "none", y, z]), sizes: "2 2 3 2" } }));
    expect([middle.get(1, 0, 0, 0), middle.get(0, 0, 1, 0)]).toEqual([2, 4]);
  });

  test("components before and frames behind space are channels, components counting fastest", async () => {
    const samples = Uint8Array.from(upTo(24));
    const fields = { dimension: "5", sizes: "2 2 3 1 2", kinds: "vector domain domain domain list" };
    const volume = await readBytes(nrrd({ samples, fields }));
    expect(volume.shape).toEqual([4, 2, 3, 1]);
    expect([0, 1, 2, 3].map((channel) => volume.get(channel, 1, 0, 0))).toEqual([2, 3, 14, 15]);
  });

  test("two axes are a 2D image", async () => {
    const fields = { dimension: "2", sizes: "4 3", spacings: "0.5 nan", "axis mins": "10 20" };
    const volume = await readBytes(nrrd({ fields }));
    expect(volume.shape).toEqual([1, 4, 3]);
    expect(volume.spacing).toEqual([0.5, 1]);
    expect([volume.affine[3], volume.affine[7]]).toEqual([-10, -20]);
  });

  test("big-endian 64-bit integers, text and hexadecimal samples", async () => {
    const wide = Buffer.alloc(16);
    wide.writeBigInt64BE(-5n, 0);
    wide.writeBigInt64BE(256n, 8);
    const sizes = { dimension: "1", sizes: "2" };
    const big = await readBytes(nrrd({ samples: wide, fields: { ...sizes, type: "int64", endian: "big" } }));
    expect([big.shape, big.dtype, values(big)]).toEqual([[1, 2, 1], "int32", [-5, 256]]);
    const text = nrrd({ samples: Buffer.from("1.5 -inf"), fields: { ...sizes, type: "float", encoding: "ascii" } });
    expect(values(await readBytes(text))).toEqual([1.5, -Infinity]);
    const hex = nrrd({ samples: Buffer.from("0aF\nf"), fields: { ...sizes, encoding: "hex" } });
    expect(values(await readBytes(hex))).toEqual([10, 255]);
  });

  test("samples in other files: one, a list, a pattern, from the end", async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, "parts"));
    const write = (name: string, bytes: Uint8Array) => writeFile(join(folder.path, name), bytes);
    await write("parts/s1.raw", Uint8Array.from(upTo(6)));
    await write("parts/s2.raw", Uint8Array.from([6, 7, 8, 9, 10, 11]));
    await write("all.raw.gz", gzipSync(Uint8Array.from(upTo(12))));
    await write("tail.bin", Uint8Array.from([99, 99, 99, ...upTo(12)]));
    const forms: Record<string, Readonly<Record<string, string>>> = {
      "list.nhdr": { "data file": "LIST\nparts/s1.raw\nparts/s2.raw" },
      "pattern.nhdr": { "data file": "parts/s%d.raw 1 2 1" },
      "packed.nhdr": { encoding: "gzip", "data file": "all.raw.gz" },
      "tail.nhdr": { "byte skip": "-1", "data file": "tail.bin" },
    };
    for (const [name, fields] of Object.entries(forms)) {
      await write(name, nrrd({ fields }));
      const read: string[] = [];
      const volume = await readVolume(join(folder.path, name), { onFile: ({ path }) => read.push(path) });
      expect(values(volume), name).toEqual(upTo(12));
      expect(read.length, name).toBe(name.startsWith("list") || name.startsWith("pattern") ? 3 : 2);
    }
  });

  test("a header is read without its samples", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.nhdr");
    await writeFile(path, nrrd({ fields: { "data file": "absent.raw", space: "RAS" } }));
    expect((await readHeader(path)).shape).toEqual([1, 2, 3, 2]);
    await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
  });

  test.each<[what: string, code: string, bytes: Buffer]>([
    ["samples that end early", "VOXRX_TRUNCATED_FILE", nrrd({ samples: new Uint8Array(11) })],
    ["sizes that lie", "VOXRX_TRUNCATED_FILE", nrrd({ fields: { sizes: "9000 9000 9000" } })],
    ["sizes beyond counting", "VOXRX_BAD_HEADER", nrrd({ fields: { sizes: "999999999 999999999 9" } })],
    ["a negative size", "VOXRX_BAD_HEADER", nrrd({ fields: { sizes: "2 -3 2" } })],
    ["a size of zero", "VOXRX_BAD_HEADER", nrrd({ fields: { sizes: "2 0 2" } })],
    ["a size that is no number", "VOXRX_BAD_HEADER", nrrd({ fields: { sizes: "2 x 2" } })],
    ["fewer sizes than dimensions", "VOXRX_BAD_HEADER", nrrd({ fields: { sizes: "2 3" } })],
    ["no type", "VOXRX_BAD_HEADER", nrrd({ without: ["type"] })],
    ["blocks", "VOXRX_UNSUPPORTED_DTYPE", nrrd({ fields: { type: "block" } })],
    ["no endian where it matters", "VOXRX_BAD_HEADER", nrrd({ fields: { type: "short", sizes: "2 3 1" } })],
    ["bzip2", "VOXRX_UNSUPPORTED_ENCODING", nrrd({ fields: { encoding: "bzip2" } })],
    ["gzip that is none", "VOXRX_BAD_COMPRESSION", nrrd({ fields: { encoding: "gzip" } })],
    [
      "gzip cut off",
      "VOXRX_TRUNCATED_FILE",
      nrrd({ fields: { encoding: "gzip" }, samples: gzipSync(new Uint8Array(12)).subarray(0, 15) }),
    ],
    [
      "zlib in place of gzip",
      "VOXRX_BAD_COMPRESSION",
      nrrd({ fields: { encoding: "gzip" }, samples: deflateSync(new Uint8Array(12)) }),
    ],
    [
      "text that is no number",
      "VOXRX_BAD_HEADER",
      nrrd({ fields: { encoding: "text" }, samples: Buffer.from("1 2 three ".repeat(9)) }),
    ],
    [
      "directions of zero",
      "VOXRX_BAD_AFFINE",
      nrrd({ fields: { space: "RAS", "space directions": "(1,0,0) (1,0,0) (0,0,1)" } }),
    ],
    [
      "an origin that is not a number",
      "VOXRX_BAD_HEADER",
      nrrd({ fields: { space: "RAS", "space origin": "(a,0,0)" } }),
    ],
    [
      "a header without end",
      "VOXRX_TRUNCATED_FILE",
      Buffer.from("NRRD0004\ntype: uchar\ndimension: 1\nsizes: 1\nencoding: raw\n"),
    ],
    ["no NRRD", "VOXRX_BAD_HEADER", Buffer.from("this is something else altogether")],
    ["a file above its folder", "VOXRX_BAD_HEADER", nrrd({ fields: { "data file": "../secret.raw" } })],
    ["an absolute file", "VOXRX_BAD_HEADER", nrrd({ fields: { "data file": "/etc/hostname" } })],
    ["a pattern of too many files", "VOXRX_BAD_HEADER", nrrd({ fields: { "data file": "s%d.raw 1 999999999 1" } })],
    [
      "far more samples than announced",
      "VOXRX_BAD_HEADER",
      nrrd({ fields: { encoding: "gzip" }, samples: gzipSync(new Uint8Array(40 * 2 ** 20)) }),
    ],
  ])("%s is refused with its code", async (_, code, bytes) => {
    await expect(readBytes(bytes)).rejects.toMatchObject({
      code,
      file: expect.any(String),
      remedy: expect.any(String),
    });
  });

  test("an abort ends reading with its reason", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.nrrd");
    await writeFile(path, nrrd());
    const reason = new Error("enough");
    await expect(readVolume(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
