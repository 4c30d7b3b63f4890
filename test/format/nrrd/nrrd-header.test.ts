import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { decodeVolume, readHeader, readVolume } from "voxrx";
import { temporaryFolder } from "../../support/folder.ts";
import { sharedFile } from "../../support/shared.ts";
import { valuesOf } from "../../support/volumes.ts";

const counting = (count: number) => Array.from({ length: count }, (_, n) => n);
const twelve = Uint8Array.from(counting(12));
const required = ["type: uchar", "dimension: 3", "sizes: 2 3 2"];

/** An NRRD of 2 x 3 x 2 bytes from its header lines. */
function lines(more: readonly string[], samples: Uint8Array = twelve, first: readonly string[] = required): Buffer {
  const encoding = more.some((line) => line.startsWith("encoding")) ? [] : ["encoding: raw"];
  return Buffer.concat([Buffer.from(`${["NRRD0005", ...first, ...encoding, ...more].join("\n")}\n\n`), samples]);
}

const read = (bytes: Uint8Array) => decodeVolume(bytes, { name: "a.nrrd" });

async function refusal(bytes: Uint8Array): Promise<Error> {
  return read(bytes).then(
    () => new Error("nothing was refused"),
    (error) => error,
  );
}

describe.skipIf(!existsSync(sharedFile("trouble")))("NRRD files", () => {
  test("in microns are read in mm", async () => {
    const path = sharedFile("trouble", "units_um.nrrd");
    expect((await readVolume(path)).spacing).toEqual([0.5, 0.5, 1]);
    expect((await readHeader(path)).spacing).toEqual([0.5, 0.5, 1]);
  });

  test("whose samples are twice as many as announced are refused", async () => {
    const path = sharedFile("trouble", "nrrd_gzip_too_long.nrrd");
    await expect(readVolume(path)).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER", file: path });
  });

  test("of an encoding named like a member of all objects are refused by it", async () => {
    await expect(readVolume(sharedFile("trouble", "encoding_constructor.nrrd"))).rejects.toMatchObject({
      code: "VOXRX_UNSUPPORTED_ENCODING",
      message: expect.stringContaining("constructor"),
    });
  });
});

describe("units of an NRRD", () => {
  const oblique = ["space: RAS", "space directions: (1,0,2) (0,3,0) (-4,0,1)", "space origin: (10,20,30)"];

  test("of a space are one for each of its axes", async () => {
    const { affine } = await read(lines([...oblique, 'space units: "um" "mm" "m"']));
    expect(Array.from(affine.subarray(0, 12), (value) => value + 0)).toEqual([
      ...[0.001, 0, -0.004, 0.01],
      ...[0, 3, 0, 20],
      ...[2000, 0, 1000, 30_000],
    ]);
  });

  test("of axes hold for their spacings and starts, and those of other axes don't count", async () => {
    const fields = ["type: uchar", "dimension: 4", "sizes: 1 2 3 2"];
    const more = ["kinds: time domain domain domain", "spacings: 2 500 0.2 nan", "axis mins: 0 1000 1 0"];
    const volume = await read(lines([...more, 'units: "fortnight" "um" "cm" ""'], twelve, fields));
    expect(volume.spacing).toEqual([0.5, 2, 1]);
    expect([volume.affine[3], volume.affine[7]]).toEqual([-1, -10]);
  });

  test("that are not lengths are refused by name", async () => {
    expect(await refusal(lines([...oblique, 'space units: "mm" "furlong" "mm"']))).toMatchObject({
      code: "VOXRX_BAD_HEADER",
      message: expect.stringMatching(/furlong.*space units/),
    });
    expect((await read(lines([...oblique, 'space units: "???" "mm" ""']))).affine[3]).toBe(10);
  });
});

