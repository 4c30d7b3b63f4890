import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { map, shuffle } from "voxrx/operators";
import { turns } from "./support/counting.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

test("a lazy list is found once, by the first that needs it, and its length is known after ready()", async () => {
  let calls = 0;
  const ds = Dataset.lazy(async () => {
    calls++;
    await turns(1);
    return ["a", "b"];
  });
  expect(() => ds.length).toThrow(expect.objectContaining({ code: "VOXRX_LENGTH_UNKNOWN" }));
  await Promise.all([ds.ready(), ds.toArray(), ds.at(0)]);
  expect([calls, ds.length]).toEqual([1, 2]);
});

test("toArray refuses more bytes than it was told", async () => {
  const ds = Dataset.from(range(10)).pipe(map(() => new Uint8Array(1000)));
  await expect(ds.toArray({ maxBytes: 2500 })).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  expect(await ds.toArray({ maxBytes: "1MB" })).toHaveLength(10);
});

test("a string is no list, and the error says what to do", () => {
  expect(() => Dataset.from("scans")).toThrow(
    'can\'t make a dataset from the string "scans" (operator from). For a directory, use openDirectory("scans")',
  );
});

test("a list in place of an operator is refused in words", () => {
  const refused: () => unknown = () => Reflect.apply(Dataset.prototype.pipe, Dataset.from([1]), [[map((n) => n)]]);
  expect(refused).toThrow("operator 1 must be a function, got a list (operator pipe). Pass operators one by one");
});

test("a factory that was not called is refused in words", () => {
  const refused: () => unknown = () => Reflect.apply(Dataset.prototype.pipe, Dataset.from([1]), [shuffle]);
  expect(refused).toThrow("operator 1 is shuffle itself, which was not called (operator pipe). Pass what it returns");
});
