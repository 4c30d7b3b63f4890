import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset, IndexedDataset, type Operator, Volume } from "voxrx";
import { copyItems, deleteItems, load, renameItems, selectItems } from "voxrx/operators";
import { ramp, spelledOut, valuesOf } from "../../support/volumes.ts";

const scans = () =>
  [3, 7].map((start) => ({ image: ramp([1, 2, 2], "int16", start), label: ramp([1, 2, 2]), id: start }));

async function firstOf<A, B>(items: readonly A[], operator: Operator<A, B>): Promise<B> {
  const [first] = await Dataset.from(items).pipe(operator).toArray();
  if (first === undefined) throw new Error("no item came out");
  return first;
}

/** Any operator on any record, as one without types would write it. */
const untyped = <A, B>(operator: Operator<A, B>) => operator as unknown as Operator<unknown, unknown>;

describe("selectItems and deleteItems", () => {
  it("keep and take away what they name, and nothing else", async () => {
    expect(Object.keys(await firstOf(scans(), selectItems(["label", "image"])))).toEqual(["label", "image"]);
    expect(Object.keys(await firstOf(scans(), deleteItems(["label"])))).toEqual(["image", "id"]);
    expect((await firstOf(scans(), selectItems("id"))).id).toBe(3);
  });

  it("are each other's complement", async () => {
    const record = fc.dictionary(fc.string({ minLength: 1 }), fc.integer(), { minKeys: 1, maxKeys: 6 });
    const cases = record.chain((item) => fc.tuple(fc.constant(item), fc.subarray(Object.keys(item), { minLength: 1 })));
    await fc.assert(
      fc.asyncProperty(cases, async ([item, keys]) => {
        const kept = await firstOf([item], untyped(selectItems(keys)));
        const rest = await firstOf([item], untyped(deleteItems(keys)));
        expect({ ...Object(kept), ...Object(rest) }).toEqual({ ...item });
        expect(Object.keys(Object(kept))).toEqual(keys);
      }),
    );
  });

  it("pass over missing fields if they may be missing", async () => {
    const selected = selectItems(["id", "mask"], { allowMissingKeys: true });
    expect(await firstOf(scans(), selected)).toEqual({ id: 3 });
    const deleted = deleteItems(["image", "label", "mask"], { allowMissingKeys: true });
    expect(await firstOf(scans(), deleted)).toEqual({ id: 3 });
    for (const operator of [selected, deleted]) {
      const bare = firstOf<unknown, unknown>([ramp([1, 1, 1])], untyped(operator));
      await expect(bare).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
    }
  });
});

describe("copyItems", () => {
  it("names copies after their fields, or as it is told: first all first copies, then all second ones", async () => {
    const numbered = await firstOf(scans(), copyItems({ keys: ["image", "id"], times: 2 }));
    expect(Object.keys(numbered).slice(3)).toEqual(["image_0", "id_0", "image_1", "id_1"]);
    expect([numbered.id_1, numbered.image_1.dtype]).toEqual([3, "int16"]);
    const named = await firstOf(scans(), copyItems({ keys: ["image", "id"], times: 2, names: ["a", "b", "c", "d"] }));
    expect(named).toMatchObject({ b: 3, d: 3 });
    expect(spelledOut(named.c)).toEqual(spelledOut(named.image));
  });

  it("makes copies that share samples until one is written to", async () => {
    const given = scans();
    const { image, original } = await firstOf(given, copyItems({ keys: "image", names: "original" }));
    expect(original.storage).toBe(image.storage);
    image.data.fill(0);
    expect([valuesOf(image), valuesOf(original)]).toEqual([
      [0, 0, 0, 0],
      [3, 4, 5, 6],
    ]);
  });

  it("copies lists, records and typed arrays deeply", async () => {
    const facts = { sizes: [1, [2]], weights: Float32Array.of(1, 2), scan: ramp([1, 1, 1]), when: new Date(5) };
    const { copy } = await firstOf([{ facts }], copyItems({ keys: "facts", names: "copy" }));
    expect(spelledOut(copy)).toEqual(spelledOut(facts));
    expect(copy.scan).toBeInstanceOf(Volume);
    for (const [own, given] of [
      [copy, facts],
      [copy.sizes, facts.sizes],
      [copy.sizes[1], facts.sizes[1]],
      [copy.weights, facts.weights],
      [copy.when, facts.when],
    ]) {
      expect(own).not.toBe(given);
    }
  });

  it("refuses a name that is taken", async () => {
    const failing = firstOf(scans(), copyItems({ keys: "image", names: "label" }));
    await expect(failing).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "copyItems", item: "0" });
    const twice = Dataset.from(scans()).pipe(copyItems({ keys: "image" }), untyped(copyItems({ keys: "image" })));
    await expect(twice.toArray()).rejects.toThrow(/already has a field "image_0"/);
  });
});

