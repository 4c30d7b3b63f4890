import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeVolume, onWarning, readHeader, readVolume, type Warning } from "voxrx";
import { temporaryFolder } from "../../support/folder.ts";
import { sharedFile } from "../../support/shared.ts";
import { valuesOf } from "../../support/volumes.ts";

const counting = (count: number) => Array.from({ length: count }, (_, n) => n);

describe.skipIf(!existsSync(sharedFile("trouble")))("MetaImages that ITK wrote", () => {
  test.each(["mha_itk_metadata.mha", "nifti_to_mha_by_itk.mha"])("with metadata are read: %s", async (name) => {
    const volume = await readVolume(sharedFile("trouble", name));
    expect([volume.shape, volume.dtype, valuesOf(volume)]).toEqual([[1, 4, 3, 2], "int16", counting(24)]);
    expect(Array.from(volume.affine.subarray(0, 12), (value) => value + 0)).toEqual([
      1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0,
    ]);
  });
});

const twelve = Uint8Array.from(counting(12));
const required = ["ObjectType = Image", "NDims = 3", "DimSize = 2 3 2", "ElementType = MET_UCHAR"];

/** A MetaImage of 2 x 3 x 2 bytes from its header lines, of which the last, unless given, is `ElementDataFile = LOCAL`. */
function lines(more: readonly string[], samples: Uint8Array = twelve, newline = "\n", first = required): Buffer {
  const all = [...first, ...more];
  if (!/ElementDataFile/i.test(all.at(-1) ?? "")) all.push("ElementDataFile = LOCAL");
  return Buffer.concat([Buffer.from(all.map((line) => line + newline).join("")), samples]);
}

const read = (bytes: Uint8Array) => decodeVolume(bytes, { name: "a.mha" });

describe("lines of a MetaImage header", () => {
  test.each(["\n", "\r\n"])("of any name and value pass, with line ends %j", async (newline) => {
    const volume = await read(
      lines(
        [
          "0008|0060 = CT",
          "0018|1030 = Mu\u0308ller^J\u00f6rg = 2",
          "dim[0] = 3",
          "ITK original-direction (x, y) = [1 0; 0 1]",
          "Position: patient = HFS",
          "__proto__ = 5",
          "constructor = 6",
          "toString =",
          "origin = SIEMENS",
          "Comment = several",
          "lines of text, 2 in all",
          "= nothing",
          "Offset = 1 2 3",
        ],
        twelve,
        newline,
      ),
    );
    expect(valuesOf(volume)).toEqual(counting(12));
    expect([volume.affine[3], volume.affine[7], volume.affine[11]]).toEqual([-1, -2, 3]);
    const header: Readonly<Record<string, unknown>> = volume.meta.header ?? {};
    expect(Object.hasOwn(header, "__proto__")).toBe(true);
    expect(header).toMatchObject({ "0008|0060": "CT", "0018|1030": "Mu\u0308ller^J\u00f6rg = 2", toString: "" });
  });

  test("count in another case, and with a colon", async () => {
    const first = ["NDims: 3", "dimsize : 2 3 2", "elementtype = met_uchar"];
    const volume = await read(lines(["ELEMENTSPACING = 2 3 4", "elementdatafile = local"], twelve, "\n", first));
    expect([volume.spacing, valuesOf(volume)]).toEqual([[2, 3, 4], counting(12)]);
  });

  test("can give a field twice with one value, but not with two", async () => {
    expect((await read(lines(["Offset = 1 2 3", "Position = 1 2 3"]))).affine[11]).toBe(3);
    const pairs = [
      ["ElementSpacing = 1 1 1", "ElementSpacing = 1 1 2"],
      ["Offset = 0 0 0", "Origin = 5 5 5"],
      ["Rotation = 1 0 0 0 1 0 0 0 1", "TransformMatrix = 0 1 0 1 0 0 0 0 1"],
      ["BinaryDataByteOrderMSB = True", "ElementByteOrderMSB = False"],
    ];
    for (const [one = "", other = ""] of pairs) {
      const { message } = await refusal(lines([one, other]));
      expect(message).toContain(one);
      expect(message).toContain(other);
    }
  });

  test("give spacing by ElementSize only where ElementSpacing is not there", async () => {
    expect((await read(lines(["ElementSize = 3 3 3"]))).spacing).toEqual([3, 3, 3]);
    expect((await read(lines(["ElementSize = 3 3 3", "ElementSpacing = 4 4 5"]))).spacing).toEqual([4, 4, 5]);
  });

  test.each([
    ["um", [0.5, 0.5, 0.002], -0.25],
    ["mm", [500, 500, 2], -250],
    ["cm", [5000, 5000, 20], -2500],
    ["m", [500_000, 500_000, 2000], -250_000],
    ["inches", [12_700, 12_700, 50.8], -6350],
    ["?", [500, 500, 2], -250],
  ])("in %s are converted to mm", async (unit, spacing, x) => {
    const bytes = lines(["ElementSpacing = 500 500 2", "Offset = 250 0 0", `DistanceUnits = ${unit}`]);
    const volume = await read(bytes);
    expect([volume.spacing, volume.affine[3]]).toEqual([spacing, x]);
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.mha");
    await writeFile(path, bytes);
    expect((await readHeader(path)).affine).toEqual(volume.affine);
  });

  test.each([
    ["ElementSpacing = 1,5 1 2", /"1,5".*ElementSpacing = 1,5 1 2/],
    ["ElementSpacing = 0x2 1 2", /"0x2"/],
    ["ElementSpacing = 1 1", /ElementSpacing must have 3 numbers, got 2/],
    ["ElementSpacing 1 1 2", /ElementSpacing 1 1 2/],
    ["Offset = 0 0 Infinity", /"Infinity"/],
    ["Offset =", /Offset must have 3 numbers, got 0/],
    ["TransformMatrix = 1 0 0 0 1 0 0 0 1e", /"1e"/],
    ["HeaderSize = 1.5", /"1.5"/],
    ["ElementNumberOfChannels = two", /"two"/],
    ["CompressedData = Flase", /"Flase"/],
    ["DistanceUnits = furlong", /DistanceUnits = furlong/],
    ["HeaderSize = 3", /HeaderSize must be at least \d+/],
  ])("that can't be understood are refused by name: %s", async (line, words) => {
    expect(await refusal(lines([line]))).toMatchObject({
      code: "VOXRX_BAD_HEADER",
      message: expect.stringMatching(words),
    });
  });

  test.each(["constructor", "__proto__", "toString"])("of the type %s are refused by name", async (type) => {
    const error = await refusal(lines([], twelve, "\n", [...required.slice(0, 3), `ElementType = ${type}`]));
    expect(error).toMatchObject({ code: "VOXRX_UNSUPPORTED_DTYPE", message: expect.stringContaining(type) });
  });
});

