import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { Dataset, memoryStore, Volume } from "voxrx";
import { cacheUntilRandom, type DataStatsReport, dataStats, lambda } from "voxrx/operators";
import { ramp, valuesOf } from "../../support/volumes.ts";

const scans = () => [0, 10].map((start) => ({ image: ramp([1, 2, 1], "float32", start), age: start }));

describe("dataStats", () => {
  test("is deterministic whomever it reports to: a cached prefix goes on after it, with the item's id in the report", async () => {
    await using store = memoryStore();
    const said: string[] = [];
    let worked = 0;
    const counted = lambda({
      keys: "image",
      version: 1,
      func: (image: Volume) => {
        worked++;
        return image;
      },
    });
    const run = (more: object) =>
      Dataset.from(scans(), { id: ({ age }) => `age ${age}` })
        .pipe(
          dataStats({ keys: "image", ...more, onStats: ({ item }) => void said.push(item) }),
          counted,
          cacheUntilRandom({ store }),
        )
        .toArray();
    await run({});
    expect([worked, said]).toEqual([2, ["age 0", "age 10"]]);
    await run({ additionalInfo: () => "more" });
    expect([worked, said.length]).toEqual([2, 2]);
    await run({ prefix: "other" });
    expect(worked).toBe(4);
  });

  const reported = async (image: Volume, options: object = {}) => {
    const reports: DataStatsReport[] = [];
    const onStats = (said: DataStatsReport) => void reports.push(said);
    const [item] = await Dataset.from([{ image }])
      .pipe(dataStats({ keys: "image", ...options, onStats }))
      .toArray();
    expect(item?.image).toBe(image);
    return reports;
  };

  test("tells type, shape and range, and passes the item", async () => {
    const data = Float32Array.of(3, Number.NaN, -1, 2);
    const [said] = await reported(new Volume({ data, shape: [1, 2, 2], layout: "x-fastest" }), {
      prefix: "CT",
      additionalInfo: ({ spacing }: Volume) => spacing,
    });
    expect(said).toEqual({
      item: "0",
      field: "image",
      dataType: "float32",
      dataShape: [1, 2, 2],
      valueRange: [-1, 3],
      additionalInfo: [1, 1],
      text: [
        'CT statistics: item "0", field "image"',
        "Type: float32",
        "Shape: [1, 2, 2]",
        "Value range: (-1, 3)",
        "Additional info: [1,1]",
      ].join("\n"),
    });
  });

  test("leaves out what is not asked for, and says so where there is no value", async () => {
    const empty = new Volume({ data: Float32Array.of(Number.NaN), shape: [1, 1, 1], layout: "x-fastest" });
    expect((await reported(empty, { dataType: false, dataShape: false }))[0]?.text).toBe(
      'Data statistics: item "0", field "image"\nValue range: no values',
    );
    expect((await reported(empty, { valueRange: false }))[0]).toMatchObject({ valueRange: undefined });
  });

  test("writes to stderr unless it is told otherwise", async () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    try {
      // An id that is the name of a file may hold anything.
      await Dataset.from([ramp([1, 2, 1], "uint8")], { id: () => "a\x1b[2J\nb" })
        .pipe(dataStats({ prefix: "here", additionalInfo: () => "c\x1b[2J" }))
        .toArray();
      const facts = "Type: uint8\nShape: [1, 2, 1]\nValue range: (0, 1)\nAdditional info: c\\x1b[2J";
      expect(write.mock.calls.map(([text]) => text)).toEqual([`here statistics: item "a\\x1b[2J\\nb"\n${facts}\n`]);
    } finally {
      write.mockRestore();
    }
  });

  test("names each field with its own prefix, also where one is missing", async () => {
    const said: string[] = [];
    const keys = ["mask", "image"] as const;
    const dataset: Dataset<{ image: Volume; mask: Volume }> = Dataset.from<never>(scans() as never[]);
    const onStats = ({ text }: DataStatsReport) => void said.push(text.split("\n")[0] ?? "");
    await dataset.pipe(dataStats({ keys, prefix: ["A", "B"], allowMissingKeys: true, onStats })).toArray();
    expect(said).toEqual(['B statistics: item "0", field "image"', 'B statistics: item "1", field "image"']);
  });

  test("tells the range of any view as its values are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: -99, max: 99 }), { minLength: 8, maxLength: 8 }), async (values) => {
        const volume = new Volume({ data: Int16Array.from(values), shape: [1, 2, 2, 2], layout: "x-fastest" }).crop(
          [0, 0, 1],
          [2, 1, 2],
        );
        const [min, max] = [Math.min(...valuesOf(volume)), Math.max(...valuesOf(volume))];
        expect((await reported(volume))[0]?.valueRange).toEqual([min, max]);
      }),
    );
  });
});
