import * as fc from "fast-check";
import { expect, test } from "vitest";
import { visible, visibleJson } from "../src/visible-text.ts";

test.for([
  ["a\x1b[31mred", "a\\x1b[31mred"],
  ["one\ntwo\r\tthree", "one\\ntwo\\r\\tthree"],
  ["\x00\x07\x7f\x9b2J", "\\x00\\x07\\x7f\\x9b2J"],
  ["gpj.\u202efdp\u2066", "gpj.\\u202efdp\\u2066"],
  ["é 日本 👩‍⚕️ C:\\new", "é 日本 👩‍⚕️ C:\\new"],
] as const)("%j is seen as %j", ([text, seen]) => expect(visible(text)).toBe(seen));

const dangerous = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u;
const text = fc.string({ unit: "binary" });

test("no text keeps a character that controls a terminal, and a visible text stays as it is", () => {
  fc.assert(
    fc.property(text, (given) => {
      const seen = visible(given);
      expect(seen).not.toMatch(dangerous);
      expect(visible(seen)).toBe(seen);
    }),
  );
});

test("JSON has none either, and means the same", () => {
  fc.assert(
    fc.property(fc.dictionary(text, text), (record) => {
      const json = visibleJson(record);
      expect(json).not.toMatch(dangerous);
      expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(record)));
    }),
  );
});