describe("lines of an NRRD header", () => {
  test("that are unknown, and pairs of any key, pass", async () => {
    const volume = await read(
      lines([
        "# type: float",
        "content: a:=b",
        "sample units: HU",
        "measurement frame: (1,0,0) (0,1,0) (0,0,1)",
        "strange field: 1,5",
        "__proto__: 7",
        "hasOwnProperty: 8",
        "DWMRI_gradient_0000:=1   0   0",
        "modality:=DWMRI: b=1000",
        "org.mitk.version:2:=x",
        "__proto__:=y",
      ]),
    );
    expect(valuesOf(volume)).toEqual(counting(12));
    expect(volume.meta.header).toMatchObject({ content: "a:=b", "sample units": "HU", hasownproperty: "8" });
    const pairs = Object(volume.meta.header?.pairs);
    expect(pairs).toMatchObject({ modality: "DWMRI: b=1000", "org.mitk.version:2": "x" });
    expect(Object.hasOwn(pairs, "__proto__")).toBe(true);
  });

  test.each(["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"])(
    "name nothing by %s",
    async (name) => {
      const rejected = [
        [lines([], twelve, [`type: ${name}`, ...required.slice(1)]), "VOXRX_UNSUPPORTED_DTYPE"],
        [lines([`encoding: ${name}`]), "VOXRX_UNSUPPORTED_ENCODING"],
        [lines([`space: ${name}`]), "VOXRX_BAD_HEADER"],
        [lines([`kinds: domain ${name} domain`]), "VOXRX_BAD_HEADER"],
        [lines([`endian: ${name}`], twelve, ["type: short", "dimension: 1", "sizes: 6"]), "VOXRX_BAD_HEADER"],
      ] as const;
      for (const [bytes, code] of rejected) {
        expect(await refusal(bytes)).toMatchObject({ code, message: expect.stringMatching(new RegExp(name, "i")) });
      }
    },
  );

  test.each([
    ["spacings: 1,5 1 1", /"1,5"/],
    ["spacings: 1 1", /spacings must have 3 values/],
    ["spacings: 0x1 1 1", /"0x1"/],
    ["axis mins: 0 0 Infinity", /"Infinity"/],
    ["space directions: (1,0,0) (0,1e,0) (0,0,1)", /\(0,1e,0\)/],
    ["space directions: (1,0,0) (0,,0) (0,0,1)", /\(0,,0\)/],
    ["space directions: (1,0,0) (0,1) (0,0,1)", /equally many/],
    ["space directions: 1 1 1", /"1" is not a vector/],
    ["byte skip: 0x2", /"0x2"/],
    ["line skip: 1e", /"1e"/],
    ["byte skip: -2", /-2/],
    ["space: right-anterior-superiour", /superiour/],
    ["sizes: 2 3 3", /sizes twice.*2 3 2.*2 3 3/],
  ])("that can't be understood are refused by name: %s", async (line, words) => {
    expect(await refusal(lines([line]))).toMatchObject({
      code: "VOXRX_BAD_HEADER",
      message: expect.stringMatching(words),
    });
  });

  test("give directions of NaN where there are none", async () => {
    const unknown = "space directions: (nan,nan,nan) (nan,nan,nan) (nan,nan,nan)";
    expect((await read(lines([unknown, "spacings: 2 3 4"]))).spacing).toEqual([2, 3, 4]);
    const fields = ["type: uchar", "dimension: 4", "sizes: 2 3 1 2", "space: RAST"];
    const directions = "space directions: (0,0,0,5) (1,0,0,0) (0,1,0,0) (0,0,1,0)";
    expect((await read(lines([directions], twelve, fields))).shape).toEqual([2, 3, 1, 2]);
  });
});

