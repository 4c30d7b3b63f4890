import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DicomSeriesOptions, readDicomSeries, readHeader, readVolume, type Volume } from "voxrx";
import { dicomFolder } from "voxrx/datasets";
import { load } from "voxrx/operators";
import { type ElementInit, type SliceInit, sliceFile } from "../../support/dicom-slices.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { sharedData, sharedFile } from "../../support/shared.ts";

type Series = readonly Omit<SliceInit, "value">[];

/** Elements of a slice, by volume and position. */
type ElementsAt = (volume: number, z: number) => readonly ElementInit[];

const depth = 3;

/** Slices of `count` volumes. */
function seriesOf(count: number, elements: ElementsAt, encoding: Pick<SliceInit, "implicit"> = {}): SliceInit[] {
  return Array.from({ length: count * depth }, (_, n) => {
    const [volume, z] = [Math.floor(n / depth), n % depth];
    return { z, value: 100 * volume + z, more: elements(volume, z), ...encoding };
  });
}

async function folderOf(slices: Series | readonly SliceInit[], nameOf = (n: number) => `${(n * 7) % 31}-${n}.dcm`) {
  const folder = await temporaryFolder();
  for (const [n, slice] of slices.entries()) {
    const path = join(folder.path, nameOf(n));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, sliceFile({ value: 0, ...slice }));
  }
  return folder;
}

/** The values of the slices, channel by channel. */
function channels(volume: Volume): number[][] {
  const [count = 0, , , length = 0] = volume.shape;
  return Array.from({ length: count }, (_, c) => Array.from({ length }, (_, z) => volume.get(c, 0, 0, z) ?? -1));
}

/** What {@link channels} gives when volumes are in the order of {@link seriesOf}. */
const inOrder = (count: number) =>
  Array.from({ length: count }, (_, volume) => Array.from({ length: depth }, (_, z) => 100 * volume + z));

async function readSeries(slices: readonly SliceInit[], options: DicomSeriesOptions = {}) {
  await using folder = await folderOf(slices);
  const volume = await readDicomSeries(folder.path, options);
  const { volumeBy, volumes } = volume.meta.header ?? {};
  return { channels: channels(volume), volumeBy, volumes, volume };
}

