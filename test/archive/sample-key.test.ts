import fc from "fast-check";
import { expect, test } from "vitest";
import { idOfSampleKey, sampleKeyOf } from "../../src/archive/sample-key.ts";
import { runsOf } from "../support/long.ts";

const parts = fc.constantFrom(..."./\\%_:2eEuUaA0D8\0\n\x7f\ud800\udc00é", "__", "%2E", "%25", "%u", "\ud83d\ude00");
const id = fc.oneof(
  fc.array(parts, { maxLength: 9 }).map((some) => some.join("")),
  fc.string({ unit: "binary" }),
);

test("an id comes back from its key", () => {
  fc.assert(
    fc.property(id, (given) => {
      expect(idOfSampleKey(sampleKeyOf(given))).toBe(given);
    }),
    { numRuns: runsOf(2000) },
  );
});

test("Python's webdataset finds every key before the first dot of the last part", () => {
  fc.assert(
    fc.property(id, (given) => {
      const key = sampleKeyOf(given);
      // webdataset.tariterators.base_plus_ext, and its pattern for files to skip
      expect(/^((?:.*\/|)[^.]+)[.]([^/]*)$/.exec(`${key}.seg.nii.gz`)?.slice(1)).toEqual([key, "seg.nii.gz"]);
      expect(`${key}.seg__`).not.toMatch(/^__[^/]*__($|\/)/);
    }),
    { numRuns: runsOf(1000) },
  );
});

test("ordinary ids are keys as they are; others are escaped where it is needed", () => {
  const plain = ["sub-01_T1w", "case/0001", "v1.2/a", "50%", "my%20scan", "ä b", "_x", "1:a", "__proto".slice(1)];
  for (const each of plain) expect(sampleKeyOf(each)).toBe(each);
  expect(
    ["imagesTr/la_003.nii.gz", "/a//b/", "../a", "a\\b\n", "__meta__", "c:/x", "a%2Eb", "", "%"].map(sampleKeyOf),
  ).toEqual([
    "imagesTr/la_003%2Enii%2Egz",
    "%2Fa/%2Fb%2F",
    "%2E./a",
    "a%5Cb%0A",
    "%5F_meta__",
    "c%3A/x",
    "a%252Eb",
    "%",
    "%25",
  ]);
});

test("keys that other tools wrote are ids as they are", () => {
  for (const key of ["my%20scan", "50%25", "a%2eb", "%41", "%%", "100%/x"]) expect(idOfSampleKey(key)).toBe(key);
});
