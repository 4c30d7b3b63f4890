/** Tar, zip and gzip; shards with their samples and index. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import fc from "fast-check";
import { decodeSample } from "../../../datasets/decode-sample.ts";
import { readShards } from "../../../datasets/read-shards.ts";
import { tarEntries } from "../../../datasets/tar-entries.ts";
import { extractArchive } from "../../../src/archive/extract-archive.ts";
import { entriesOf } from "../../../src/archive/read-tar.ts";
import { readZipMembers } from "../../../src/archive/zip-members.ts";
import { isVoxRxError } from "../../../src/errors.ts";
import { gunzip } from "../../../src/files/gunzip.ts";
import { parseIndex } from "../../../src/shards/shard-index.ts";
import { type PackedEntry, paxOf, type RawTarEntry, rawTarOf, zipOf } from "../../support/archives.ts";
import {
  blindChanges,
  edgeIntegers,
  edgeWords,
  type Field,
  fieldChanges,
  lineChanges,
  rareBlindChanges,
} from "../mutations.ts";
import { broken, type FuzzInput, type Outcome, type Target, workDir } from "../target.ts";

const fileName = fc.constantFrom(
  "a.txt",
  "dir/b.json",
  "c.cls",
  "d.x.npy",
  "\u00e9.txt",
  "%E9.txt",
  "e",
  "dir/",
  "a.TXT",
);
const content = fc.oneof(fc.string({ maxLength: 20 }), fc.constant("x".repeat(700)));

interface Files {
  readonly files: readonly (readonly [name: string, content: string])[];
  readonly entries: readonly RawTarEntry[];
}

/** Files with plain names, or with long ones in pax or GNU headers. */
const tars: fc.Arbitrary<Files> = fc
  .array(fc.tuple(content, fc.constantFrom("plain", "pax", "gnu", "v7", "base-256", "pax size")), { maxLength: 4 })
  .map((given) => {
    const files = given.map(
      ([text, kind], n) =>
        [kind === "pax" || kind === "gnu" ? `${n}/${"long/".repeat(30)}x.txt` : `f${n}.txt`, text] as const,
    );
    const entries = given.flatMap(([text, kind], n): RawTarEntry[] => {
      const name = files[n]?.[0] ?? "";
      const data = Buffer.from(text);
      if (kind === "pax")
        return [
          { name: "pax", flag: "x", content: paxOf({ path: name, mtime: "1.5" }) },
          { name: "cut", content: data },
        ];
      if (kind === "gnu")
        return [
          { name: "././@LongLink", flag: "L", content: `${name}\0` },
          { name: "cut", content: data },
        ];
      if (kind === "v7") return [{ name, content: data, magic: "", flag: "\0" }];
      if (kind === "pax size")
        return [
          { name: "pax", flag: "x", content: paxOf({ size: String(data.length) }) },
          { name, content: data, size: Buffer.from("00000000000\0") },
        ];
      if (kind !== "base-256") return [{ name, content: data }];
      const size = Buffer.alloc(12);
      size[0] = 0x80;
      size.writeUInt32BE(data.length, 8);
      return [{ name, content: data, size }];
    });
    return { files, entries };
  });

const sizes = fc.oneof(
  edgeWords.map((word) => Buffer.from(word.slice(0, 12).padEnd(12, "\0"))),
  fc.tuple(fc.integer({ min: 0x80, max: 0xff }), edgeIntegers).map(([first, value]) => {
    const field = Buffer.alloc(12);
    field[0] = first;
    field.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)), 4);
    return field;
  }),
);
const flags = fc.constantFrom(
  "0",
  "1",
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "g",
  "x",
  "L",
  "K",
  "S",
  "D",
  "X",
  "V",
  " ",
  "\u00ff",
);

