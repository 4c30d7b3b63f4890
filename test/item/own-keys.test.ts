import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { Dataset, lmdbStore, memoryStore, originOf, readVolume, Volume, writeNifti } from "voxrx";
import { csv, npz, partition, readShards } from "voxrx/datasets";
import * as operators from "voxrx/operators";
import { decodeItem } from "../../src/cache/codec/decode-entry.ts";
import { encodeItem } from "../../src/cache/codec/encode-entry.ts";
import { declarationOf } from "../../src/operator/declared-factory.ts";
import { zipOf } from "../support/archives.ts";
import { temporaryFolder } from "../support/folder.ts";
import { floats, npy } from "../support/npy-file.ts";
import { ramp, spelledOut } from "../support/volumes.ts";

const names = ["__proto__", "constructor", "toString", "hasOwnProperty"] as const;
const one = "__proto__";
/** A record with a field for each name, and one of its usual fields. */
const recordOf = <V>(value: (n: number) => V): Record<string, V> =>
  Object.fromEntries([...names.map((name, n) => [name, value(n)] as const), ["image", value(4)]]);
const volumes = () => recordOf((n) => ramp([1, 6, 5, 4], "uint8", n));
const through = (operator: unknown, items: readonly unknown[]): Promise<unknown[]> =>
  Dataset.from(items as readonly object[])
    .pipe(operator as never)
    .toArray() as Promise<unknown[]>;
const fieldsOf = (item: unknown) => Object.entries(Object(item)).map(([name, value]) => [name, spelledOut(value)]);
const prototypeOf = (item: unknown): unknown => Object.getPrototypeOf(Object(item));

/** Options of operators on volumes that have no default, and those that name other fields. */
const needed: Readonly<Record<string, object>> = {
  cropForeground: { sourceKey: "constructor" },
  maskIntensity: { maskKey: "constructor" },
  resampleToMatch: { keyDst: "toString" },
  invert: { origKey: "hasOwnProperty" },
};