const instance = (number: number): ElementInit => [0x00200013, "IS", String(number)];
const imageType = (last: string): ElementInit => [0x00080008, "CS", `ORIGINAL\\PRIMARY\\${last}`];
const component = (volume: number) => ["M", "P", "R", "I"][volume] ?? "";
const clock = (seconds: number) => {
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${two(seconds / 3600)}${two((seconds / 60) % 60)}${two(seconds % 60)}.50`;
};

describe("volumes at the same positions become channels, told apart by", () => {
  test.each<[what: string, by: string, value: unknown, count: number, elements: ElementsAt]>([
    ["time index", "TemporalPositionIdentifier", 2, 4, (v) => [[0x00200100, "IS", String(v + 1)]]],
    [
      "trigger times that differ a little between slices",
      "TriggerTime",
      40.5,
      4,
      (v, z) => [[0x00181060, "DS", String(v * 40.5 + z * 0.1 * v)]],
    ],
    ["echo numbers", "EchoNumbers", 2, 2, (v) => [[0x00180086, "IS", String(v + 1)]]],
    [
      "echo times, written differently",
      "EchoTime",
      10,
      2,
      (v, z) => [
        [0x00180086, "IS", "1"],
        [0x00180081, "DS", `${(v + 1) * 5}${z === 1 ? ".00" : ""}`],
      ],
    ],
    ["inversion times", "InversionTime", 150, 3, (v) => [[0x00180082, "DS", String(50 + v * 100)]]],
    ["flip angles", "FlipAngle", 12, 3, (v) => [[0x00181314, "DS", String(2 + v * 10)]]],
    ["b-values", "DiffusionBValue", 500, 3, (v) => [[0x00189087, "FD", [v * 500]]]],
    [
      "Siemens' b-values",
      "DiffusionBValue",
      500,
      3,
      (v, z) => [
        [0x00190010, "LO", "SIEMENS MR HEADER"],
        [0x0019100c, z === 0 ? "IS" : "UN", String(v * 500)],
      ],
    ],
    [
      "GE's b-values, with an offset",
      "DiffusionBValue",
      800,
      2,
      (v) => [
        [0x00430010, "LO", "GEMS_PARM_01"],
        [0x00431039, "IS", `${1e9 + v * 800}\\8\\0\\0`],
      ],
    ],
    [
      "Philips' b-values",
      "DiffusionBValue",
      1000,
      2,
      (v) => [
        [0x00080070, "LO", "Philips Medical Systems"],
        [0x20011003, "FL", [v * 1000]],
      ],
    ],
    [
      "magnitude, phase, real and imaginary part",
      "ImageType",
      ["ORIGINAL", "PRIMARY", "P"],
      4,
      (v) => [imageType(component(v))],
    ],
    [
      "GE's parts of complex numbers",
      "ComplexImageComponent",
      "PHASE",
      4,
      (v) => [imageType("OTHER"), [0x00430010, "LO", "GEMS_PARM_01"], [0x0043102f, "SS", [v]]],
    ],
    ["times of the frames of PET", "FrameReferenceTime", 60000, 3, (v) => [[0x00541300, "DS", String(v * 60000)]]],
    [
      "numbers of acquisitions that go on over slices",
      "AcquisitionNumber",
      4,
      3,
      (v, z) => [[0x00200012, "IS", String(1 + v * depth + z)]],
    ],
    [
      "times of slices that cross midnight",
      "AcquisitionTime",
      "235950.50",
      3,
      (v, z) => {
        const seconds = 86400 - 70 + v * 60 + z * 15;
        return [
          [0x00080022, "DA", seconds < 86400 ? "20200229" : "20200301"],
          [0x00080032, "TM", clock(seconds % 86400)],
        ];
      },
    ],
    [
      "date and time in one",
      "AcquisitionDateTime",
      "20200101000102+0100",
      3,
      (v) => [[0x0008002a, "DT", `202001010001${v + 1 < 10 ? "0" : ""}${v + 1}+0100`]],
    ],
    ["instance numbers, volume after volume", "InstanceNumber", 4, 4, (v, z) => [instance(1 + v * depth + z)]],
    [
      "instance numbers that go down along z",
      "InstanceNumber",
      6,
      4,
      (v, z) => [instance(1 + v * depth + (depth - 1 - z))],
    ],
    [
      "instance numbers, interleaved within a volume",
      "InstanceNumber",
      5,
      4,
      (v, z) => [instance(1 + v * depth + ((z * 2 + 1) % depth))],
    ],
    ["instance numbers, position after position", "InstanceNumber", 2, 4, (v, z) => [instance(1 + z * 4 + v)]],
  ])("%s", async (_, by, second, count, elements) => {
    const read = await readSeries(seriesOf(count, elements));
    expect([read.channels, read.volumeBy]).toEqual([inOrder(count), [by]]);
    expect(read.volumes).toHaveLength(count);
    expect(read.volumes).toMatchObject({ 1: { [by]: second } });
  });

  test("values in implicit VR", async () => {
    const read = await readSeries(
      seriesOf(
        3,
        (v) => [
          [0x00189087, "FD", [v * 500]],
          [0x00180081, "DS", "3.5"],
        ],
        { implicit: true },
      ),
    );
    expect([read.channels, read.volumeBy]).toEqual([inOrder(3), ["DiffusionBValue"]]);
  });

  test("b-value with gradient direction, b = 0 without one", async () => {
    const directions = [undefined, [0, 0, 1], [0, 1, 0], [1, 0, 0]];
    const read = await readSeries(
      seriesOf(4, (v, z) => {
        const direction = directions[v];
        return [
          instance(1 + ((v + z) % 4) * depth + z),
          [0x00189087, "FD", [v === 0 ? 0 : 1000]],
          ...(direction ? [[0x00189089, "FD", direction] as const] : []),
        ];
      }),
    );
    expect(read.channels).toEqual(inOrder(4));
    expect(read.volumeBy).toEqual(["DiffusionGradientOrientation"]);
    expect(read.volumes).toEqual([
      {},
      ...directions.slice(1).map((given) => ({ DiffusionGradientOrientation: given })),
    ]);
  });

  test("echo and part together", async () => {
    const read = await readSeries(
      seriesOf(4, (v) => [[0x00180086, "IS", String(1 + (v >> 1))], imageType(component(v % 2))]),
    );
    expect([read.channels, read.volumeBy]).toEqual([inOrder(4), ["EchoNumbers", "ImageType"]]);
    expect(read.volumes).toMatchObject({ 3: { EchoNumbers: 2, ImageType: ["ORIGINAL", "PRIMARY", "P"] } });
  });

  test("part and instance number, where the numbers alone would mix the parts", async () => {
    const read = await readSeries(
      seriesOf(4, (v, z) => {
        const part = z === 1 ? 1 - (v >> 1) : v >> 1;
        return [instance(1 + 4 * z + 2 * part + (v % 2)), imageType(component(v >> 1))];
      }),
    );
    expect([read.channels, read.volumeBy]).toEqual([inOrder(4), ["ImageType", "InstanceNumber"]]);
  });

  test("what all positions agree about, not what one position has", async () => {
    const read = await readSeries(
      seriesOf(2, (v, z) => [
        [0x00181060, "DS", String(z === 0 ? 0 : 500 - v * 400)],
        [0x00200012, "IS", String(v + 1)],
      ]),
    );
    expect([read.channels, read.volumeBy]).toEqual([inOrder(2), ["AcquisitionNumber"]]);
  });

  test("the echo time rather than a time index that mixes echoes", async () => {
    const read = await readSeries(
      seriesOf(2, (v, z) => [
        [0x00200100, "IS", String(z === 1 ? 2 - v : 1 + v)],
        [0x00180081, "DS", String(10 + v)],
      ]),
    );
    expect([read.channels, read.volumeBy]).toEqual([inOrder(2), ["EchoTime"]]);
  });

  test("what is named", async () => {
    const slices = seriesOf(2, (v) => [
      [0x00200100, "IS", String(v + 1)],
      [0x00180081, "DS", String(20 - v * 10)],
      imageType("M"),
    ]);
    expect((await readSeries(slices)).channels).toEqual(inOrder(2));
    const named = await readSeries(slices, { volumeBy: "EchoTime" });
    expect([named.channels, named.volumes]).toEqual([inOrder(2).reverse(), [{ EchoTime: 10 }, { EchoTime: 20 }]]);
    await using folder = await folderOf(slices);
    const [item] = await dicomFolder(folder.path, { volumeBy: ["EchoTime", "ImageType"] })
      .pipe(load("image"))
      .toArray();
    expect(item && channels(item.image)).toEqual(inOrder(2).reverse());
    await expect(readDicomSeries(folder.path, { volumeBy: "FlipAngle" })).rejects.toThrow(
      /FlipAngle does not distinguish them.*tried: FlipAngle \(not in/,
    );
  });
});

describe("volumes in enhanced files", () => {
  /** Frames with functional groups: `[volume, z]` in the order of the file. */
  const enhanced = (frames: readonly (readonly [number, number])[], facts: ElementsAt): SliceInit => ({
    z: 0,
    value: 0,
    more: [
      [0x00280008, "IS", String(frames.length)],
      [
        0x52009230,
        "SQ",
        frames.map(([v, z]): ElementInit[] => [
          [0x00209113, "SQ", [[[0x00200032, "DS", `0\\0\\${z}`]]]],
          ...facts(v, z),
        ]),
      ],
      [0x7fe00010, "OW", Buffer.from(Uint16Array.from(frames.flatMap(([v, z]) => Array(4).fill(100 * v + z))).buffer)],
    ],
  });
  const mixed = [
    [1, 0],
    [0, 2],
    [0, 0],
    [1, 2],
    [1, 1],
    [0, 1],
  ] as const;

  test.each<[what: string, by: string, facts: ElementsAt]>([
    ["time index", "TemporalPositionIdentifier", (v) => [[0x00209111, "SQ", [[[0x00209128, "UL", [v + 1]]]]]]],
    ["echo time", "EchoTime", (v) => [[0x00189114, "SQ", [[[0x00189082, "FD", [v * 2.5]]]]]]],
    ["b-value", "DiffusionBValue", (v) => [[0x00189117, "SQ", [[[0x00189087, "FD", [v * 700]]]]]]],
    [
      "part",
      "ComplexImageComponent",
      (v) => [[0x00189226, "SQ", [[[0x00089208, "CS", v === 0 ? "MAGNITUDE" : "PHASE"]]]]],
    ],
  ])("are told apart by the %s of each frame", async (_, by, facts) => {
    const read = await readSeries([enhanced(mixed, facts)]);
    expect([read.channels, read.volumeBy]).toEqual([inOrder(2), [by]]);
  });

  test("without such facts are in the order of the frames, if that is one order", async () => {
    const nothing: ElementsAt = () => [];
    const byVolume = [
      [0, 0],
      [0, 1],
      [0, 2],
      [1, 0],
      [1, 1],
      [1, 2],
    ] as const;
    expect((await readSeries([enhanced(byVolume, nothing)])).channels).toEqual(inOrder(2));
    const byPlace = [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
      [0, 2],
      [1, 2],
    ] as const;
    expect((await readSeries([enhanced(byPlace, nothing)])).channels).toEqual(inOrder(2));
    await expect(readSeries([enhanced(mixed, nothing)])).rejects.toMatchObject({ code: "VOXRX_BAD_SERIES" });
  });

  test("that are split over several files are put together", async () => {
    const nothing: ElementsAt = () => [];
    const parts = [
      enhanced(
        [
          [0, 0],
          [0, 1],
        ],
        nothing,
      ),
      enhanced([[0, 2]], nothing),
    ];
    expect((await readSeries(parts)).channels).toEqual(inOrder(1));
    const times = [0, 1].map((v): SliceInit => {
      const { more = [], ...file } = enhanced(
        [
          [v, 2],
          [v, 0],
          [v, 1],
        ],
        nothing,
      );
      return { ...file, more: [...more, [0x0008002a, "DT", `2020010100000${v}`]] };
    });
    const read = await readSeries(times);
    expect([read.channels, read.volumeBy]).toEqual([inOrder(2), ["AcquisitionDateTime"]]);
  });
});

describe("volumes that nothing tells apart are refused:", () => {
  test.each<[what: string, slices: readonly SliceInit[], said: RegExp]>([
    [
      "instance numbers in no order",
      seriesOf(2, (v, z) => [instance([1, 4, 2, 3, 6, 5][v * depth + z] ?? 0)]),
      /InstanceNumber \(its order is not the same at every position\)/,
    ],
    [
      "instance numbers whose volumes run to and fro",
      seriesOf(2, (v, z) => [instance(v === 0 ? z : 5 - z)]),
      /no tag distinguishes them/,
    ],
    [
      "echo times of which each position has its own",
      seriesOf(2, (v, z) => [[0x00180081, "DS", String(5 + v + 10 * z)]]),
      /EchoTime \(its order is not the same/,
    ],
    [
      "a slice that is missing at one time",
      seriesOf(3, (v) => [[0x00200100, "IS", String(v + 1)]]).filter(({ value }) => value !== 201),
      /duplicated or missing: 3 at most positions, 2 at that of/,
    ],
    [
      "two attributes alike, which are named together, and not those that are absent",
      seriesOf(2, () => [
        [0x00180081, "DS", "5"],
        [0x00181314, "DS", "90"],
      ]),
      /tried: EchoTime, FlipAngle \(the same in several slices at the position of [^;]*\) \(file/,
    ],
    ["everything alike", seriesOf(2, () => []), /readDicomSeries\(dir, \{ volumeBy: "EchoTime" \}\)/],
  ])("%s", async (_, slices, said) => {
    await expect(readSeries(slices)).rejects.toMatchObject({ code: "VOXRX_BAD_SERIES" });
    await expect(readSeries(slices)).rejects.toThrow(said);
  });

  test.each<[what: string, element: ElementInit, said: RegExp]>([
    ["a number with a comma", [0x00180081, "DS", "4,9"], /EchoTime \(0018,0081\) is "4,9"/],
    ["a letter in a number", [0x00200100, "IS", "1O"], /TemporalPositionIdentifier \(0020,0100\) is "1O"/],
    ["a hexadecimal number", [0x00180086, "IS", "0x10"], /EchoNumbers \(0018,0086\)/],
    ["half of a direction", [0x00189089, "FD", [0, 1]], /\(0018,9089\)/],
    ["a b-value that is not a number", [0x00189087, "FD", [Number.NaN]], /\(0018,9087\)/],
    ["a time that is none", [0x00080032, "TM", "12.30"], /AcquisitionTime \(0008,0032\) is "12.30"/],
  ])("%s", async (_, element, said) => {
    const slices = seriesOf(2, (v, z) => (v === 1 && z === 2 ? [element] : []));
    await expect(readSeries(slices)).rejects.toMatchObject({ code: "VOXRX_BAD_HEADER" });
    await expect(readSeries(slices)).rejects.toThrow(said);
  });
});

test("the names and the order of files do not matter", async () => {
  const kinds = fc.constantFrom<ElementsAt[]>(
    (v) => [[0x00200100, "IS", String(v + 1)]],
    (v, z) => [instance(v * depth + z)],
    (v, z) => [[0x00080032, "TM", clock(v * 10 + z)], imageType("M")],
    (v) => [[0x00180086, "IS", String(v >> 1)], imageType(component(v % 2))],
  );
  const names = fc.shuffledSubarray(
    Array.from({ length: 12 }, (_, n) => `${n % 3}/${n}`),
    { minLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(kinds, names, async (elements, shuffled) => {
      await using folder = await folderOf(seriesOf(4, elements), (n) => shuffled[n] ?? "");
      expect(channels(await readVolume(folder.path))).toEqual(inOrder(4));
    }),
    { numRuns: 12 },
  );
});

test("positions may be written with different digits", async () => {
  const written = ["-12.345678", "-9.3456", "-6.346"];
  const position = (v: number, z: number) => (v === 0 ? (written[z] ?? "") : Number(written[z]).toFixed(2));
  const read = await readSeries(
    seriesOf(2, (v, z) => [
      [0x00200032, "DS", `0\\0\\${position(v, z)}`],
      [0x00200100, "IS", String(v)],
    ]),
  );
  expect(read.channels).toEqual(inOrder(2));
});

describe.skipIf(!sharedData)("series from bug reports", () => {
  test.each([
    [
      "dwi_bvalue",
      [
        [0, 100],
        [1000, 1100],
        [2000, 2100],
      ],
      "DiffusionBValue",
    ],
    [
      "mag_phase",
      [
        [0, 100, 200],
        [1000, 1100, 1200],
      ],
      "ImageType",
    ],
    [
      "mixed_keys",
      [
        [0, 100],
        [1000, 1100],
      ],
      "AcquisitionNumber",
    ],
    ["no_preamble_one", [[0, 100, 200, 300, 400]], undefined],
  ])("%s", async (name, firsts, by) => {
    const volume = await readVolume(sharedFile("trouble", name));
    expect(volume.shape).toEqual([firsts.length, 5, 4, firsts[0]?.length]);
    expect([...volume.toContiguous().storage]).toEqual(
      firsts.flat().flatMap((first) => Array.from({ length: 20 }, (_, n) => first + n)),
    );
    expect((await readHeader(sharedFile("trouble", name))).header.volumeBy).toEqual(by === undefined ? by : [by]);
  });

  test("directions that are not of length 1 are refused", async () => {
    await expect(readVolume(sharedFile("trouble", "iop_not_unit"))).rejects.toMatchObject({ code: "VOXRX_BAD_AFFINE" });
  });

  test("a slope with a comma in one slice is refused", async () => {
    const reading = readVolume(sharedFile("trouble", "series_slope_comma"));
    await expect(reading).rejects.toMatchObject({
      code: "VOXRX_BAD_HEADER",
      message: expect.stringContaining("RescaleSlope"),
    });
  });

  test("a linked series is read and listed", async () => {
    await using folder = await temporaryFolder();
    execFileSync("sh", [sharedFile("trouble", "linked_dicom.sh"), folder.path, sharedFile("trouble", "dwi_bvalue")]);
    const [item, ...others] = await dicomFolder(folder.path).toArray();
    expect([item?.files, others]).toEqual([6, []]);
    expect((await readVolume(folder.path)).shape).toEqual([3, 5, 4, 2]);
  });
});
