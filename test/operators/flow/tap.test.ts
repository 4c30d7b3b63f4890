import { expect, test } from "vitest";
import { Dataset } from "voxrx";
import { tap } from "voxrx/operators";

test("the function sees every item before it is given, and the item goes on as it is", async () => {
  const seen: unknown[] = [];
  const items = [{ n: 0 }, { n: 1 }];
  const run = Dataset.from(items)
    .pipe(
      tap((item) => {
        seen.push(item);
      }),
    )
    .iterate();
  expect((await run.next()).value).toBe(items[0]);
  expect(seen).toEqual([items[0]]);
  expect((await run.next()).value).toBe(items[1]);
  expect(seen).toEqual(items);
});