describe("fields named like members of all objects are fields like any other", () => {
  // All operators on volumes find and replace fields with the same code: those that need other options are left out.
  const keyed = Object.entries(operators).filter(([name, factory]) => {
    const declaration = declarationOf(factory);
    const options = { keys: one, ...needed[name] };
    return (
      declaration?.works === "volumes" && name !== "squeezeDim" && v.safeParse(declaration.schema, options).success
    );
  });

  test.each(keyed.map(([name]) => name))("in %s", async (name) => {
    const make: unknown = Reflect.get(operators, name);
    const item = volumes();
    const [result] = await through(Reflect.apply(make as () => unknown, undefined, [{ keys: one, ...needed[name] }]), [
      item,
    ]);
    expect(prototypeOf(result)).toBe(Object.prototype);
    expect(Object.keys(Object(result))).toEqual(Object.keys(item));
    expect(Object.entries(Object(result))[0]?.[1]).toBeInstanceOf(Volume);
    expect(fieldsOf(result).slice(1)).toEqual(fieldsOf(item).slice(1));
  });

  const { selectItems, deleteItems, renameItems, concatItems, copyItems, splitChannel, lambda } = operators;
  test.each([
    ["selectItems", selectItems([one, "toString"]), [one, "toString"]],
    ["deleteItems", deleteItems(["constructor", one]), ["toString", "hasOwnProperty", "image"]],
    [
      "renameItems",
      renameItems({ keys: ["image", one], names: ["valueOf", "__defineGetter__"] }),
      ["__defineGetter__", ...names.slice(1), "valueOf"],
    ],
    ["renameItems to", renameItems({ keys: [one, "image"], names: ["image", one] }), ["image", ...names.slice(1), one]],
    [
      "concatItems",
      concatItems({ keys: [one, "constructor"], name: "isPrototypeOf" }),
      [...names, "image", "isPrototypeOf"],
    ],
    ["concatItems onto", concatItems({ keys: ["image", "toString"], name: one }), [...names, "image"]],
    ["copyItems", copyItems({ keys: [one, "toString"] }), [...names, "image", `${one}_0`, "toString_0"]],
    ["splitChannel", splitChannel({ keys: one, names: ["valueOf"] }), [...names, "image", "valueOf"]],
    ["lambda", lambda({ keys: one, func: (value) => value }), [...names, "image"]],
    ["map", operators.map((item) => ({ ...Object(item) })), [...names, "image"]],
  ])("in %s", async (_, operator, expected) => {
    const [result] = await through(operator, [volumes()]);
    expect(prototypeOf(result)).toBe(Object.prototype);
    expect(Object.keys(Object(result))).toEqual(expected);
    expect(Object.values(Object(result)).every((value) => value instanceof Volume)).toBe(true);
  });

  test("a field that is missing is not found in the prototype of records", async () => {
    const item = { image: ramp([1, 2, 2, 2]) };
    for (const name of names) {
      await expect(through(operators.flip({ keys: name }), [item])).rejects.toMatchObject({
        code: "VOXRX_MISSING_KEY",
      });
      expect(fieldsOf((await through(operators.flip({ keys: name, allowMissingKeys: true }), [item]))[0])).toEqual(
        fieldsOf(item),
      );
      const rows = [Object.fromEntries([[name, 1]]), { other: 2 }];
      await expect(through(operators.batch(2), rows)).rejects.toMatchObject({ code: "VOXRX_MISSING_KEY" });
    }
  });

  test("in batch and unbatch", async () => {
    const items = [volumes(), volumes(), recordOf((n) => ramp([1, 6, 5, 4], "uint8", 10 * n))];
    const batches = await through(operators.batch(3), items);
    expect(Object.keys(Object(batches[0]))).toEqual([...names, "image"]);
    const back = await through(operators.unbatch(), batches);
    expect(back.map(prototypeOf)).toEqual([0, 1, 2].map(() => Object.prototype));
    expect(back.map(fieldsOf)).toEqual(items.map(fieldsOf));
  });

  test("in load, save, writeShards and readShards", async () => {
    await using folder = await temporaryFolder();
    const item = volumes();
    for (const [name, volume] of Object.entries(item)) await writeNifti(volume, join(folder.path, `${name}.nii.gz`));
    const keys = [...names, "image"];
    const paths = Object.fromEntries(keys.map((key) => [key, join(folder.path, `${key}.nii.gz`)]));
    const [loaded] = await through(operators.load({ keys }), [paths]);
    expect(fieldsOf(loaded).map(([name]) => name)).toEqual(keys);
    await through(operators.save({ keys, dir: join(folder.path, "out"), separateFolder: false }), [loaded]);
    for (const key of keys) {
      const saved = await readVolume(join(folder.path, "out", `${key}_${key}.nii.gz`));
      expect(spelledOut(saved.storage)).toEqual(spelledOut((Reflect.get(Object(loaded), key) as Volume).storage));
    }
    const plain = recordOf((n) => [n, JSON.parse('{ "__proto__": 1, "constructor": null }')]);
    await through(operators.writeShards({ dir: join(folder.path, "shards") }), [plain, recordOf((n) => n)]);
    for (const indexed of [false, true]) {
      const options = indexed ? ({ names: "field", indexed } as const) : ({ names: "field" } as const);
      const read = await readShards(join(folder.path, "shards/shard-000000.tar"), options).toArray();
      expect(read.map((each) => sorted(each))).toEqual([plain, recordOf((n) => n)].map((each) => sorted(each)));
    }
  });

  test("in caches, and in the form in which items are stored", async () => {
    await using folder = await temporaryFolder();
    const item = volumes();
    const decoded = decodeItem(encodeItem({ value: item, files: [] }));
    expect(fieldsOf(decoded.ok && decoded.item.value)).toEqual(fieldsOf(item));
    for (const store of [memoryStore({ maxBytes: "1MB" }), lmdbStore(folder.path, { maxBytes: "10MB" })]) {
      const cached = Dataset.from([item]).pipe(operators.flip({ keys: one }), operators.cacheUntilRandom({ store }));
      const [[cold], [warm]] = [await cached.toArray(), await cached.toArray()];
      expect([prototypeOf(cold), prototypeOf(warm)]).toEqual([Object.prototype, Object.prototype]);
      expect(fieldsOf(warm)).toEqual(fieldsOf(cold));
      expect(fieldsOf(warm).slice(1)).toEqual(fieldsOf(item).slice(1));
      await store[Symbol.asyncDispose]?.();
    }
  });

  test("in origins, splits, tables and npz", async () => {
    const items = Array.from({ length: 6 }, () => volumes());
    const [first] = await through(operators.randFlip({ keys: one, prob: 1 }), items);
    expect(originOf(Object(first))?.id).toBe("0");
    const parts = partition(items, { ratios: [1, 1], byClass: () => one });
    for (const part of parts)
      for (const item of await part.toArray()) expect(Object.keys(item)).toEqual([...names, "image"]);
    await using folder = await temporaryFolder();
    const table = join(folder.path, "t.csv");
    await writeFile(table, `${names.join()}\n1,2,3,4\n`);
    expect(Object.entries((await csv(table).toArray())[0] ?? {})).toEqual(
      names.map((name, n) => [name, String(n + 1)]),
    );
    const arrays = join(folder.path, "a.npz");
    await writeFile(
      arrays,
      zipOf(names.map((name) => ({ name: `${name}.npy`, content: npy({ shape: [2], bytes: floats(1, 2) }) }))),
    );
    expect(Object.keys((await npz(arrays).toArray())[1] ?? {})).toEqual([...names]);
  });
});

function sorted(item: object): unknown {
  return Object.entries(item)
    .filter(([name]) => name !== "__key__" && name !== "__url__")
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
