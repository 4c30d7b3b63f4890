/**
 * Python's webdataset 0.3.2 and VoxRx read what the other writes. Python is asked where it is installed; otherwise what
 * it once read is compared with what we write and read now. To ask it again and keep its answer:
 * `VOXRX_BENCH_PYTHON=python3 UPDATE_WEBDATASET=1 npx vitest run test/datasets/webdataset.test.ts`, then
 * `npm run format`.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Dataset, encodeNifti, Volume } from "voxrx";
import { readShards } from "voxrx/datasets";
import { writeShards } from "voxrx/operators";
import { idOfSampleKey } from "../../src/archive/sample-key.ts";
import { tarOf } from "../support/archives.ts";
import { temporaryFolder } from "../support/folder.ts";
import {
  hasPyTorch,
  pythonWithWebdataset,
  readByPythonSchema,
  readByWebdataset,
  runPython,
} from "../support/python-webdataset.ts";
import { valuesOf } from "../support/volumes.ts";
import { itemOfKinds, items, smallVolume } from "../support/webdataset-items.ts";

const fixture = (name: string) => fileURLToPath(new URL(`webdataset/${name}`, import.meta.url));
const recording = fixture("read-by-python.json");
const recordingSchema = v.object({
  /** SHA-256 of each shard that Python read. */
  shards: v.record(v.string(), v.string()),
  read: readByPythonSchema,
});
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const facts = (volume: unknown) => {
  if (!(volume instanceof Volume)) throw new TypeError("not a volume");
  return { shape: volume.shape, dtype: volume.dtype, affine: [...volume.affine], values: valuesOf(volume) };
};

describe("what Python wrote", () => {
  const deep = `${"deep/".repeat(40)}case`;
  const float = Float32Array.from({ length: 24 }, (_, n) => n);
  const gray = Uint8Array.from({ length: 12 }, (_, n) => 20 * n);

  /** Reads shards, with volumes as their values. */
  async function read(...shards: string[]) {
    const samples = await readShards(shards.map(fixture)).toArray();
    return samples.map(({ __url__, ...sample }) =>
      Object.fromEntries(
        Object.entries(sample).map(([name, value]) => [name, value instanceof Volume ? valuesOf(value) : value]),
      ),
    );
  }

  const values = valuesOf(smallVolume);
  const plainSample = {
    __key__: "plain",
    "nii.gz": values,
    txt: "größer\n",
    cls: 3,
    json: { age: 61, side: "links" },
  };
  const others = [
    { __key__: "größe/脳", transcript: "頭", index: 0 },
    { __key__: "v1.2/scan", "t1w.nii": values, "t1w.json": [1.5, null, true, "x"] },
    { __key__: deep, txt: "" },
  ];

  test("the volume among the fixtures is what encodeNifti makes of it", async () => {
    expect(await readFile(fixture("volume.nii"))).toEqual(await encodeNifti(smallVolume));
  });

  test("shards of ShardWriter: text, numbers, JSON, volumes, unicode and long keys", async () => {
    expect(await read("python-000000.tar", "python-000001.tar")).toEqual([plainSample, ...others]);
    expect(await read("python-{000000..000001}.tar")).toEqual([plainSample, ...others]);
  });

  test("a tar.gz of TarWriter, with arrays, pictures, and fields that only Python decodes as bytes", async () => {
    const [first, second, third, fourth, fifth, last] = await read("python-all.tar.gz");
    expect(first).toEqual(plainSample);
    expect([third, fourth, fifth]).toEqual(others);
    const { "seg.npy": seg, png, ...rest } = second ?? {};
    expect(rest).toEqual({ __key__: "site/a/case1", "ct.nii.gz": values, id: -12 });
    const [sample] = (await readShards(fixture("python-all.tar.gz")).toArray()).slice(1);
    const [array, picture] = [sample?.["seg.npy"], sample?.png];
    if (!(array instanceof Volume && picture instanceof Volume)) throw new TypeError("not volumes");
    expect(array.shape).toEqual([1, 2, 3, 4]);
    expect([array.get(0, 1, 2, 3), array.get(0, 1, 0, 0)]).toEqual([float[23], float[12]]);
    expect(picture.shape).toEqual([1, 4, 3]); // x to the right, y down
    expect(valuesOf(picture)).toEqual([...gray]);
    expect(last).toEqual({
      __key__: "kept/as/bytes",
      pyd: expect.any(Uint8Array),
      "json.gz": expect.any(Uint8Array),
      raw: Uint8Array.of(0, 255),
    });
    const inside = last?.["json.gz"];
    expect(inside instanceof Uint8Array && String(gunzipSync(inside))).toBe('{"b": 2}');
  });

  test("bytes that Python compressed a second time are the volume that they are without", async () => {
    for (const [name, field] of [
      ["python-all.tar.gz", "nii.gz"],
      ["python-all.tar.gz", "ct.nii.gz"],
      ["python-raw.tar.gz", "nii.gz"],
    ] as const) {
      const samples = await readShards(fixture(name)).toArray();
      const sample = samples.find((each) => field in each);
      expect(facts(sample?.[field])).toEqual(facts(smallVolume));
    }
  });

  test("what was compressed twice is bounded by maxItemBytes", async () => {
    await using folder = await temporaryFolder();
    const zeros = gzipSync(await encodeNifti(new Volume({ data: new Uint8Array(2 ** 23), shape: [1, 256, 256, 128] })));
    const shard = join(folder.path, "a.tar");
    await writeFile(shard, await tarOf([{ name: "a.nii.gz", content: gzipSync(zeros) }]));
    expect(zeros.length).toBeGreaterThan(6000);
    await expect(readShards(shard, { maxItemBytes: 6000 }).toArray()).rejects.toMatchObject({
      code: "VOXRX_ARCHIVE_LIMIT",
      item: "a.tar/a",
    });
    expect((await readShards<{ "nii.gz": Volume }>(shard).toArray())[0]?.["nii.gz"].shape).toEqual([1, 256, 256, 128]);
  });

  test("NaN, which JSON lacks and Python writes, is NaN", async () => {
    expect(await read("python-nan.tar.gz")).toEqual([{ __key__: "nan", json: { loss: Number.NaN } }]);
  });
});

