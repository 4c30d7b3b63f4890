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

const letters = () => Dataset.from(["a", "b"]);
const other = { epcoh: 3 } as never;
const misspelled: Readonly<Record<string, () => unknown>> = {
  from: () => Dataset.from(["a"], { sead: 1 } as never),
  lazy: () => Dataset.lazy(() => ["a"], { sead: 1 } as never),
  iterate: () => letters().iterate(other),
  forEach: () => letters().forEach(() => {}, other),
  toArray: () => letters().toArray(other),
  peek: () => letters().peek(other),
  at: () => letters().at(0, other),
  ready: () => letters().ready(other),
  share: () => letters().share(other),
  warm: () => letters().warm(other),
  replay: () => letters().replay("0", other),
  why: () => letters().why("0", other),
  digest: () => letters().digest(other),
};

test.for(Object.entries(misspelled))("%s refuses an option that does not exist", async ([, call]) => {
  await expect(async () => call()).rejects.toMatchObject({
    code: "VOXRX_BAD_OPTION",
    fault: expect.stringMatching(/^there is no option "(sead"; did you mean "seed"|epcoh")/),
  });
});

test("a run in an epoch that does not exist is refused", async () => {
  for (const epoch of [-1, 1.5, "3"]) {
    expect(() => letters().iterate({ epoch: epoch as never })).toThrow(/^epoch: expected/);
    await expect(letters().at(0, { epoch: epoch as never })).rejects.toThrow(/^epoch: expected/);
  }
});

test("an id that is no function is refused where the dataset is made", () => {
  expect(() => Dataset.from([{ subject: "a" }], { id: "subject" as never })).toThrow(/^id: expected a function/);
});

test("options for a dataset that has a source are refused, not lost", () => {
  expect(() => Dataset.from(letters(), { seed: 7 })).toThrow(/^seed: the input is a dataset, which has its own/);
});

test("new Dataset(list) says how datasets are made", () => {
  expect(() => new Dataset(["a"] as never)).toThrow(/Write Dataset.from\(list\)/);
});