describe("renameItems", () => {
  it("renames all at once, so that fields may change places, and keeps their order", async () => {
    const item = await firstOf(scans(), renameItems({ image: "label", label: "image", id: "subject" }));
    expect(Object.keys(item)).toEqual(["label", "image", "subject"]);
    expect(item.label.dtype).toBe("int16");
    const listed = await firstOf(scans(), renameItems({ keys: ["image", "id"], names: ["scan", "subject"] }));
    expect(Object.keys(listed)).toEqual(["scan", "label", "subject"]);
  });

  it("there and back again gives the item", async () => {
    const names = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(names, async (words) => {
        const keys = words.slice(0, Math.floor(words.length / 2));
        const others = words.slice(keys.length, keys.length * 2);
        const item = Object.fromEntries(keys.map((key, n) => [key, n]));
        const there = untyped(renameItems({ keys, names: others }));
        const back = untyped(renameItems({ keys: others, names: keys }));
        const results = await Dataset.from([item]).pipe(there, back).toArray();
        expect(results).toEqual([item]);
        expect(await firstOf([item], there)).toEqual(Object.fromEntries(others.map((name, n) => [name, n])));
      }),
    );
  });

  it("refuses a name that another field keeps", async () => {
    const failing = firstOf(scans(), renameItems({ image: "label" }));
    await expect(failing).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator: "renameItems" });
  });
});

describe("operators on fields", () => {
  it("name the missing field, the item and the operator", async () => {
    const operators = {
      selectItems: selectItems(["mask"]),
      deleteItems: deleteItems(["mask"]),
      copyItems: copyItems({ keys: "mask" }),
      renameItems: renameItems({ mask: "label" }),
    };
    for (const [operator, made] of Object.entries(operators)) {
      const failing = Dataset.from<unknown>(scans()).pipe(untyped<never, unknown>(made)).toArray();
      await expect(failing).rejects.toMatchObject({ code: "VOXRX_MISSING_KEY", operator, item: "0" });
      await expect(failing).rejects.toThrow(/no field "mask" but image, label, id/);
      const bare = Dataset.from<unknown>([ramp([1, 1, 1])])
        .pipe(untyped<never, unknown>(made))
        .toArray();
      await expect(bare).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD", operator });
    }
  });

  it("keep the index of a dataset, and do nothing when composed", () => {
    const dataset = Dataset.from([{ image: "nowhere.nii", id: 1 }]).pipe(
      load(["image"]),
      copyItems({ keys: "image", names: "original" }),
      renameItems({ id: "subject" }),
      selectItems(["image", "original", "subject"]),
      deleteItems("original"),
    );
    expect(dataset).toBeInstanceOf(IndexedDataset);
    expect(dataset.length).toBe(1);
  });

  it("refuse when composed what cannot be meant", () => {
    const wrong: (() => unknown)[] = [
      () => selectItems([]),
      () => selectItems(["image", "image"]),
      () => deleteItems(""),
      () => copyItems({ keys: "image", times: 0 }),
      () => copyItems({ keys: "image", times: 2, names: "one" }),
      () => copyItems({ keys: ["image", "label"], names: ["same", "same"] }),
      () => renameItems({}),
      () => renameItems({ image: "" }),
      () => renameItems({ image: "scan", label: "scan" }),
      () => renameItems({ keys: ["image", "label"], names: "scan" }),
    ];
    for (const make of wrong) expect(codeOf(make), String(make)).toBe("VOXRX_BAD_OPTION");
  });
});

function codeOf(make: () => unknown): unknown {
  try {
    make();
  } catch (error) {
    return Object(error).code;
  }
  return undefined;
}
