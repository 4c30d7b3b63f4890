import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, type Volume } from "voxrx";
import { readShards } from "voxrx/datasets";
import { onError, take, writeShards } from "voxrx/operators";
import { childScript } from "../../support/children.ts";
import { entriesOf } from "../../support/entries.ts";
import { temporaryFolder, treeOf } from "../../support/folder.ts";
import { anyVolume, ramp, spelledOut } from "../../support/volumes.ts";

type Item = Readonly<Record<string, Volume | Uint8Array | string | number | object | null | boolean>>;
const write = (items: readonly Item[], options: Omit<Parameters<typeof writeShards<Item>>[0], "dir">, dir: string) =>
  Dataset.from(items)
    .pipe(writeShards<Item>({ dir, ...options }))
    .toArray();
const texts = (count: number) => Array.from({ length: count }, (_, n) => ({ note: `item ${n}` }));
const tars = async (dir: string) => (await readdir(dir)).filter((name) => name.endsWith(".tar")).sort();

describe("writeShards", () => {
  const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("-0"));
  const field = fc.oneof(
    anyVolume,
    fc.uint8Array(),
    fc.string({ unit: "grapheme" }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
    fc.boolean(),
    fc.constant(null),
    json.filter((value) => typeof value === "object"),
  );
  const name = fc
    .stringMatching(/^[a-zA-Z_][a-zA-Z_0-9]{0,9}$/)
    .filter((text) => !/^(__.*__|json|txt|text|transcript|cls2?|class|count|index|inx|id|nii)$/i.test(text));
  const items = fc.array(fc.dictionary(name, field, { minKeys: 1, maxKeys: 5 }), { minLength: 1, maxLength: 7 });

  test("readShards gives back what was written, streamed and by index", async () => {
    const property = fc.asyncProperty(
      items,
      fc.integer({ min: 1, max: 3 }),
      fc.boolean(),
      async (given, maxCount, plainNii) => {
        await using folder = await temporaryFolder();
        const passed = await write(given, { maxCount, volumes: plainNii ? "nii" : "nii.gz" }, folder.path);
        expect(passed).toEqual(given);
        const shards = (await tars(folder.path)).map((tar) => join(folder.path, tar));
        expect(shards.length).toBe(Math.ceil(given.length / maxCount));
        const expected = given.map((item, n) => comparable({ ...item, __key__: String(n) }));
        for (const indexed of [false, true]) {
          const read = await readShards(shards, indexed ? { names: "field", indexed } : { names: "field" }).toArray();
          expect(read.map(({ __url__, ...item }) => comparable(item))).toEqual(expected);
        }
      },
    );
    await fc.assert(property, { numRuns: 30, seed: 11 });
  });

  test("every id comes back, streamed and by index, and ordinary ones are keys as they are", async () => {
    const special = fc.constantFrom(
      ..."./\\%_:~ cC2eEuU\0\n\x7f\u0085\u00e9\u0301\u00e4\ud800\udc00",
      "__",
      "%2E",
      "..",
      "%25",
    );
    const id = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(special, { maxLength: 8 }).map((parts) => parts.join("")),
      fc.integer({ min: 300, max: 1500 }).map((n) => `${"é".repeat(n)}.x`),
      fc.constantFrom("", "%", "a", "A", "\u00e9", "e\u0301", ".voxrx/a", "__MACOSX/a", "._a", "c:/a", "__proto__"),
    );
    const property = fc.asyncProperty(fc.uniqueArray(id, { minLength: 20, maxLength: 40 }), async (ids) => {
      await using folder = await temporaryFolder();
      await write(
        ids.map((key, n) => ({ __key__: key, n })),
        { maxCount: 25 },
        folder.path,
      );
      const shards = (await tars(folder.path)).map((tar) => join(folder.path, tar));
      for (const indexed of [false, true]) {
        const read = await readShards(shards, indexed ? { names: "field", indexed } : { names: "field" }).toArray();
        expect(read.map(({ __key__, n }) => [__key__, n])).toEqual(ids.map((key, n) => [key, n]));
      }
    });
    await fc.assert(property, { numRuns: 6, seed: 5 });
  });

  test("the same items make the same bytes, whatever the order of their fields", async () => {
    await using folder = await temporaryFolder();
    const image = ramp([1, 4, 3, 2], "int16");
    await write([{ image, label: 3, about: { a: 1 } }], {}, join(folder.path, "1"));
    await write([{ about: { a: 1 }, label: 3, image }], {}, join(folder.path, "2"));
    expect(await treeOf(join(folder.path, "1"))).toEqual(await treeOf(join(folder.path, "2")));
  });

  test("the tar tool reads the shards", async () => {
    await using folder = await temporaryFolder();
    const key = `${"long/".repeat(40)}name`;
    await write(
      [
        { __key__: key, note: "1", raw: Uint8Array.of(1) },
        { __key__: "b", note: "2" },
      ],
      {},
      folder.path,
    );
    const { stdout, status } = spawnSync(
      "tar",
      ["tvf", join(folder.path, "shard-000000.tar"), "--numeric-owner", "--utc"],
      { encoding: "utf8" },
    );
    expect(status).toBe(0);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(/\s+/).at(-1)),
    ).toEqual([`${key}.note.txt`, `${key}.raw`, "b.note.txt"]);
    expect(
      stdout
        .trim()
        .split("\n")
        .every((line) => /^-rw-r--r-- 0\/0 +\d+ 1970-01-01 00:00 /.test(line)),
    ).toBe(true);
  });

  test("shards end where the limits say; an item larger than a shard has one of its own", async () => {
    await using folder = await temporaryFolder();
    const sizes = [1000, 1000, 9000, 1000, 1000, 1000];
    await write(
      sizes.map((size) => ({ raw: new Uint8Array(size) })),
      { maxBytes: 5120, prefix: "b" },
      folder.path,
    );
    const counts = [];
    for (const name of await tars(folder.path)) {
      const path = join(folder.path, name);
      const index = JSON.parse(await readFile(`${path}.index.json`, "utf8"));
      expect(index.bytes).toBe((await readFile(path)).length);
      counts.push(index.items.length);
    }
    expect(counts).toEqual([2, 1, 2, 1]);
  });

  test("fields chooses what is written and how files are named, as WebDataset users expect", async () => {
    await using folder = await temporaryFolder();
    const items = [{ image: ramp([1, 2, 2, 2]), label: 4, note: "left out" }];
    await write(items, { fields: { image: "nii.gz", label: "cls" }, id: () => "s/1" }, folder.path);
    const [item] = await readShards(join(folder.path, "shard-000000.tar")).toArray();
    expect(Object.keys(item ?? {}).sort()).toEqual(["__key__", "__url__", "cls", "nii.gz"]);
    expect(item?.__key__).toBe("s/1");
  });

  test("what readShards gave can be written again under the same names", async () => {
    await using folder = await temporaryFolder();
    const items = [{ "ct.nii.gz": ramp([1, 2, 2, 2]), cls: 4, json: [1], "a.bin": Uint8Array.of(1) }];
    await write(items, {}, join(folder.path, "1"));
    const again = readShards<Item>(join(folder.path, "1/shard-000000.tar"));
    await again.pipe(writeShards<Item>({ dir: join(folder.path, "2") })).toArray();
    expect(await treeOf(join(folder.path, "2"))).toEqual(await treeOf(join(folder.path, "1")));
  });

  test("a run that is left keeps whole shards and nothing else", async () => {
    await using folder = await temporaryFolder();
    const ds = Dataset.from(texts(10)).pipe(writeShards({ dir: folder.path, maxCount: 2 }), take(5));
    await ds.toArray();
    expect((await readdir(folder.path)).sort()).toEqual(
      [0, 1].flatMap((n) => [`shard-00000${n}.tar`, `shard-00000${n}.tar.index.json`]),
    );
  });

  test.each([false, true])("of two runs at once, one writes all of its items (overwrite: %s)", async (overwrite) => {
    await using folder = await temporaryFolder();
    const items = (name: string) => Array.from({ length: 6 }, (_, n) => ({ note: `${name}${n}` }));
    const runs = ["A", "B"].map((name) => write(items(name), { maxCount: 2, overwrite }, folder.path));
    const results = await Promise.allSettled(runs);
    const winner = results.findIndex(({ status }) => status === "fulfilled");
    expect(results[1 - winner]).toMatchObject({ status: "rejected", reason: { code: "VOXRX_WRITE_FAILED" } });
    const shards = (await tars(folder.path)).map((name) => join(folder.path, name));
    for (const indexed of [false, true]) {
      const read = await readShards(shards, indexed ? { names: "field", indexed } : { names: "field" }).toArray();
      expect(read.map((sample) => sample.note)).toEqual(items("AB"[winner] ?? "").map(({ note }) => note));
    }
    expect((await readdir(folder.path)).filter((name) => /lock|tmp/.test(name))).toEqual([]);
  });

  test("shards that are there are an error, or replaced with those beyond the end removed", async () => {
    await using folder = await temporaryFolder();
    await write(texts(6), { maxCount: 2 }, folder.path);
    await writeFile(join(folder.path, "shard-other.tar"), "mine");
    const before = await treeOf(folder.path);
    await expect(write(texts(1), {}, folder.path)).rejects.toMatchObject({ code: "VOXRX_WRITE_FAILED" });
    expect(await treeOf(folder.path)).toEqual(before);
    await write(texts(3), { maxCount: 2, overwrite: true }, folder.path);
    expect(await tars(folder.path)).toEqual(["shard-000000.tar", "shard-000001.tar", "shard-other.tar"]);
    expect((await readdir(folder.path)).length).toBe(5);
  });

  test.each([
    ["a function", { f: () => 1 }, "VOXRX_UNCACHEABLE"],
    ["an undefined in a record", { f: { a: undefined } }, "VOXRX_UNCACHEABLE"],
    ["NaN", { f: Number.NaN }, "VOXRX_UNCACHEABLE"],
    ["a negative zero in a record", { f: { a: -0 } }, "VOXRX_UNCACHEABLE"],
    ["a list with a gap", { f: new Array(2) }, "VOXRX_UNCACHEABLE"],
    ["a symbol as a name", { f: { [Symbol("a")]: 1 } }, "VOXRX_UNCACHEABLE"],
    ["floats", { f: new Float32Array(2) }, "VOXRX_UNCACHEABLE"],
    ["half a character", { f: "\ud800" }, "VOXRX_UNCACHEABLE"],
    ["a name with a slash", { "a/b": 1 }, "VOXRX_UNCACHEABLE"],
    ["two names that differ by case alone, which WebDataset takes for one", { a: 1, A: 2 }, "VOXRX_UNCACHEABLE"],
    ["no field", {}, "VOXRX_UNCACHEABLE"],
  ])("%s is one item's own failure and leaves no trace", async (_, item, code) => {
    await using folder = await temporaryFolder();
    const given = [...texts(1), item as Item, { __key__: "last", note: "last" }];
    const seen: string[] = [];
    const ds = Dataset.from(given).pipe(
      writeShards<Item>({ dir: folder.path }),
      onError({ skip: true, onSkip: (error) => seen.push(`${error.code} ${error.operator} ${error.item}`) }),
    );
    expect((await ds.toArray()).length).toBe(2);
    expect(seen).toEqual([`${code} writeShards 1`]);
    const read = await readShards(join(folder.path, "shard-000000.tar")).toArray();
    expect(read.map(({ __key__ }) => __key__)).toEqual(["0", "last"]);
  });

  test("a folder that cannot be made is an error that names it", async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, "file"), "");
    const dir = join(folder.path, "file", "shards");
    await expect(write(texts(1), {}, dir)).rejects.toMatchObject({ code: "VOXRX_WRITE_FAILED", file: dir });
  });

  test.skipIf(process.platform === "win32")("an item that fits in half is an error, not half an item", async () => {
    await using folder = await temporaryFolder();
    const child = childScript("write-shards");
    const limited = 'trap "" XFSZ; ulimit -f 100; exec "$@"'; // as a disk that fills up: 100 KiB
    const { stdout } = spawnSync("bash", ["-c", limited, "", process.execPath, child, folder.path]);
    expect(String(stdout).split("\n")).toEqual(["0", "VOXRX_WRITE_FAILED", ""]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("a run that continues after an item writes the same shards again, and gives what was left", async () => {
    await using folder = await temporaryFolder();
    const items = [...texts(3), { f: Number.NaN }, ...texts(3)];
    const dir = join(folder.path, "shards");
    const ds = Dataset.from<Item>(items).pipe(
      writeShards<Item>({ dir, maxCount: 2, overwrite: true }),
      onError({ skip: true, onSkip: () => undefined }),
    );
    const all = await entriesOf(ds);
    const written = await treeOf(dir);
    expect(all.map(({ id }) => id)).toEqual(["0", "1", "2", "4", "5", "6"]);
    for (const [n, { next }] of all.entries()) {
      expect((await entriesOf(ds, next)).map(({ id }) => id)).toEqual(all.slice(n + 1).map(({ id }) => id));
      expect(await treeOf(dir)).toEqual(written);
    }
  });

  test("composing and leaving out the run writes nothing; an empty run makes no shard", async () => {
    await using folder = await temporaryFolder();
    const dir = join(folder.path, "shards");
    const ds = Dataset.from(texts(2)).pipe(writeShards({ dir }));
    expect(ds.explain()).toContain("writeShards");
    expect(await readdir(folder.path)).toEqual([]);
    await mkdir(dir);
    await write([], {}, dir);
    expect(await readdir(dir)).toEqual([]);
  });

  test("checks its options when it is composed", () => {
    for (const options of [
      { prefix: "a/b" },
      { maxCount: 0 },
      { fields: { a: "cls", b: "cls" } },
      { fields: { a: "x.cls", b: "X.cls" } },
      { fields: { a: "../x" } },
      { maxBytes: "big" },
    ]) {
      const make = () => writeShards({ dir: "x", ...(options as object) });
      expect(make).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });
});

/** NIfTI adds where a volume came from, and a third axis to 2D volumes of several channels; float64 is read as float32. */
function comparable(item: Readonly<Record<string, unknown>>): unknown {
  return JSON.parse(
    JSON.stringify(spelledOut(item), (name, value) => {
      if (name === "meta") return undefined;
      if (name === "dtype" && value === "float64") return "float32";
      return name === "shape" && value.length === 3 && value[0] > 1 ? [...value, 1] : value;
    }),
  );
}