describe("samples of a MetaImage", () => {
  test("start at HeaderSize or stand at the end, in one file too", async () => {
    const padded = Uint8Array.of(9, 9, ...twelve);
    expect(valuesOf(await read(lines(["HeaderSize = -1"], padded)))).toEqual(counting(12));
    const length = lines(["HeaderSize = 000"], Buffer.alloc(0)).length + 2;
    expect(valuesOf(await read(lines([`HeaderSize = ${length}`], padded)))).toEqual(counting(12));
    expect(await refusal(lines(["CompressedData = True", "HeaderSize = -1"]))).toMatchObject({
      code: "VOXRX_BAD_HEADER",
    });
  });

  test("beyond the announced ones are a warning, or an error if they are packed", async () => {
    const seen: Warning[] = [];
    const stop = onWarning((warning) => seen.push(warning));
    try {
      const more = lines([], Uint8Array.from(counting(24)));
      expect(valuesOf(await read(more))).toEqual(counting(12));
      expect(seen).toEqual([{ code: "VOXRX_SURPLUS_DATA", message: expect.stringContaining("a.mha") }]);
      await read(lines([]));
      expect(seen.length).toBe(1);
    } finally {
      stop();
    }
    const packed = lines(["CompressedData = True"], deflateSync(Uint8Array.from(counting(24))));
    expect(await refusal(packed)).toMatchObject({
      code: "VOXRX_BAD_HEADER",
      message: expect.stringContaining("12 bytes"),
    });
    expect(await refusal(lines(["BinaryData = False"], Buffer.from(counting(13).join(" "))))).toMatchObject({
      code: "VOXRX_BAD_HEADER",
    });
  });

  test("in packed parts must be as many in each", async () => {
    await using folder = await temporaryFolder();
    const part = (name: string, values: readonly number[]) =>
      writeFile(join(folder.path, name), deflateSync(Uint8Array.from(values)));
    await part("1.z", counting(7));
    await part("2.z", [7, 8, 9, 10, 11]);
    const path = join(folder.path, "a.mhd");
    await writeFile(path, lines(["CompressedData = True", "ElementDataFile = %d.z 1 2 1"], Buffer.alloc(0)));
    await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", file: join(folder.path, "1.z") });
  });

  test("are found in a file of any name", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "Gr\u00f6\u00dfe = 1.raw"), twelve);
    const path = join(folder.path, "a.mhd");
    await writeFile(path, lines(["ElementDataFile = Gr\u00f6\u00dfe = 1.raw"], Buffer.alloc(0)));
    expect(valuesOf(await readVolume(path))).toEqual(counting(12));
  });
});

async function refusal(bytes: Uint8Array): Promise<Error> {
  return read(bytes).then(
    () => new Error("nothing was refused"),
    (error) => error,
  );
}
