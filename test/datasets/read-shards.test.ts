import { rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { type Dataset, encodeNifti, type Volume } from "voxrx";
import { readShards } from "voxrx/datasets";
import type { Stage } from "voxrx/extend";
import { map } from "voxrx/operators";
import { expandBraces } from "../../datasets/expand-braces.ts";
import { type PackedEntry, tarOf } from "../support/archives.ts";
import { entriesOf } from "../support/entries.ts";
import { temporaryFolder } from "../support/folder.ts";
import { floats, npy } from "../support/npy-file.ts";
import { ramp } from "../support/volumes.ts";

async function shardsOf(shards: Readonly<Record<string, readonly PackedEntry[]>>) {
  const folder = await temporaryFolder();
  for (const [name, entries] of Object.entries(shards)) {
    const bytes = await tarOf(entries);
    await writeFile(join(folder.path, name), name.endsWith(".gz") ? gzipSync(bytes) : bytes);
  }
  return {
    at: (name: string) => join(folder.path, name),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** `count` shards `s-N.tar` with `each` samples: one field `id`. */
const numbered = (count: number, each = 3) =>
  shardsOf(
    Object.fromEntries(
      Array.from({ length: count }, (_, shard) => [
        `s-${shard}.tar`,
        Array.from({ length: each }, (_, n) => ({ name: `k${n}.id`, content: String(shard * each + n) })),
      ]),
    ),
  );
const bytesOf = (text: string) => new TextEncoder().encode(text);
const idsOf = async (ds: Dataset<{ id: number }>) => (await ds.toArray()).map(({ id }) => id);
const code = (name: string) => expect.objectContaining({ code: name });

describe("patterns", () => {
  test.each([
    ["a.tar", ["a.tar"]],
    ["d-{000..002}.tar", ["d-000.tar", "d-001.tar", "d-002.tar"]],
    ["d-{8..10}.tar", ["d-8.tar", "d-9.tar", "d-10.tar"]],
    ["d-{08..10}.tar", ["d-08.tar", "d-09.tar", "d-10.tar"]],
    ["{train,val}-{0..1}.tar", ["train-0.tar", "train-1.tar", "val-0.tar", "val-1.tar"]],
    ["{a,{b,c}}{2..0..2}", ["a2", "a0", "b2", "b0", "c2", "c0"]],
    ["{{1..2},{5..6}}", ["1", "2", "5", "6"]],
    ["{a,{1..2},}", ["a", "1", "2", ""]],
    ["part-{a..e..2}{C..B}", ["part-aC", "part-aB", "part-cC", "part-cB", "part-eC", "part-eB"]],
    ["{no}-{}.tar", ["{no}-{}.tar"]],
    ["{{a,b}-{1.5..3}}", ["{a-{1.5..3}}", "{b-{1.5..3}}"]],
    ["{a,b", ["{a,b"]],
  ])("%s", (pattern, names) => expect(expandBraces(pattern)).toEqual(names));

  test("too many names are refused before they are made", () => {
    expect(() => expandBraces("{0..9999999}")).toThrow(code("VOXRX_BAD_OPTION"));
    expect(() => expandBraces("{0..9999}{0..9999}")).toThrow(code("VOXRX_BAD_OPTION"));
  });
});

describe("WebDataset's rules", () => {
  const long = `${"deep/".repeat(40)}case`;

  test("group files by their name up to the first dot, and decode by ending", async () => {
    const image = await encodeNifti(ramp([1, 3, 4, 5], "int16"), { gzip: true });
    await using shards = await shardsOf({
      "a.tar": [
        { name: "__meta__/about.json", content: "{}" },
        { name: "LICENSE", content: "no sample" },
        { name: "v1.2/", type: "directory" },
        { name: "v1.2/case1.CT.nii.gz", content: image },
        { name: "v1.2/case1.json", content: '{"age":61}' },
        { name: "v1.2/case1.cls", content: "2\n" },
        { name: "v1.2/case1.raw", content: Buffer.from([1, 2, 3]) },
        { name: "v1.2/.hidden", content: "no sample" },
        { name: `${long}.txt`, content: "größer" },
        { name: `${long}.transcript`, content: "" },
      ],
    });
    type Sample = { readonly "ct.nii.gz"?: Volume; readonly json?: { readonly age: number } };
    const samples = await readShards<Sample>(shards.at("a.tar")).toArray();
    expectTypeOf(samples[0]?.json?.age).toEqualTypeOf<number | undefined>();
    expect(samples.length).toBe(2);
    const { "ct.nii.gz": ct, ...first } = samples[0] ?? {};
    expect(first).toEqual({
      __key__: "v1.2/case1",
      __url__: shards.at("a.tar"),
      json: { age: 61 },
      cls: 2,
      raw: Uint8Array.of(1, 2, 3),
    });
    expect([...(ct?.storage ?? [])]).toEqual([...ramp([1, 3, 4, 5], "int16").storage]);
    expect(samples[1]).toEqual({ __key__: long, __url__: shards.at("a.tar"), txt: "größer", transcript: "" });
  });

  test("a number beyond what a number holds is an error, not another number; JSON may begin with a mark", async () => {
    await using shards = await shardsOf({
      "a.tar": [
        { name: "a.id", content: "9007199254740991" },
        { name: "a.json", content: '\ufeff{"b":1}' },
      ],
      "b.tar": [{ name: "a.id", content: "9007199254740993" }],
    });
    expect(await readShards(shards.at("a.tar")).toArray()).toMatchObject([{ id: 9007199254740991, json: { b: 1 } }]);
    await expect(readShards(shards.at("b.tar")).toArray()).rejects.toMatchObject({
      code: "VOXRX_BAD_ARCHIVE",
      file: `${shards.at("b.tar")}/a.id`,
    });
  });

  test("GNU long names and pax names come as they are", async () => {
    const name = `${"x".repeat(180)}.txt`;
    const plain = await tarOf([{ name: "short.txt", content: "1" }]);
    const longName = Buffer.alloc(1024);
    plain.copy(longName, 0, 0, 512);
    longName.write("././@LongLink\0", 0);
    longName.write(`${name.length.toString(8).padStart(11, "0")}\0`, 124);
    longName.write("L", 156);
    longName.fill(" ", 148, 156);
    const sum = longName.subarray(0, 512).reduce((a, b) => a + b, 0);
    longName.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    longName.write(name, 512);
    await using shards = await shardsOf({ "pax.tar": [{ name, content: "1" }] });
    await writeFile(shards.at("gnu.tar"), Buffer.concat([longName, plain]));
    const samples = await readShards(shards.at("{pax,gnu}.tar")).toArray();
    expect(samples.map(({ __key__ }) => __key__)).toEqual(["x".repeat(180), "x".repeat(180)]);
  });

  test("a field twice in a sample is an error; the same key later is another sample", async () => {
    await using shards = await shardsOf({
      "twice.tar": [
        { name: "a.txt", content: "1" },
        { name: "a.txt", content: "2" },
      ],
      "later.tar": ["a", "b", "a"].map((key) => ({ name: `${key}.txt`, content: key })),
    });
    await expect(readShards(shards.at("twice.tar")).toArray()).rejects.toMatchObject({
      code: "VOXRX_BAD_ARCHIVE",
      message: expect.stringMatching(/contains the file ".*" twice/),
    });
    expect((await readShards(shards.at("later.tar")).toArray()).map(({ txt }) => txt)).toEqual(["a", "b", "a"]);
  });

  test("decode: false leaves bytes, and own decoders come first", async () => {
    const content = { name: "a.seg.json", content: "[1]" };
    await using shards = await shardsOf({ "a.tar.gz": [content, { name: "a.cls", content: "7" }] });
    const read = async (decode: NonNullable<Parameters<typeof readShards>[1]>["decode"]) => {
      const { __key__, __url__, ...fields } = (await readShards(shards.at("a.tar.gz"), { decode }).toArray())[0] ?? {};
      return fields;
    };
    expect(await read(false)).toEqual({ "seg.json": bytesOf("[1]"), cls: bytesOf("7") });
    expect(await read({ json: (bytes, { sampleKey }) => `${sampleKey}${bytes.length}` })).toEqual({
      "seg.json": "a3",
      cls: 7,
    });
    expect(await read({ "seg.json": false })).toEqual({ "seg.json": bytesOf("[1]"), cls: 7 });
  });

  test.each([
    ["x.json", "{"],
    ["x.cls", "one"],
    ["x.cls", "0x10"],
    ["x.txt", Buffer.from([0xff, 0xfe])],
    ["x.npy", npy({ shape: [3], bytes: floats(1, 2, 3) })],
  ])("%s that is none names its file and is one item's own failure", async (name, content) => {
    await using shards = await shardsOf({ "a.tar": [{ name, content }] });
    const failing = readShards(shards.at("a.tar")).toArray();
    await expect(failing).rejects.toMatchObject({
      code: "VOXRX_BAD_ARCHIVE",
      item: "a.tar/x",
      file: `${shards.at("a.tar")}/${name}`,
      remedy: expect.stringContaining("decode: { EXTENSION: false }"),
    });
  });
});

describe("order and sharing", () => {
  test("item keys are the shard's name and the key, in every epoch and order", async () => {
    await using shards = await numbered(3, 2);
    const ds = readShards<{ id: number }>(shards.at("s-{0..2}.tar"), { shuffle: { buffer: 4 } });
    for (const epoch of [0, 1]) {
      const keys = ds.epoch(epoch).pipe(map(({ __url__, __key__ }, { id }) => [id, `${basename(__url__)}/${__key__}`]));
      for await (const [key, expected] of keys) expect(key).toBe(expected);
    }
  });

  test("shards are shuffled by seed and epoch, and by nothing else", async () => {
    await using shards = await numbered(8, 2);
    const of = (seed: number) => readShards<{ id: number }>(shards.at("s-{0..7}.tar"), { seed, shuffle: {} });
    const first = await idsOf(of(1).epoch(0));
    expect(await idsOf(of(1).epoch(0))).toEqual(first);
    expect(await idsOf(of(1).epoch(1))).not.toEqual(first);
    expect(await idsOf(of(2).epoch(0))).not.toEqual(first);
    expect([...first].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, n) => n));
    for (let n = 0; n < 16; n += 2) expect(first[n + 1]).toBe((first[n] ?? 0) + 1);
    const overridden = of(1).iterate({ epoch: 0, seed: 2 });
    expect((await overridden.next()).value?.id).toBe((await idsOf(of(2).epoch(0)))[0]);
    await overridden.return();
  });

  test("a buffer shuffles within and across shards, without loss", async () => {
    await using shards = await numbered(3, 10);
    const ids = await idsOf(readShards(shards.at("s-{0..2}.tar"), { shuffle: { shards: false, buffer: 8 } }));
    expect(ids).not.toEqual(Array.from({ length: 30 }, (_, n) => n));
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, n) => n));
  });

  test("interleaved shards give samples in turn", async () => {
    await using shards = await shardsOf({
      "s-0.tar": [0, 1, 2].map((n) => ({ name: `${n}.id`, content: `${n}` })),
      "s-1.tar": [{ name: "0.id", content: "10" }],
      "s-2.tar": [0, 1].map((n) => ({ name: `${n}.id`, content: `2${n}` })),
    });
    expect(await idsOf(readShards(shards.at("s-{0..2}.tar"), { interleave: 2 }))).toEqual([0, 10, 1, 20, 2, 21]);
    expect(await idsOf(readShards(shards.at("s-{0..2}.tar"), { interleave: 9 }))).toEqual([0, 10, 20, 1, 21, 2]);
  });

  test("a run continues after any sample, again and again, without the shards that are done", async () => {
    const uneven = { "s-0.tar": 3, "s-1.tar": 1, "s-2.tar": 4, "s-3.tar": 2, "s-4.tar": 1 };
    await using shards = await shardsOf(
      Object.fromEntries(
        Object.entries(uneven).map(([name, count]) => [
          name,
          Array.from({ length: count }, (_, n) => ({ name: `${n}.id`, content: String(n) })),
        ]),
      ),
    );
    const pattern = shards.at("s-{0..4}.tar");
    for (const interleave of [1, 2, 3, 9]) {
      for (const options of [{}, { shuffle: {} }, { shuffle: { buffer: 3 } }]) {
        const ds = readShards(pattern, { interleave, ...options });
        const all = (await entriesOf(ds)).map(({ id, index, next }) => ({ id, index, next }));
        expect(all.length).toBe(11);
        for (const [n, { next }] of all.entries()) {
          const rest = (await entriesOf(ds, next)).map(({ id, index, next }) => ({ id, index, next }));
          expect(rest).toEqual(all.slice(n + 1));
        }
      }
    }
    const ds = readShards(pattern);
    const [, , , , fifth, ...rest] = await entriesOf(ds);
    for (const name of ["s-0.tar", "s-1.tar"]) await rm(shards.at(name));
    expect((await entriesOf(ds, fifth?.next)).map(({ id }) => id)).toEqual(rest.map(({ id }) => id));
    await expect(entriesOf(ds, 5)).rejects.toMatchObject({ code: "VOXRX_BAD_POSITION", operator: "readShards" });
  });

  test("what decides the samples is known: shards, shares, order and decoding", () => {
    const identity = (options: Parameters<typeof readShards>[1], pattern = "{a,b,c}.tar") => {
      const stages: unknown[] = [];
      for (let stage: Stage<unknown> | undefined = readShards(pattern, options).stage; stage; [stage] = stage.inputs) {
        stages.push(stage.identity);
      }
      return JSON.stringify(stages);
    };
    const base = identity({});
    expect(identity({ concurrency: 3, headers: { token: "t" }, maxItemBytes: 5 })).toBe(base);
    const others = [
      identity({}, "{a,b}.tar"),
      ...[{ seed: 1 }, { worldSize: 2 }, { workers: 2 }, { interleave: 2 }, { shuffle: {} }, { dtype: "int16" }].map(
        (options) => identity(options as Parameters<typeof readShards>[1]),
      ),
    ];
    expect(new Set([base, ...others]).size).toBe(others.length + 1);
    expect(base).not.toContain("token");
  });

  test("ranks and workers get disjoint samples that cover all, in every epoch", async () => {
    await using shards = await numbered(13, 2);
    const splits = fc.record({
      worldSize: fc.integer({ min: 1, max: 4 }),
      workers: fc.integer({ min: 1, max: 3 }),
      epoch: fc.nat(5),
      seed: fc.nat(100),
    });
    const property = fc.asyncProperty(splits, async ({ worldSize, workers, epoch, seed }) => {
      const all: number[] = [];
      for (let rank = 0; rank < worldSize; rank++) {
        for (let worker = 0; worker < workers; worker++) {
          const options = { rank, worldSize, worker, workers, seed, shuffle: {} };
          const ids = await idsOf(readShards<{ id: number }>(shards.at("s-{0..12}.tar"), options).epoch(epoch));
          expect(ids.length).toBeGreaterThan(0);
          all.push(...ids);
        }
      }
      expect(all.sort((a, b) => a - b)).toEqual(Array.from({ length: 26 }, (_, n) => n));
    });
    await fc.assert(property, { numRuns: 10, seed: 3 });
  });

  test("too few shards for the ranks, and ranks that are none, are refused when composed", async () => {
    const make = (options: Parameters<typeof readShards>[1]) => () => readShards(["a.tar", "b.tar"], options);
    expect(make({ worldSize: 3 })).toThrow(code("VOXRX_BAD_OPTION"));
    expect(make({ shuffle: [] as object })).toThrow(code("VOXRX_BAD_OPTION"));
    expect(make({ worldSize: 2, workers: 2 })).toThrow(code("VOXRX_BAD_OPTION"));
    expect(make({ rank: 2, worldSize: 2 })).toThrow(code("VOXRX_BAD_OPTION"));
    expect(make({ worldSize: 3, allowEmpty: true })).not.toThrow();
    expect(() => readShards([])).toThrow(code("VOXRX_BAD_OPTION"));
  });
});

