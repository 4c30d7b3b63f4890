import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, expectTypeOf, test } from "vitest";
import { type Dataset, IndexedDataset } from "voxrx";
import { csv } from "voxrx/datasets";
import { map } from "voxrx/operators";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

const table = [
  "\uFEFFimage,age,left handed,x,y,note",
  'a.nii,47.5,no,1,2,"first, and ""best"""',
  "b.nii,,true,3,4,",
  "",
  " c.nii , 12 ,0,5,6,ünïcode",
].join("\r\n");

async function tableFile(text: string | Buffer = table) {
  const folder = await temporaryFolder();
  const path = join(folder.path, "table.csv");
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

const typed = {
  columns: ["image"],
  types: { age: "number", "left handed": "boolean" },
  defaults: { age: 0 },
  groups: { position: ["x", "y"] },
  id: "image",
} as const;

test("columns are chosen, converted, filled and grouped; quotes, blanks, BOM and empty lines are handled", async () => {
  await using file = await tableFile();
  const rows = await csv(file.path, typed).toArray();
  expect(rows).toEqual([
    { image: "a.nii", age: 47.5, "left handed": false, position: ["1", "2"] },
    { image: "b.nii", age: 0, "left handed": true, position: ["3", "4"] },
    { image: "c.nii", age: 12, "left handed": false, position: ["5", "6"] },
  ]);
  const plain = await csv(file.path).toArray();
  expect(plain[0]).toEqual({
    image: "a.nii",
    age: "47.5",
    "left handed": "no",
    x: "1",
    y: "2",
    note: 'first, and "best"',
  });
  expect(plain[2]?.note).toBe("ünïcode");
});

test("columns of a .tsv are told by its name; a table without a header is an error", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "participants.TSV");
  await writeFile(path, 'participant_id\tnote\nsub-1\ta, "b\n');
  expect(await csv(path).toArray()).toEqual([{ participant_id: "sub-1", note: 'a, "b' }]);
  await writeFile(path, "\n\n");
  for (const streaming of [false, true] as const) {
    const run = streaming ? csv(path, { streaming }).toArray() : csv(path).toArray();
    await expect(run).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST", message: expect.stringContaining("empty") });
  }
});

test("the compiler knows the columns", () => {
  const rows = csv("table.csv", typed);
  expectTypeOf(rows).toExtend<IndexedDataset<{ image: string; age: number; "left handed": boolean }>>();
  const streamed = csv("table.csv", { columns: ["image"], streaming: true });
  expectTypeOf(streamed).toEqualTypeOf<Dataset<{ readonly image: string }>>();
});

test("rows are keyed by a column, listed once, or streamed anew in every run", async () => {
  await using file = await tableFile();
  const keys = await csv(file.path, typed)
    .pipe(map((_, { id }) => id))
    .toArray();
  expect(keys).toEqual(["a.nii", "b.nii", "c.nii"]);
  const listed = csv(file.path);
  const streamed = csv(file.path, { streaming: true });
  expect(listed).toBeInstanceOf(IndexedDataset);
  expect(streamed).not.toBeInstanceOf(IndexedDataset);
  expect(await streamed.toArray()).toEqual(await listed.toArray());
  await writeFile(file.path, "image\nnew.nii\n");
  expect((await listed.toArray()).length).toBe(3);
  expect(await streamed.toArray()).toEqual([{ image: "new.nii" }]);
});

test("a table is read from a server; leaving a stream early closes the connection", async () => {
  const body = Buffer.from(`n\n${Array.from({ length: 100_000 }, (_, n) => n).join("\n")}\n`);
  await using server = await serveFiles({ "/t.csv": { body, etag: '"1"', faults: [{ cutAfter: 250_000 }] } });
  const rows = csv(`${server.origin}/t.csv`, { types: { n: "integer" }, streaming: true });
  let sum = 0;
  for await (const { n } of rows) sum += n;
  expect(sum).toBe((100_000 * 99_999) / 2);
  for await (const _ of rows) break;
  await (await server.request(server.requests.length - 1)).closed;
});