describe("samples of an NRRD", () => {
  const floats = ["type: float", "dimension: 1", "sizes: 3"];
  const bytes = ["type: uchar", "dimension: 1", "sizes: 3"];

  test.each<[what: string, bytes: Buffer]>([
    ["raw", lines([], Uint8Array.of(...twelve, 12))],
    ["gzip", lines(["encoding: gzip"], gzipSync(Uint8Array.of(...twelve, 12)))],
    ["hex", lines(["encoding: hex"], Buffer.from("000102ff"), bytes)],
    ["text", lines(["encoding: ascii"], Buffer.from("1 2 3 4"), bytes)],
  ])("beyond the announced ones are refused: %s", async (_, file) => {
    expect(await refusal(file)).toMatchObject({
      code: "VOXRX_BAD_HEADER",
      message: expect.stringMatching(/announces \d+ bytes/),
    });
  });

  test("in text are decimal numbers that their type can hold", async () => {
    const text = (samples: string, first = floats) => lines(["encoding: text"], Buffer.from(samples), first);
    expect(valuesOf(await read(text("1.5, -2e-1 ,\n+inf\n")))).toEqual([
      1.5,
      Math.fround(-0.2),
      Number.POSITIVE_INFINITY,
    ]);
    for (const [samples, first] of [
      ["1 2\n1,5", floats],
      ["0x10 2 3", floats],
      ["1 2 1e", floats],
      ["1 300 2", bytes],
      ["1 -1 2", bytes],
      ["1 2.5 2", bytes],
      ["1 nan 2", bytes],
    ] as const) {
      expect(await refusal(text(samples, first)), samples).toMatchObject({
        code: "VOXRX_BAD_HEADER",
        message: expect.stringMatching(/in line \d of the samples/),
      });
    }
    expect((await refusal(text("1 2\n1,5"))).message).toContain('"1,5" in line 2');
    expect(await refusal(text("1 2"))).toMatchObject({ code: "VOXRX_TRUNCATED_FILE" });
  });

  test("in hexadecimal are digits only, and all of them", async () => {
    const hex = (samples: string) => lines(["encoding: hex"], Buffer.from(samples), bytes);
    expect(valuesOf(await read(hex("0A\n1b FF\n")))).toEqual([10, 27, 255]);
    expect(await refusal(hex("0a1bxf"))).toMatchObject({
      code: "VOXRX_BAD_HEADER",
      message: expect.stringContaining('"x"'),
    });
    expect(await refusal(hex("0a1bf"))).toMatchObject({ code: "VOXRX_TRUNCATED_FILE" });
  });

  test("start after the lines and bytes to skip", async () => {
    const skipped = Buffer.concat([Buffer.from("one\ntwo\nxy"), twelve]);
    expect(valuesOf(await read(lines(["lineskip: 2", "byteskip: 2"], skipped)))).toEqual(counting(12));
    expect(valuesOf(await read(lines(["byte skip: -1"], skipped)))).toEqual(counting(12));
  });

  test("are found in a file of any name", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "\u6570\u636e: 1.raw"), twelve);
    const path = join(folder.path, "a.nhdr");
    await writeFile(path, lines(["data file: \u6570\u636e: 1.raw"], Buffer.alloc(0)));
    expect(valuesOf(await readVolume(path))).toEqual(counting(12));
  });
});

describe("directions and origin of an NRRD file", () => {
  test.each([
    ["(0,0,0) (0,1,0) (0,0,1)", "VOXRX_BAD_AFFINE"],
    ["(1,0,0) (0,1,0) (0,0,0)", "VOXRX_BAD_AFFINE"],
  ])("an axis without a length is refused: %s", async (directions, code) => {
    const file = lines(["space: LPS", `space directions: ${directions}`]);
    expect(await refusal(file)).toMatchObject({ code });
  });

  test.each(["(1,2)", "(1,2,3) (4,5,6)"])("an origin of other numbers is refused: %s", async (origin) => {
    const file = lines(["space: LPS", "space directions: (1,0,0) (0,1,0) (0,0,1)", `space origin: ${origin}`]);
    const message = expect.stringContaining(`space origin: ${origin}`);
    expect(await refusal(file)).toMatchObject({ code: "VOXRX_BAD_HEADER", message });
  });
});