/** A sample without decoding, as read_shards.py shows it. */
function shownLikePython({ __key__, __url__, ...fields }: Readonly<Record<string, unknown>>) {
  const shown = Object.entries(fields).map(([name, value]) => [name, sumOf(value)]);
  return { id: __key__, shard: basename(String(__url__)), fields: Object.fromEntries(shown) };
}

function sumOf(value: unknown) {
  if (!(value instanceof Uint8Array)) throw new TypeError("not bytes");
  return { bytes: value.length, sha256: sha256Of(value) };
}

describe("what Python reads", () => {
  /** Shards of the items as Python was given them, with plain volumes: their bytes depend on no compressor. */
  async function ours(dir: string): Promise<string[]> {
    await Dataset.from(items)
      .pipe(writeShards({ dir, volumes: "nii", maxCount: 10 }))
      .toArray();
    return tarsIn(dir);
  }
  const tarsIn = async (dir: string) =>
    (await readdir(dir))
      .filter((name) => name.endsWith(".tar"))
      .sort()
      .map((name) => join(dir, name));
  const recorded = async () => v.parse(recordingSchema, JSON.parse(await readFile(recording, "utf8")));
  const sumsOf = async (shards: readonly string[]) =>
    Object.fromEntries(await Promise.all(shards.map(async (path) => [basename(path), sha256Of(await readFile(path))])));

  test("our shards are still those that Python read", async () => {
    await using folder = await temporaryFolder();
    const shards = await ours(folder.path);
    if (process.env.UPDATE_WEBDATASET && pythonWithWebdataset !== undefined) {
      const read = readByWebdataset(pythonWithWebdataset, shards);
      await writeFile(recording, `${JSON.stringify({ shards: await sumsOf(shards), read }, undefined, 1)}\n`);
    }
    expect(await sumsOf(shards)).toEqual((await recorded()).shards);
  });

  test("every item is a sample for Python; its id is the key, or what unquote makes of it", async () => {
    const { read } = await recorded();
    expect(read.decoded.map(({ id }) => (id === "%" ? "" : id))).toEqual(items.map(({ __key__ }) => __key__));
    for (const [n, item] of items.entries()) {
      expect(Object.keys(read.decoded[n]?.fields ?? {}).length).toBe(Object.keys(item).length - 1);
    }
  });

  test("Python decodes strings, integers and records; volumes, bytes and null are bytes for it", async () => {
    const { read } = await recorded();
    const kinds = read.decoded.find(({ key }) => key === "kinds")?.fields;
    const { about, mask, two } = itemOfKinds;
    expect(kinds).toEqual({
      "about.json": { type: "dict", value: about },
      "empty.txt": { type: "str", value: "" },
      "image.nii": sumOf(await encodeNifti(smallVolume)),
      "label.cls": { type: "int", value: -3 },
      "large.cls": { type: "int", value: Number.MAX_SAFE_INTEGER },
      "list.json": { type: "list", value: [1, -0.5, "x", null] },
      "mask.nii": sumOf(await encodeNifti(mask)),
      "no.json": { type: "bool", value: false },
      "none.json": sumOf(Buffer.from("null")),
      nothing: sumOf(new Uint8Array(0)),
      "ratio.json": { type: "float", value: 0.1 },
      raw: sumOf(Uint8Array.of(0, 255, 10, 13)),
      "small.json": { type: "float", value: 5e-324 },
      text: { type: "str", value: "größer\r\n\t脳 😀" },
      "two.nii": sumOf(await encodeNifti(two)),
    });
  });

  test("readShards gives what Python reads", async () => {
    await using folder = await temporaryFolder();
    const shards = await ours(folder.path);
    const { read } = await recorded();
    const stored = await readShards(shards, { decode: false }).toArray();
    expect(stored.map(shownLikePython)).toEqual(
      read.stored.map(({ key, id, ...rest }) => ({ id: idOfSampleKey(key), ...rest })),
    );
    const decoded = await readShards(shards).toArray();
    for (const [n, { __key__, __url__, ...sample }] of decoded.entries()) {
      const theirs = read.decoded[n]?.fields ?? {};
      expect(Object.keys(theirs)).toEqual(Object.keys(sample));
      for (const [name, value] of Object.entries(sample)) {
        const field = theirs[name];
        if (field && "value" in field) expect([name, value]).toEqual([name, field.value]);
        else expect(value === null || value instanceof Volume || value instanceof Uint8Array).toBe(true);
      }
    }
  });

  test("volumes in .nii.gz have their content for Python, whatever compressed them", async () => {
    await using folder = await temporaryFolder();
    await Dataset.from([{ __key__: "a", image: smallVolume }])
      .pipe(writeShards({ dir: folder.path }))
      .toArray();
    const [sample] = await readShards(await tarsIn(folder.path), { decode: false }).toArray();
    const bytes = sample?.["image.nii.gz"];
    expect(bytes instanceof Uint8Array && gunzipSync(bytes)).toEqual(await encodeNifti(smallVolume));
    if (pythonWithWebdataset === undefined) return;
    const { decoded } = readByWebdataset(pythonWithWebdataset, await tarsIn(folder.path));
    expect(decoded[0]?.fields).toEqual({ "image.nii.gz": sumOf(await encodeNifti(smallVolume)) });
  });

  test.skipIf(pythonWithWebdataset === undefined)(
    "Python reads them now as it did (skipped unless VOXRX_BENCH_PYTHON or python3 imports webdataset 0.3.2)",
    async () => {
      await using folder = await temporaryFolder();
      expect(readByWebdataset(pythonWithWebdataset ?? "", await ours(folder.path))).toEqual((await recorded()).read);
    },
  );

  test.skipIf(!hasPyTorch)(
    "the code for PyTorch in the docs reads every item of our shards (skipped without webdataset, torch and nibabel)",
    async () => {
      await using folder = await temporaryFolder();
      const dir = join(folder.path, "out");
      const given = Array.from({ length: 200 }, (_, n) => ({
        __key__: `imagesTr/la_${n}.nii.gz`,
        image: smallVolume,
        label: n,
      }));
      await Dataset.from(given)
        .pipe(writeShards({ dir, maxCount: 16 }))
        .toArray();
      const blocks = (await tarsIn(dir)).map((path) => ({ shard: basename(path) }));
      await writeFile(join(dir, "manifest.json"), JSON.stringify({ blocks }));
      const printed = runPython(pythonWithWebdataset ?? "", await codeForPyTorch(), folder.path);
      const ids = Array.from(printed.matchAll(/imagesTr\/la_\d+\.nii\.gz/g), ([id]) => id);
      expect(ids.sort()).toEqual(given.map(({ __key__ }) => __key__).sort());
      expect(printed).toContain("torch.Size([4, 1, 3, 4, 5])");
    },
  );
});

/** The Python in the docs that imports webdataset. */
async function codeForPyTorch(): Promise<string> {
  const docs = fileURLToPath(new URL("../../docs", import.meta.url));
  for (const name of await readdir(docs)) {
    if (!name.endsWith(".md")) continue;
    const text = await readFile(join(docs, name), "utf8");
    for (const [, code = ""] of text.matchAll(/^```python\n(.*?)^```$/gms)) {
      if (code.includes("import webdataset")) return code;
    }
  }
  throw new Error("no page of docs has Python code that imports webdataset");
}
