import fc from "fast-check";
import { expect, test } from "vitest";
import { ownCopy } from "../../src/plan/own-copy.ts";

test("a copy is equal, and shares nothing that can be changed", () => {
  const data = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withSparseArray: true,
    withNullPrototype: true,
  });
  fc.assert(
    fc.property(data, (value) => {
      const copy = ownCopy(value);
      expect(copy).toStrictEqual(value);
      if (typeof value === "object" && value !== null) expect(copy).not.toBe(value);
    }),
  );
});

test("URLs and buffers stay what they are, cycles end, and what is no plain data is itself", () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const date = new Date(5);
  const made = ownCopy({ url: new URL("http://localhost/a"), bytes: Buffer.from("ab"), circle, date, fn: ownCopy });
  expect([made.url.href, made.bytes.toString(), made.date.getTime(), made.fn]).toEqual([
    "http://localhost/a",
    "ab",
    5,
    ownCopy,
  ]);
  expect(made.circle.self).toBe(made.circle);
  const record = JSON.parse('{"__proto__": {"a": 1}}');
  expect(Object.keys(ownCopy(record))).toEqual(["__proto__"]);
  const instance = new (class A {})();
  expect(ownCopy(instance)).toBe(instance);
});