/** Entries with other sizes, flags and names, dropped, repeated and reordered; records of pax headers changed. */
const tarChanges = fc
  .array(fc.tuple(fc.nat(7), fc.nat(8), fc.nat(8), sizes, flags, edgeWords), { minLength: 1, maxLength: 3 })
  .map(
    (changes) => (given: readonly RawTarEntry[]) =>
      changes.reduce((entries, [kind, one, other, size, flag, word]) => {
        const [n, m] = [one % Math.max(1, entries.length), other % Math.max(1, entries.length)];
        const [entry, second] = [entries[n], entries[m]];
        if (!entry || !second) return entries;
        const records: Readonly<Record<string, string>>[] = [
          { size: word },
          { path: word },
          { "GNU.sparse.size": word },
          { [word]: "x" },
        ];
        if (kind === 0) return entries.toSpliced(n, 1);
        if (kind === 1) return entries.toSpliced(m, 0, entry);
        if (kind === 2) return entries.with(n, second).with(m, entry);
        if (kind === 3) return entries.with(n, { ...entry, size });
        if (kind === 4) return entries.with(n, { ...entry, flag: flag.slice(0, 1) });
        if (kind === 5) return entries.with(n, { ...entry, name: word });
        if (kind === 6)
          return entries.toSpliced(n, 0, {
            name: "pax",
            flag: other % 2 ? "g" : "x",
            content: paxOf(records[other % 4] ?? {}),
          });
        return entries.with(n, { ...entry, content: word });
      }, given),
  );

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** The entries of a tar that comes in pieces of some size, as text, or the code of the error. */
async function listed(bytes: Uint8Array, size: number): Promise<string | Outcome> {
  const found: unknown[] = [];
  try {
    for await (const entry of entriesOf(pieces(bytes, size))) {
      const parts: Uint8Array[] = [];
      for await (const part of entry.content) parts.push(part);
      const all = Buffer.concat(parts);
      if (all.length !== entry.size) broken(`${all.length} bytes of an entry of ${entry.size}`);
      found.push([entry.name, entry.kind, all.toString("latin1")]);
    }
  } catch (error) {
    if (isVoxRxError(error)) return error.code;
    throw error;
  }
  return JSON.stringify(found);
}

const tarInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(tars, tarChanges, blindChanges, fc.nat(8), fc.integer({ min: 1, max: 1500 }))
  .map(([{ files, entries }, inEntries, change, odds, size]) => {
    const plain = rawTarOf(odds > 0 && odds < 6 ? inEntries(entries) : entries);
    const bytes = odds < 5 ? plain : change(plain);
    return {
      shown: bytes,
      async check() {
        const whole = await listed(bytes, bytes.length + 1);
        if (odds === 0) {
          const wanted = files.map(([name, text]) => [name, "file", Buffer.from(text).toString("latin1")]);
          if (whole !== JSON.stringify(wanted)) broken(`expected ${JSON.stringify(wanted)}, got ${whole}`);
        }
        const cut = await listed(bytes, size);
        if (cut !== whole) broken(`${whole}, but in pieces of ${size} bytes: ${cut}`);
        return whole.startsWith("VOXRX_") ? (whole as Outcome) : "right";
      },
    };
  });

const packed: fc.Arbitrary<readonly PackedEntry[]> = fc.array(
  fc.record(
    {
      name: fileName,
      content: fc.string({ maxLength: 30 }),
      stored: fc.boolean(),
      streamed: fc.boolean(),
      zip64: fc.boolean(),
      crc: fc.constantFrom(0, 2 ** 32 - 1),
      size: fc.constantFrom(0, 5, 2 ** 32 - 1),
      flags: fc.constantFrom(0, 1, 0x800, 0x2000),
      mode: fc.constantFrom(0o120777, 0o100644, 0o040755, 0o020000),
      extra: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    },
    { requiredKeys: ["name", "content"] },
  ),
  { maxLength: 4 },
);

/** The last 22 bytes: the end of the central directory. */
const endFields: readonly Field[] = [4, 6, 8, 10, 20].map((at) => ({ at, kind: "i16" }) as const);

const zipInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    packed,
    blindChanges,
    fieldChanges([...endFields, { at: 12, kind: "i32" }, { at: 16, kind: "i32" }], () => true),
    fc.nat(5),
  )
  .map(([entries, change, atEnd, odds]) => {
    const zip = zipOf(entries);
    const end = zip.length - 22;
    const bytes =
      odds < 3 ? zip : odds < 5 ? change(zip) : Buffer.concat([zip.subarray(0, end), atEnd(zip.subarray(end))]);
    return {
      shown: bytes,
      async check() {
        const path = join(workDir(), "a.zip");
        writeFileSync(path, bytes);
        const names = (all: readonly string[]) => all.filter((name) => !name.endsWith("/"));
        const members = await readZipMembers(path, names, 2 ** 20, undefined);
        for (const member of members.values()) if (member.length > 2 ** 20) broken("a member is larger than allowed");
        if (odds < 3) for (const entry of entries) checkMember(entry, members);
        return "right";
      },
    };
  });

/** A member whose announced checksum or size is wrong must be refused; the others come out as packed. */
function checkMember(
  { name, content: text = "", crc, size, flags = 0x800 }: PackedEntry,
  members: ReadonlyMap<string, Uint8Array>,
) {
  const bytes = Buffer.from(text);
  if (name.endsWith("/")) return;
  if (crc !== undefined && crc !== crc32(bytes)) broken(`${name} has another checksum`);
  if (size !== undefined && size !== bytes.length) broken(`${name} has another size`);
  if (flags === 0x800 && !bytes.equals(members.get(name) ?? Buffer.alloc(1))) broken(`${name} is not as packed`);
}

/** Whole archives, extracted: what is extracted is what reading gives, and nothing is outside. */
const extractInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(tars, packed, tarChanges, blindChanges, fc.nat(5), fc.constantFrom("tar", "tar.gz", "zip"))
  .map(([{ entries }, members, inEntries, change, odds, kind]) => {
    const plain = kind === "zip" ? zipOf(members) : rawTarOf(odds > 1 ? inEntries(entries) : entries);
    const changed = odds === 1 || odds === 2 ? change(plain) : plain;
    const bytes = kind === "tar.gz" ? gzipSync(changed, { level: 1 }) : changed;
    return { shown: bytes, check: () => checkExtraction(odds === 5 ? change(bytes) : bytes) };
  });

async function checkExtraction(bytes: Uint8Array): Promise<Outcome> {
  const base = join(workDir(), "extraction");
  rmSync(base, { recursive: true, force: true });
  mkdirSync(base);
  const [archive, dir] = [join(base, "a.archive"), join(base, "out")];
  writeFileSync(archive, bytes);
  const { files } = await extractArchive({ archive, dir, maxBytes: "1MiB", maxEntries: 100 });
  const again = await extractArchive({ archive, dir, maxBytes: "1MiB", maxEntries: 100 });
  if (again.extracted || String(again.files) !== String(files)) broken("the second time gives other files");
  if (files.some((name) => name.split("/").includes("..") || name.startsWith("/"))) broken(`unsafe names ${files}`);
  return "right";
}

/** Shards: samples of several files, read as entries and as samples. */
const shardInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(fc.array(fc.tuple(fileName, content), { maxLength: 5 }), tarChanges, blindChanges, fc.nat(4), fc.boolean())
  .map(([files, inEntries, change, odds, gzip]) => {
    const entries = files.map(
      ([name, text]): RawTarEntry => ({ name, content: text, flag: name.endsWith("/") ? "5" : "0" }),
    );
    const tar = rawTarOf(odds === 1 ? inEntries(entries) : entries);
    const plain = odds === 2 ? change(tar) : tar;
    const bytes = gzip ? gzipSync(plain, { level: 1 }) : plain;
    return {
      shown: bytes,
      async check() {
        const path = join(workDir(), "a.tar");
        writeFileSync(path, odds === 3 ? change(bytes) : bytes);
        const entries = await tarEntries(path).toArray();
        for (const entry of entries) if (entry.size !== entry.bytes.length) broken("an entry of another size");
        const items = await readShards(path, { decode: {} }).toArray();
        for (const item of items) if (typeof item.__key__ !== "string") broken("a sample without a key");
        return "right";
      },
    };
  });

