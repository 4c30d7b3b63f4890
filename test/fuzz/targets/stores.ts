/** What VoxRx itself keeps on disk: entries of stores, records of LMDB, downloads and extractions, notes, locks. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readRecord as readExtraction } from "../../../src/archive/extraction-record.ts";
import { decodeItem } from "../../../src/cache/codec/decode-entry.ts";
import { checksumOf, encodeItem, headStart } from "../../../src/cache/codec/encode-entry.ts";
import { openTables } from "../../../src/cache/lmdb/lmdb-environment.ts";
import { lmdbStore } from "../../../src/cache/lmdb/lmdb-store.ts";
import { tryFileLock } from "../../../src/files/file-lock.ts";
import { readRecord as readDownload } from "../../../src/http/download-record.ts";
import { PartialFile } from "../../../src/http/partial-file.ts";
import { Volume } from "../../../src/volume/volume.ts";
import { checkSamples } from "../image-input.ts";
import { blindChanges, edgeIntegers, edgeWords, lineChanges } from "../mutations.ts";
import { broken, type FuzzInput, type Target, workDir } from "../target.ts";

const plainValue = fc.oneof(
  fc.string(),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0),
  fc.date(),
);
const fields = fc.dictionary(
  fc.constantFrom("a", "__proto__", "constructor", "b.c", "t", "v"),
  fc.oneof(plainValue, fc.array(plainValue, { maxLength: 3 })),
  { noNullPrototype: true },
);
const itemFiles = [{ path: "a.nii", size: 3, modified: "1", changed: "2" }];

const entries = fc
  .record({
    fields,
    shape: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 4 }),
    dtype: fc.constantFrom("keep" as const, "float16" as const),
  })
  .map(({ fields: given, shape, dtype }) => {
    const size = shape.reduce((product, n) => product * n, 1);
    const volume = new Volume({ data: Float32Array.from({ length: size }, (_, n) => n), shape, meta: { note: "x" } });
    const value = { ...given, volume, list: Int16Array.of(1, 2, 3) };
    return { value, bytes: encodeItem({ value, files: itemFiles }, dtype) };
  });

/** The same bytes with a checksum and a length that are right again. */
function sealed(bytes: Buffer): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  if (copy.length < headStart) return copy;
  const view = new DataView(copy.buffer);
  view.setFloat64(16, copy.length, true);
  view.setUint32(12, checksumOf(copy), true);
  return copy;
}

/** A head with one of its words replaced, of the same length. */
const headChanges = fc
  .tuple(fc.nat(60), fc.oneof(edgeWords, edgeIntegers.map(String), fc.constantFrom('"uint8"', "[]", "{}", '"date"')))
  .map(([place, word]) => (bytes: Uint8Array) => {
    const length = Buffer.from(bytes).readUInt32LE(8);
    const words = Buffer.from(bytes.subarray(headStart, headStart + length))
      .toString()
      .split(/(?<=[[\]{}:,])|(?=[[\]{}:,])/);
    const text = Buffer.from(words.with(place % words.length, word).join(""));
    const copy = Buffer.from(bytes);
    copy.fill(32, headStart, headStart + length);
    text.copy(copy, headStart, 0, length);
    return copy;
  });

const entryInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(entries, headChanges, blindChanges, fc.nat(5))
  .map(([{ value, bytes }, inHead, change, odds]) => {
    const given =
      odds === 0
        ? bytes
        : odds === 1
          ? Uint8Array.from(change(bytes))
          : sealed(odds < 4 ? inHead(bytes) : change(bytes));
    return {
      shown: given,
      async check() {
        const decoded = decodeItem(Uint8Array.from(given));
        if (!decoded.ok) {
          if (odds === 0) broken(`a valid entry is refused: ${decoded.fault}`);
          if (decoded.fault === "") broken("no fault is named");
          return "VOXRX_STORE_UNUSABLE"; // damage, reported by the store
        }
        const { value: found, files } = decoded.item;
        if (odds === 0 && fc.stringify({ ...value, volume: 0 }) !== fc.stringify({ ...Object(found), volume: 0 }))
          broken(`expected ${fc.stringify(value)}, got ${fc.stringify(found)}`);
        if (odds === 1 && !Buffer.from(given).equals(bytes)) broken("a damaged entry is believed");
        for (const part of Object.values(Object(found)))
          if (part instanceof Volume && part.size > 0) checkSamples(part);
        for (const { path } of files) if (typeof path !== "string") broken("a file without a path");
        return "right";
      },
    };
  });

const record = { size: 10, used: 1, files: itemFiles };
const tableNames = ["entries", "index", "recent", "leases", "facts"] as const;

