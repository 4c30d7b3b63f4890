import { expect, test, vi } from "vitest";
import { Dataset, type VoxRxError } from "voxrx";
import { map, onError } from "voxrx/operators";

const failingAt = (...bad: readonly number[]) =>
  map((n: number) => {
    if (bad.includes(n)) throw new Error(`no ${n}`);
    return n;
  });

test("items that fail are left out, and each is reported with how many there were", async () => {
  const failures: unknown[] = [];
  const onSkip = ({ item, operator }: VoxRxError, skipped: number) => failures.push([item, operator, skipped]);
  const rest = Dataset.from([0, 1, 2, 3]).pipe(failingAt(0, 2), onError({ skip: true, onSkip }));
  expect(await rest.toArray()).toEqual([1, 3]);
  expect(failures).toEqual([
    ["0", "map", 1],
    ["2", "map", 2],
  ]);
});

test("one more than the limit ends the run, and each run counts for itself", async () => {
  const quiet = { skip: true, onSkip: () => undefined } as const;
  const items = Dataset.from([0, 1, 2, 3]).pipe(failingAt(1, 3));
  const allowed = items.pipe(onError({ ...quiet, maxItems: 2 }));
  for (const _ of [0, 1]) expect(await allowed.toArray()).toEqual([0, 2]);
  const run = items.pipe(onError({ ...quiet, maxItems: 1 })).iterate();
  expect([(await run.next()).value, (await run.next()).value]).toEqual([0, 2]);
  await expect(run.next()).rejects.toMatchObject({
    code: "VOXRX_TOO_MANY_ERRORS",
    item: "3",
    cause: { code: "VOXRX_TRANSFORM_FAILED", item: "3" },
  });
});

test("a source that breaks is not an item that failed", async () => {
  const broken = Dataset.from(function* () {
    yield 1;
    throw new Error("the line broke");
  });
  const failed = broken.pipe(onError({ skip: true, onSkip: () => undefined })).toArray();
  await expect(failed).rejects.toThrow("the line broke");
});

test("the line on stderr for a failure controls no terminal", async () => {
  const written = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const items = Dataset.from(["evil\x1b[2J\nfine"], { id: (item) => item }).pipe(
    map((item): string => {
      throw new Error(`no ${item}`);
    }),
    onError({ skip: true }),
  );
  expect(await items.toArray()).toEqual([]);
  const lines = written.mock.calls.flat();
  written.mockRestore();
  expect(lines).toEqual([expect.stringMatching(/^skipped: .*no evil\\x1b\[2J\\nfine.*item "?evil\\x1b\[2J\\nfine/)]);
});