test("a pattern or a directory in place of a shard is told what to give instead", async () => {
  await using shards = await numbered(2);
  const dir = shards.at(".");
  const refusal = (shard: string, indexed: boolean) =>
    (indexed ? readShards(shard, { indexed }) : readShards(shard)).toArray().catch((error) => error);
  for (const indexed of [false, true]) {
    for (const name of ["*.tar", "s-?.tar", "s-[01].tar", "*/s-0.tar"]) {
      const error = await refusal(shards.at(name), indexed);
      expect(error).toMatchObject({ code: "VOXRX_FILE_MISSING", file: shards.at(name), operator: "readShards" });
      expect(error.fault).toContain("are not expanded");
      expect(error.remedy).toContain(`listShards(${JSON.stringify(dir)})`);
      expect(error.remedy).toContain("{000000..000127}");
    }
    expect(await refusal(dir, indexed)).toMatchObject({
      code: "VOXRX_FILE_UNREADABLE",
      fault: "the path is a directory, not a shard",
      remedy: expect.stringContaining(`listShards(${JSON.stringify(dir)})`),
    });
    expect(await refusal(shards.at("none.tar"), indexed)).toMatchObject({
      code: "VOXRX_FILE_MISSING",
      remedy: expect.not.stringContaining("listShards"),
    });
  }
});

test("a shard whose name looks like a pattern is read", async () => {
  await using shards = await shardsOf({ "[a]*.tar": [{ name: "k.id", content: "7" }] });
  expect(await idsOf(readShards<{ id: number }>(shards.at("[a]*.tar")))).toEqual([7]);
});
