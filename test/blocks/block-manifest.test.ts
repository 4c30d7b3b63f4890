import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addedManifest,
  isOfList,
  type Manifest,
  manifestText,
  nextManifest,
  parseManifest,
  usualBlockSize,
  valuesById,
  withRevisions,
} from "../../src/blocks/block-manifest.ts";
import { thrown } from "../support/thrown.ts";

const settings = { plan: "abc", epoch: 0, volumes: "nii.gz", blockSize: undefined } as const;
const itemsOf = (ids: Iterable<string | number>, version = 0) =>
  Array.from(ids, (id) => ({ id: String(id), value: { image: `${id}.nii.gz`, version } }));
const idsIn = ({ blocks }: Manifest) => blocks.flatMap(({ items }) => items);

const idList = fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 40 });

test("every item is in exactly one block, whatever was listed before", () => {
  fc.assert(
    fc.property(
      fc.array(idList, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 7 }),
      (lists, blockSize) => {
        let manifest: Manifest | undefined;
        for (const ids of lists) {
          manifest = nextManifest(manifest, itemsOf(ids), { ...settings, blockSize });
          expect(idsIn(manifest).sort()).toEqual([...ids].sort());
          expect(new Set(manifest.blocks.map(({ shard }) => shard)).size).toBe(manifest.blocks.length);
          expect(manifest.blocks.every(({ items }) => items.length <= blockSize)).toBe(true);
        }
      },
    ),
  );
});

test("a manifest that names an item or a block twice is refused", () => {
  const manifest = nextManifest(undefined, itemsOf("abcd"), { ...settings, blockSize: 2 });
  const [first, second] = manifest.blocks;
  const asRead = (changed: object) => JSON.parse(JSON.stringify({ ...manifest, ...changed }));
  expect(parseManifest(asRead({}), "m.json")).toEqual(manifest);
  for (const changed of [
    { blocks: [first, first] },
    { blocks: [first, { ...second, items: first?.items }] },
    { blocks: [{ ...first, items: ["a", "a"] }, second] },
    { next: 1 },
  ])
    expect(() => parseManifest(asRead(changed), "m.json")).toThrow("damaged");
});

test("new ids form new blocks, and old blocks stay as they are", () => {
  fc.assert(
    fc.property(idList, idList, (before, after) => {
      const first = nextManifest(undefined, itemsOf(before), settings);
      const all = [...new Set([...after, ...before])];
      const second = nextManifest(first, itemsOf(all), settings);
      expect(second.blocks.slice(0, first.blocks.length)).toEqual(first.blocks);
      expect(nextManifest(second, itemsOf([...all].reverse()), settings)).toEqual(second);
    }),
  );
});

test("a block's shard is another one if its content is, and only then", () => {
  const items = itemsOf("abcdefgh");
  const before = nextManifest(undefined, items, { ...settings, blockSize: 2 });
  const shards = ({ blocks }: Manifest) => blocks.map(({ shard }) => shard);
  const differing = (after: Manifest) => shards(after).flatMap((shard, n) => (shards(before)[n] === shard ? [] : [n]));
  const changedRecord = items.map((item) => (item.id === "c" ? { id: "c", value: { image: "other.nii.gz" } } : item));
  expect(differing(nextManifest(before, changedRecord, settings))).toEqual([1]);
  expect(
    differing(
      nextManifest(
        before,
        items.filter(({ id }) => id !== "e"),
        settings,
      ),
    ),
  ).toEqual([2]);
  expect(differing(nextManifest(before, items, { ...settings, plan: "other" }))).toEqual([0, 1, 2, 3]);
  expect(differing(nextManifest(before, items, { ...settings, volumes: "nii" }))).toEqual([0, 1, 2, 3]);
  const revised = withRevisions(before, valuesById(items), new Set([shards(before)[3] ?? ""]));
  expect([differing(revised), revised.blocks[3]?.revision]).toEqual([[3], 1]);
  expect(nextManifest(revised, items, settings)).toEqual(revised);
});

test("a list that is older than the manifest adds what is new, and changes, brings back and removes nothing", () => {
  fc.assert(
    fc.property(idList, idList, idList, (seen, older, newer) => {
      const before = nextManifest(undefined, itemsOf(newer, 2), { ...settings, blockSize: 3 });
      const after = addedManifest(before, itemsOf(older), new Set(seen));
      expect(after.blocks.slice(0, before.blocks.length)).toEqual(before.blocks);
      const added = older.filter((id) => !seen.includes(id));
      expect(idsIn(after).sort()).toEqual([...new Set([...added, ...newer])].sort());
      // It computes what it has added, and nothing that it has an older record of.
      const own = after.blocks.filter((block) => isOfList(block, settings, valuesById(itemsOf(older))));
      expect(own).toEqual(after.blocks.slice(before.blocks.length));
    }),
  );
});

test("a number of a block is not used again", () => {
  const before = nextManifest(undefined, itemsOf("abcd"), { ...settings, blockSize: 2 });
  const fewer = nextManifest(before, itemsOf("ab"), settings);
  const after = nextManifest(fewer, itemsOf("abcd"), settings);
  expect(after.blocks.map(({ block }) => block)).toEqual([0, 2]);
});

test("it is read as it was written, a block a line", () => {
  fc.assert(
    fc.property(idList, (ids) => {
      const manifest = nextManifest(undefined, itemsOf(ids), settings);
      const text = manifestText(manifest);
      expect(parseManifest(JSON.parse(text), "manifest.json")).toEqual(manifest);
      expect(text.split("\n").length).toBe(manifest.blocks.length + 3);
    }),
  );
});

test("a damaged manifest, a repeated id and an empty list are errors", async () => {
  expect(await thrown(() => parseManifest({ version: 2 }, "out/manifest.json"))).toMatchObject({
    code: "VOXRX_BAD_MANIFEST",
    file: "out/manifest.json",
  });
  expect(await thrown(() => nextManifest(undefined, itemsOf("aba"), settings))).toMatchObject({
    code: "VOXRX_REPEATED_ID",
    item: "a",
  });
  expect(await thrown(() => nextManifest(undefined, [], settings))).toMatchObject({ code: "VOXRX_NO_ITEMS" });
});

test("blocks are a 64th of the items, and at most 64", () => {
  expect([1, 20, 64, 65, 240, 4096, 1_000_000].map(usualBlockSize)).toEqual([1, 1, 1, 2, 4, 64, 64]);
});
