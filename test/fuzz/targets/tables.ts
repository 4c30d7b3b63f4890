/** Text from users and servers: JSON, lists, manifests, sidecars, tables, ignore rules. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { bids } from "../../../datasets/bids.ts";
import { csv } from "../../../datasets/csv.ts";
import { datalist } from "../../../datasets/datalist.ts";
import { ignoreRules } from "../../../datasets/ignore-rules.ts";
import { sections } from "../../../datasets/sections.ts";
import { Dataset } from "../../../src/dataset.ts";
import { BadJson, parseJsonBytes } from "../../../src/files/read-json.ts";
import { blindChanges, edgeWords, lineChanges, rareBlindChanges } from "../mutations.ts";
import { broken, type FuzzInput, type Target, workDir } from "../target.ts";

const odd = fc.constantFrom(
  "",
  "__proto__",
  "constructor",
  "toString",
  "\u00e9",
  '"',
  ",",
  "a;b",
  " x ",
  "\ud83d\ude00",
  "NaN",
  "-0",
);
const word = fc.oneof(odd, edgeWords, fc.string({ maxLength: 8 }));

/** Text in UTF-8 or UTF-16, with a byte order mark or without. */
const encode = fc.constantFrom<(text: string) => Buffer>(
  (text) => Buffer.from(text),
  (text) => Buffer.from(`\ufeff${text}`),
  (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
);

const jsonInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(fc.jsonValue({ maxDepth: 4 }), fc.nat(2), encode, lineChanges, blindChanges, fc.nat(5))
  .map(([value, indent, encoded, inLines, change, odds]) => {
    const text = JSON.stringify(value, undefined, indent);
    const marked = odds === 1 ? text.replace(/\btrue\b/, "NaN") : text;
    const bytes = odds < 2 ? encoded(marked) : odds < 4 ? encoded(inLines(text)) : change(encoded(text));
    return {
      shown: bytes,
      async check() {
        try {
          const read = parseJsonBytes(bytes);
          if (odds === 0 && JSON.stringify(read) !== JSON.stringify(JSON.parse(text))) broken("another value");
          return "right";
        } catch (error) {
          if (!(error instanceof BadJson)) throw error;
          if (odds < 2) broken(`valid JSON is refused: ${error.message}`);
          if (!(error.place.line >= 1 && error.place.column >= 1)) broken("no place");
          return "VOXRX_BAD_DATALIST"; // what callers say
        }
      },
    };
  });

const entry = fc.record(
  {
    image: fc.oneof(fc.constantFrom("a.nii", "b/c.nii", "http://h/x"), word, fc.array(word, { maxLength: 2 })),
    label: word,
    fold: fc.nat(3),
  },
  { requiredKeys: ["image"] },
);
const listInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.record({ training: fc.array(entry, { maxLength: 4 }), numTest: word }),
    encode,
    lineChanges,
    rareBlindChanges,
    fc.nat(3),
    fc.boolean(),
  )
  .map(([list, encoded, inLines, change, odds, isConfined]) => {
    const text = JSON.stringify(list, undefined, 1);
    const plain = encoded(odds === 0 ? text : inLines(text));
    const bytes = change && odds > 0 ? change(plain) : plain;
    return {
      shown: bytes,
      async check() {
        const path = join(workDir(), "dataset.json");
        writeFileSync(path, bytes);
        // A list that the user wrote may name any file; `root` confines it.
        const options = isConfined ? { root: workDir() } : {};
        for (const { image } of await datalist(path, options).toArray()) {
          for (const one of [image].flat()) {
            if (isConfined && !one.startsWith("http") && !one.startsWith(workDir()))
              broken(`a path outside of the directory: ${one}`);
          }
        }
        return "right";
      },
    };
  });

const manifestInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(fc.shuffledSubarray([..."abcdef"], { minLength: 6 }), lineChanges, rareBlindChanges, fc.nat(3))
  .map(([ids, inLines, change, odds]) => {
    const manifest = {
      version: 1,
      made: { seed: 1 },
      training: ids.slice(0, 3),
      validation: ids.slice(3, 5),
      test: ids.slice(5),
    };
    const text = JSON.stringify(manifest, undefined, 1);
    const plain = Buffer.from(odds === 0 ? text : inLines(text));
    const bytes = change && odds > 0 ? change(plain) : plain;
    return {
      shown: bytes,
      async check() {
        const path = join(workDir(), "split.json");
        writeFileSync(path, bytes);
        const items = Dataset.from([..."abcdef"], { id: (item) => item });
        const parts = sections(items, { rule: "ixi", manifest: path });
        const found = [await parts.training.toArray(), await parts.validation.toArray(), await parts.test.toArray()];
        if (String(found.flat().sort()) !== "a,b,c,d,e,f") broken(`items are lost: ${JSON.stringify(found)}`);
        if (odds === 0 && String(found[0]) !== String(manifest.training)) broken("another split");
        return "right";
      },
    };
  });

