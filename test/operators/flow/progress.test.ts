import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { type ProgressReport, progress } from "voxrx/operators";

test("progress reports items, total and the end, once", async () => {
  const reports: ProgressReport[] = [];
  const ds = Dataset.from([1, 2, 3]).pipe(progress({ everyMs: 0, onProgress: (report) => void reports.push(report) }));
  await ds.toArray();
  expect(reports.map(({ items, total, done }) => [items, total, done])).toEqual([
    [1, 3, false],
    [2, 3, false],
    [3, 3, false],
    [3, 3, true],
  ]);
  reports.length = 0;
  for await (const _ of ds) break;
  expect(reports.at(-1)).toMatchObject({ items: 1, epoch: 1, done: true });
});