test.each([
  ["a,b\n1,2,3\n", {}, /line 2/],
  ["a,b\n1,2\n3\n", {}, /line 3/],
  ['a\n"open\n', {}, /line/],
  ["a,b\n1,x\n", { types: { b: "number" } }, /line 2, column "b": expected type number, got "x"/],
  ["a\n1.5\n", { types: { a: "integer" } }, /expected type integer, got "1\.5"/],
  ["a,b\n,1\n", { types: { a: "number" } }, /expected type number, got ""/],
  ["a,a\n1,2\n", {}, /same name/],
  ["a\n1\n", { columns: ["b"] }, /no column "b", only a/],
] as const)("a table that does not serve is refused with its line: %j", async (text, options, message) => {
  await using file = await tableFile(text);
  const rows: Dataset<unknown> = csv(file.path, options as object);
  await expect(rows.toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST", file: file.path });
  await expect(rows.toArray()).rejects.toThrow(message);
});

test("limits and absent files are errors of the run, wrong options of the composition", async () => {
  await using file = await tableFile();
  await expect(csv(file.path, { maxItems: 2 }).toArray()).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  await expect(csv(`${file.path}.gone`).toArray()).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
  expect(() => csv(file.path, { delimiter: "::" })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
});

const umlaut = "image,age\nMüller.nii,1\n";
const big = Buffer.from(`\ufeff${umlaut}`, "utf16le").swap16();

test.each<[string, string | Buffer, object]>([
  ["UTF-8 with a mark", `\ufeff${umlaut}`, {}],
  ["UTF-16 LE with a mark", Buffer.from(`\ufeff${umlaut}`, "utf16le"), {}],
  ["UTF-16 BE with a mark", big, {}],
  ["UTF-16 LE as told", Buffer.from(umlaut, "utf16le"), { encoding: "utf-16le" }],
  ["Latin-1 as told", Buffer.from(umlaut, "latin1"), { encoding: "latin1" }],
  ["gzip", gzipSync(umlaut), {}],
  ["gzip of UTF-16", gzipSync(big), {}],
  ["CR LF", umlaut.replaceAll("\n", "\r\n"), {}],
  ["CR", umlaut.replaceAll("\n", "\r"), {}],
  ["mixed line ends", umlaut.replace("\n", "\r\n"), {}],
  ["Excel's first line", `sep=;\r\n${umlaut.replaceAll(",", ";")}`, {}],
  ["Excel's first line, in quotes", `\ufeff"sep=;"\n${umlaut.replaceAll(",", ";")}`, {}],
])("%s is read, whatever the pieces it comes in", async (_, text, options) => {
  await using file = await tableFile(text);
  const rows: Dataset<unknown> = csv(file.path, options);
  expect(await rows.toArray()).toEqual([{ image: "Müller.nii", age: "1" }]);
});

test("line ends may be mixed in one column and in quotes", async () => {
  await using file = await tableFile('image\r\na\n"b\rb"\rc\r\n\n"d\r\nd"');
  expect(await csv(file.path).toArray()).toEqual([
    { image: "a" },
    { image: "b\rb" },
    { image: "c" },
    { image: "d\r\nd" },
  ]);
});

test.each<[string | Buffer, object, RegExp]>([
  [
    Buffer.from("image,age\r\nok,1\r\nM\xfcller.nii,1\n", "latin1"),
    {},
    /line 3, column 2: the byte 0xFC.*windows-1252/,
  ],
  [Buffer.concat([Buffer.from("a\nü"), Buffer.from([0xe2, 0x82])]), {}, /line 2, column 2: the byte 0xE2/],
  ["a,b\n1,\0\n", {}, /line 2, column 3: it has a NUL/],
  [Buffer.from(umlaut, "utf16le"), {}, /line 1, column 2: it has a NUL/],
  [Buffer.from("PK\x03\x04xx", "latin1"), {}, /Excel workbook \(\.xlsx\)/],
  ['a,b\n1,2"3\n', {}, /line 2, field 2: a quote inside/],
  ['a,b\n1,2\n="001",1\n', {}, /line 3, field 1: a quote inside/],
  ["sep=;\na;b\n1\n", {}, /line 3/],
  ["a;b\n1;2\n", {}, /delimiter seems to be ";"/],
  ['a,b,"a"\n1,2,3\n', {}, /same name "a"/],
  ["a\nNA\n", { types: { a: "number" } }, /line 2.*got "NA".*defaults/],
  ...["0x10", "1,5", "Infinity", "1e999", "1_000", "1 000", "--1", "."].map((text): [string, object, RegExp] => [
    `a\n"${text}"\n`,
    { types: { a: "number" } },
    /line 2, column "a": expected type number/,
  ]),
  ["a\nconstructor\n", { types: { a: "boolean" } }, /expected type boolean, got "constructor"/],
])("%j is refused with its place", async (text, options, message) => {
  await using file = await tableFile(text);
  const rows: Dataset<unknown> = csv(file.path, options);
  await expect(rows.toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST", file: file.path });
  await expect(rows.toArray()).rejects.toThrow(message);
});

test("numbers are decimal; what is missing takes the default of a typed column only", async () => {
  await using file = await tableFile('n,s\n1e3,NA\n" 5 ",NaN\n-.5,\nn/a,x\nNULL,y\n');
  const rows = await csv(file.path, { types: { n: "number" }, defaults: { n: -1 } }).toArray();
  expect(rows.map(({ n }) => n)).toEqual([1000, 5, -0.5, -1, -1]);
  expect(rows.map(({ s }) => s)).toEqual(["NA", "NaN", "", "x", "y"]);
});

test("any name is just a column, and stays one on the way through a pipeline", async () => {
  await using file = await tableFile("constructor,__proto__,toString,image\nx,p,t,a\n");
  const [row] = await csv(file.path, { types: { __proto__: "string" }, groups: { valueOf: ["__proto__"] } })
    .pipe(map((one: object) => one))
    .toArray();
  expect(Object.entries(row ?? {})).toEqual([
    ["constructor", "x"],
    ["__proto__", "p"],
    ["toString", "t"],
    ["image", "a"],
    ["valueOf", ["p"]],
  ]);
});

test("a line without an end is refused before it fills the memory", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "line.csv");
  const file = await open(path, "w");
  await file.write(`a\n${"x".repeat(3 * 2 ** 20)}`);
  await file.close();
  await expect(csv(path).toArray()).rejects.toThrow(/line 2.*longer than 1048576/);
});

test.skipIf(sharedData === undefined)("tables of other programs", async () => {
  const rows = (name: string) => csv(sharedFile("trouble", name)).toArray();
  expect(await rows("mixed_line_ends_one_column.csv")).toEqual([{ image: "a" }, { image: "b" }, { image: "c" }]);
  expect((await rows("column_constructor.csv")).map((row) => Object.entries(row))).toEqual([
    [
      ["constructor", "x"],
      ["image", "a"],
    ],
  ]);
  await expect(rows("latin1.csv")).rejects.toThrow(/line 2, column 2/);
  await expect(rows("excel_formula.csv")).rejects.toThrow(/line 2/);
});

test.each([
  [Buffer.from("image,age\na.nii,5\n", "utf16le").swap16(), /line 1, column 10: .*bytes swapped/],
  ["image\n\u001b$B2hA|\u001b(B\n", /line 2, column 1: .*ISO-2022/],
  ["<!DOCTYPE html><html>Sign in</html>", /web page/],
  ["\n  <?xml version='1.0'?>\n<Error/>\n", /XML/],
  ["version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", /git lfs pull/],
  ["PAR1\u0015", /Parquet/],
  ["BZh91AY&SY", /bzip2/],
  ["%PDF-1.4\n1,2\n", /PDF/],
  [gzipSync(gzipSync("a\n1\n")), /gzip inside gzip/],
])("what is not a table in the encoding is refused, not read as one: %j", async (text, message) => {
  await using file = await tableFile(text);
  const options = Buffer.isBuffer(text) && text[0] === 0 ? { encoding: "utf-16le" } : {};
  await expect(csv(file.path, options).toArray()).rejects.toMatchObject({
    code: "VOXRX_BAD_DATALIST",
    file: file.path,
    message: expect.stringMatching(message),
  });
});

test.each(["9007199254740991.4", "5.00000000000000000001", "1e-400", "9007199254740993", "15e-1"])(
  "%s is not an integer",
  async (text) => {
    await using file = await tableFile(`i\n${text}\n`);
    await expect(csv(file.path, { types: { i: "integer" } }).toArray()).rejects.toThrow(`line 2, column "i"`);
  },
);

test.each([
  ["5.000", 5],
  ["120e-1", 12],
  [".5e1", 5],
  ["-0", -0],
  ["0.00e-9", 0],
])("%s is the integer %d", async (text, value) => {
  await using file = await tableFile(`i\n${text}\n`);
  expect(await csv(file.path, { types: { i: "integer" } }).toArray()).toEqual([{ i: value }]);
});

test("an integer that a number would round is refused, a number with an exponent is rounded", async () => {
  await using file = await tableFile("n\n1e23\n9007199254740992\n12345678901234567890\n");
  await expect(csv(file.path, { types: { n: "number" } }).toArray()).rejects.toThrow(/line 4.*read it as a string/);
});

test("defaults have the type of a column that exists, a delimiter is neither a quote nor a line end", async () => {
  await using file = await tableFile("a,b\n1,2\n");
  expect(() => csv(file.path, { types: { a: "integer" }, defaults: { a: 1.5 } })).toThrow("defaults.a: expected type");
  const misnamed = { defaults: { c: "x" } };
  await expect(csv(file.path, misnamed).toArray()).rejects.toThrow('no column "c"');
  for (const delimiter of ['"', "\n", "\r"]) expect(() => csv(file.path, { delimiter })).toThrow("delimiter");
});

test("a path with NUL is an error of the path", async () => {
  await expect(csv("a\0b.csv").toArray()).rejects.toMatchObject({ code: "VOXRX_FILE_UNREADABLE" });
});