/** Tables of a store with damaged values: it serves on, and says what it lost. */
const lmdbInputs: fc.Arbitrary<FuzzInput> = fc
  .array(
    fc.tuple(
      fc.constantFrom(...tableNames),
      fc.constantFrom("a", "totals", "format", "b"),
      lineChanges,
      blindChanges,
      fc.nat(2),
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((changes) => {
    const values = changes.map(([table, key, inLines, change, odds]) => {
      const text = JSON.stringify(key === "totals" ? { entries: 1, bytes: 10 } : record, undefined, 1);
      return [table, key, odds === 0 ? Buffer.from(inLines(text)) : change(Buffer.from(text))] as const;
    });
    return {
      shown: JSON.stringify(values.map(([table, key, value]) => [table, key, value.toString("latin1")])),
      check: () => checkStore(values),
    };
  });

async function checkStore(
  values: readonly (readonly [table: (typeof tableNames)[number], key: string, value: Uint8Array])[],
) {
  const dir = join(workDir(), "store");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  const options = { maxBytes: 2 ** 26, compression: false, dtype: "keep" };
  const item = { value: { n: 1 }, files: [] };
  {
    await using store = lmdbStore(dir);
    await store.set("a", item);
  }
  const tables = await openTables(dir, options);
  for (const [table, key, value] of values) await tables[table].put(key, value);
  await tables.root.close();
  await using store = lmdbStore(dir);
  const found = await store.get("a");
  if (found !== undefined && fc.stringify(Object(found).value ?? found) !== fc.stringify(item.value))
    broken(`another item: ${fc.stringify(found)}`);
  await store.set("b", item);
  const stats = await store.stats();
  if (!(Number.isFinite(stats.entries) && Number.isFinite(stats.bytes)))
    broken(`the totals are ${JSON.stringify(stats)}`);
  await store.verify();
  await store.prune(1);
  await store.clear();
  const after = await store.stats();
  if (after.entries !== 0 || after.bytes !== 0) broken(`after clear(): ${JSON.stringify(after)}`);
  return "right" as const;
}

function changedText(text: string) {
  return fc
    .tuple(lineChanges, fc.option(blindChanges))
    .map(([inLines, change]) => (change ? change(Buffer.from(text)) : Buffer.from(inLines(text))));
}

const note = JSON.stringify({ url: "http://h/x", etag: '"1"', total: 5 }, undefined, 1);
const noteInputs: fc.Arbitrary<FuzzInput> = fc.tuple(changedText(note), fc.nat(7)).map(([bytes, there]) => ({
  shown: bytes,
  async check() {
    const target = join(workDir(), "downloaded");
    writeFileSync(`${target}.part`, "x".repeat(there));
    writeFileSync(`${target}.part.json`, bytes);
    const part = await PartialFile.open(target, "http://h/x", false);
    const { bytes: kept, note: known } = part;
    await part.close();
    await part.remove();
    if (kept > 0 && (known?.url !== "http://h/x" || kept > (known.total ?? kept)))
      broken(`${kept} bytes are kept of ${JSON.stringify(known)}`);
    return "right";
  },
}));

const download = JSON.stringify(
  { url: "http://h/x", sha256: "a".repeat(64), file: { path: "f", size: 1, modified: "1", changed: "1" } },
  undefined,
  1,
);
const extraction = JSON.stringify(
  { archive: { size: 1, modified: "1" }, files: [["a", 1]], leftOut: [] },
  undefined,
  1,
);
const recordInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(changedText(download), changedText(extraction))
  .map(([one, other]) => ({
    shown: Buffer.concat([one, other]),
    async check() {
      const dir = join(workDir(), ".voxrx");
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(workDir(), "f"), "x");
      writeFileSync(join(dir, "f.download.json"), one);
      if (await readDownload(join(workDir(), "f"))) broken("a record of another file is believed");
      const path = join(dir, "extraction.json");
      writeFileSync(path, other);
      const found = await readExtraction(path, { size: 1, modified: "1" });
      for (const [name, size] of found?.files ?? [])
        if (typeof name !== "string" || typeof size !== "number") broken("a damaged record");
      return "right";
    },
  }));

const ownerName = fc
  .oneof(
    fc
      .tuple(edgeWords, edgeWords, edgeWords)
      .map(([pid, start, thread]) => `${pid}-${start}-${thread}-${"a".repeat(16)}-${"b".repeat(32)}`),
    edgeWords,
    fc.string({ minLength: 1, maxLength: 30 }),
  )
  .map((name) =>
    Buffer.from(name.replace(/[/\0]/g, "_"))
      .subarray(0, 200)
      .toString()
      .replace(/^\.{0,2}$/, "x"),
  );
const lockInputs: fc.Arbitrary<FuzzInput> = fc.array(ownerName, { minLength: 1, maxLength: 2 }).map((names) => ({
  shown: JSON.stringify(names),
  async check() {
    const path = join(workDir(), "lock");
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path);
    for (const name of names) writeFileSync(join(path, name), "");
    const release = await tryFileLock(path);
    await release?.();
    return "right";
  },
}));

export const storeTargets: readonly Target[] = [
  { name: "store entries", inputs: entryInputs },
  { name: "lmdb records", inputs: lmdbInputs, cost: 60 },
  { name: "partial files", inputs: noteInputs, cost: 4 },
  { name: "records of downloads and extractions", inputs: recordInputs, cost: 3 },
  { name: "locks", inputs: lockInputs, cost: 3 },
];