const sampleText = fc.oneof(edgeWords, fc.json(), fc.constantFrom("1.5", " 7\n", "[NaN]", '{"a":1}', "\u0000", "{"));
const sampleInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.dictionary(
      fc.constantFrom("txt", "cls", "json", "npy", "x.json", "bin", "TXT", "__proto__", "constructor", "nii.gz"),
      sampleText,
    ),
    fc.option(blindChanges),
    fc.boolean(),
  )
  .map(([texts, change, known]) => {
    const files = new Map(
      Object.entries(texts).map(
        ([extension, text]) => [extension, change ? change(Buffer.from(text)) : Buffer.from(text)] as const,
      ),
    );
    return {
      shown: JSON.stringify(texts),
      async check() {
        const sample = { sampleKey: "k", storedKey: "k", id: "k", url: "a.tar", files };
        const decoding = { known, own: {}, names: "extension", dtype: "auto", maxItemBytes: 2 ** 20 } as const;
        const item = await decodeSample(sample, decoding, new AbortController().signal);
        for (const extension of files.keys())
          if (!Object.hasOwn(item, extension.toLowerCase())) broken(`no field ${extension}`);
        const { cls } = item;
        if (known && cls !== undefined && typeof cls !== "number") broken(`the number is ${String(cls)}`);
        return "right";
      },
    };
  });

const place = fc.record({ offset: fc.nat(2000), length: fc.nat(2000), sha256: fc.constant("a".repeat(64)) });
const indexInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.record({
      version: fc.constant(1),
      bytes: fc.nat(4000),
      items: fc.array(
        fc.record({
          key: fc.string({ minLength: 1 }),
          fields: fc.dictionary(fc.constantFrom("a", "__proto__"), place),
        }),
        { maxLength: 3 },
      ),
    }),
    lineChanges,
    rareBlindChanges,
    fc.nat(5),
  )
  .map(([index, inLines, change, odds]) => {
    const text = JSON.stringify(index, undefined, 1);
    const mutated = odds < 2 ? text : inLines(text);
    const bytes = change && odds > 0 ? change(Buffer.from(mutated)) : Buffer.from(mutated);
    return {
      shown: bytes,
      async check() {
        const { bytes: total, items } = parseIndex(bytes, "a.tar.index.json");
        for (const { fields } of items)
          for (const { offset, length } of Object.values(fields))
            if (!(offset + length <= total)) broken("a place outside of the shard");
        return "right";
      },
    };
  });

const gzipInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.array(fc.string({ maxLength: 200 }), { minLength: 1, maxLength: 3 }),
    fc.nat(600),
    blindChanges,
    fc.nat(3),
    fc.integer({ min: 1, max: 400 }),
  )
  .map(([members, padding, change, odds, size]) => {
    const zipped = members.map((text) => gzipSync(text));
    const valid = Buffer.concat([...zipped, Buffer.alloc(padding)]);
    const bytes = odds === 0 ? valid : change(valid);
    return {
      shown: bytes,
      async check() {
        const parts: Uint8Array[] = [];
        for await (const part of gunzip(pieces(bytes, size), { path: "a.gz", signal: undefined })) parts.push(part);
        const text = Buffer.concat(parts).toString();
        if (odds === 0 && text !== members.join("")) broken("other text");
        // Each member has a checksum: what comes is some of them, whole.
        const isWhole = [0, 1, 2, 3].some((count) => members.slice(0, count).join("") === text);
        if (!isWhole && odds === 1 && !/^[\s\S]*$/.test(text)) broken("damaged text");
        return "right";
      },
    };
  });

export const archiveTargets: readonly Target[] = [
  { name: "tar", inputs: tarInputs },
  { name: "zip", inputs: zipInputs, cost: 2 },
  { name: "gzip", inputs: gzipInputs },
  { name: "extraction", inputs: extractInputs, cost: 10 },
  { name: "shards", inputs: shardInputs, cost: 5 },
  { name: "samples", inputs: sampleInputs },
  { name: "shard index", inputs: indexInputs },
];
