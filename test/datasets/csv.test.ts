import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import { type Dataset, IndexedDataset } from "voxrx";
import { csv } from "voxrx/datasets";
import { map } from "voxrx/operators";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";

const table = [
  "\uFEFFimage,age,left handed,x,y,note",
  'a.nii,47.5,no,1,2,"first, and ""best"""',
  "b.nii,,true,3,4,",
  "",
  " c.nii , 12 ,0,5,6,ünïcode",
].join("\r\n");

async function tableFile(text = table) {
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
  const body = Buffer.from(`n\n${Array.from({ length: 400_000 }, (_, n) => n).join("\n")}\n`);
  await using server = await serveFiles({ "/t.csv": { body, etag: '"1"', faults: [{ cutAfter: 1_000_000 }] } });
  const rows = csv(`${server.origin}/t.csv`, { types: { n: "integer" }, streaming: true });
  let sum = 0;
  for await (const { n } of rows) sum += n;
  expect(sum).toBe((400_000 * 399_999) / 2);
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