const cell = fc
  .oneof(fc.constantFrom("1", "2.5", "NA", "yes", "x y"), word)
  .map((text) => Array.from(text, (char) => (/[\p{Cc}\p{Cs}]/u.test(char) ? "" : char)).join(""));
const tableInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 5 }),
    fc.constantFrom("\n", "\r\n", "\r"),
    encode,
    lineChanges,
    rareBlindChanges,
    fc.tuple(fc.nat(4), fc.boolean(), fc.boolean()),
  )
  .map(([rows, end, encoded, inLines, change, [odds, gzip, typed]]) => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const lines = [["name", "age"], ...rows].map((row) => row.map(quoted).join(","));
    const text = `${lines.join(end)}${end}`;
    const plain = encoded(odds === 0 ? text : inLines(text));
    const changed = change && odds > 0 ? change(plain) : plain;
    const bytes = gzip ? gzipSync(changed, { level: 1 }) : changed;
    return {
      shown: bytes,
      async check() {
        const path = join(workDir(), "table.csv");
        writeFileSync(path, bytes);
        const reading = typed && odds > 0 ? csv(path, { types: { age: "number" } }) : csv(path);
        const values = (await reading.toArray()).map((row: Readonly<Record<string, unknown>>) => [row.name, row.age]);
        if (odds === 0) {
          if (JSON.stringify(values) !== JSON.stringify(rows))
            broken(`expected ${JSON.stringify(rows)}, got ${JSON.stringify(values)}`);
        } else if (typed && values.some(([, age]) => typeof age !== "number" || !Number.isFinite(age)))
          broken("an age that is not a number");
        return "right";
      },
    };
  });

const rule = fc.oneof(
  fc.constantFrom(
    "*.tmp",
    "!keep.tmp",
    "/dir/",
    "**/x",
    "a/**/b",
    "[a-c]x",
    "[!a]*",
    "\\#x",
    "# comment",
    "a\\",
    "[",
    "[]",
    "[]]",
    "***",
    "a//b",
    "/",
    "!",
  ),
  fc.string({
    maxLength: 12,
    unit: fc.constantFrom("*", "?", "[", "]", "!", "\\", "/", "a", "b", "-", "^", " ", "\ud83d\ude00"),
  }),
);
const ignoreInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.array(rule, { maxLength: 6 }),
    fc.string({ maxLength: 20, unit: fc.constantFrom("a", "b", "/", "x", ".", "c", "-") }),
  )
  .map(([rules, path]) => ({
    shown: JSON.stringify([rules, path]),
    async check() {
      const isIgnored = ignoreRules(rules.join("\n"));
      const found = isIgnored(path);
      if (ignoreRules(rules.join("\r\n"))(path) !== found) broken("other line ends give another answer");
      // The last rule decides, for what is not in an ignored directory.
      if (ignoreRules([...rules, "*"].join("\n"))(path) !== true && path.split("/").some(Boolean))
        broken("* does not ignore everything");
      return "right";
    },
  }));

const sidecarInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(
    fc.dictionary(word, fc.jsonValue({ maxDepth: 2 })),
    encode,
    lineChanges,
    rareBlindChanges,
    fc.tuple(fc.nat(3), fc.array(rule)),
  )
  .map(([sidecar, encoded, inLines, change, [odds, rules]]) => {
    const text = JSON.stringify(sidecar, undefined, 1);
    const plain = encoded(odds === 0 ? text : inLines(text));
    const bytes = change && odds > 0 ? change(plain) : plain;
    return {
      shown: bytes,
      async check() {
        const root = join(workDir(), "study");
        rmSync(root, { recursive: true, force: true });
        mkdirSync(join(root, "sub-1", "anat"), { recursive: true });
        writeFileSync(join(root, "sub-1", "anat", "sub-1_T1w.nii"), "x");
        writeFileSync(join(root, "T1w.json"), bytes);
        writeFileSync(join(root, ".bidsignore"), odds === 0 ? "" : rules.join("\n"));
        const [item] = await bids(root).toArray();
        const read = JSON.stringify(item?.sidecar);
        if (odds === 0 && read !== JSON.stringify(JSON.parse(text))) broken(`expected ${text}, got ${read}`);
        return "right";
      },
    };
  });

export const tableTargets: readonly Target[] = [
  { name: "json", inputs: jsonInputs },
  { name: "data lists", inputs: listInputs, cost: 3 },
  { name: "split manifest", inputs: manifestInputs, cost: 3 },
  { name: "csv", inputs: tableInputs, cost: 3 },
  { name: "ignore rules", inputs: ignoreInputs },
  { name: "bids sidecars", inputs: sidecarInputs, cost: 10 },
];
