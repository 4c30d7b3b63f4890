import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { datalist } from "voxrx/datasets";
import { parseJsonBytes } from "../../src/files/read-json.ts";
import { temporaryFolder } from "../support/folder.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

const parse = (text: string | Buffer) => parseJsonBytes(Buffer.from(text));

test("any JSON is read as JSON.parse reads it, also beside NaN", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      expect(parse(json)).toEqual(JSON.parse(json));
      expect(parse(`[NaN,\n${json}\t,-Infinity]`)).toEqual([Number.NaN, JSON.parse(json), Number.NEGATIVE_INFINITY]);
    }),
  );
});

test("byte order marks, UTF-16 and names of object parts are taken", () => {
  const json = '{"ü":[1,"x"],"__proto__":{"a":1},"constructor":NaN}';
  const swapped = Buffer.from(`\ufeff${json}`, "utf16le").swap16();
  for (const bytes of [json, `\ufeff${json}`, Buffer.from(`\ufeff${json}`, "utf16le"), swapped]) {
    const read = parse(bytes);
    expect(Object.entries(Object(read))).toEqual([
      ["ü", [1, "x"]],
      ["__proto__", { a: 1 }],
      ["constructor", Number.NaN],
    ]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  }
});

test.each<[string | Buffer, RegExp]>([
  ["", /^line 1, column 1: expected a value, got the end/],
  ['{\n  "a": 1,\n}', /^line 3, column 1: expected a name in double quotes, got }/],
  ['{"a": 1\r\n "b": 2}', /^line 2, column 2: expected a comma or }, got "b"/],
  ["{'a': 1}", /^line 1, column 2/],
  ['["a\nb"]', /^line 1, column 2/],
  ["[1, 2] x", /^line 1, column 8: more follows/],
  ["[nan]", /^line 1, column 2/],
  ["[01]", /^line 1, column 2/],
  ['["open', /not closed/],
  ['{"a": 1, "b": {"a": 2},\n "a": 3}', /^line 2, column 2: the name "a" is already in this record/],
  ['{"a": NaN, "\\u0061": 1}', /^line 1, column 12: the name/],
  [`${"[".repeat(2000)}${"]".repeat(2000)}`, /1000 lists/],
  [`${"[".repeat(1e5)}NaN`, /1000 lists/],
  [Buffer.from('{"a":\n "M\xfcller"}', "latin1"), /^line 2, column 4: the byte 0xFC is not valid UTF-8/],
  [Buffer.from('{"a":1}', "utf16le"), /^line 1, column 2: it has a NUL/],
])("%j is refused with its place", (text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test.skipIf(sharedData === undefined)("a list with a byte order mark is a list", async () => {
  const items = await datalist(sharedFile("trouble", "dataset_bom.json")).toArray();
  expect(items).toEqual([{ image: sharedFile("trouble", "a.nii") }]);
});

test("a list that is not JSON says where", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "d.json");
  await writeFile(path, '{"training": [\n{"image": "a.nii"},\n]}');
  await expect(datalist(path).toArray()).rejects.toMatchObject({
    code: "VOXRX_BAD_DATALIST",
    file: path,
    message: expect.stringContaining("line 3, column 1"),
  });
});

test("paths of a list are files or HTTP URLs, below a root that is given, and a list is an own field of the file", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "d.json");
  const listed = async (image: string) => {
    await writeFile(path, JSON.stringify({ training: [image] }));
    return await datalist(path, { root: folder.path }).toArray();
  };
  expect(await listed("..scans/a.nii")).toEqual([{ image: join(folder.path, "..scans/a.nii") }]);
  for (const [image, fault] of [
    ["../a.nii", "inside of"],
    ["s3://scans/a.nii", "inside of"],
    ["a\0.nii", "inside of"],
  ] as const)
    await expect(listed(image)).rejects.toThrow(fault);
  await expect(datalist(path, { section: "constructor" }).toArray()).rejects.toThrow(
    'no list named "constructor"; it has training',
  );
});
