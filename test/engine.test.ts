import { firstValueFrom } from "rxjs";
import { expect, test } from "vitest";
import { Dataset, Volume } from "voxrx";
import { map } from "voxrx/operators";

test("iterates, subscribes, and gives items by index", async () => {
  const ds = Dataset.from([1, 2, 3]).pipe(
    map((n) => n * 2),
    map(async (n) => n + 1),
  );
  expect(await ds.toArray()).toEqual([3, 5, 7]);
  expect(await ds.at(-1)).toBe(7);
  expect(await firstValueFrom(ds)).toBe(3);
  const seen: number[] = [];
  await new Promise<void>((resolve, reject) =>
    ds.subscribe({ next: (n) => seen.push(n), complete: resolve, error: reject }),
  );
  expect(seen).toEqual([3, 5, 7]);

  console.log(ds.explain());
  console.log(new Volume({ data: new Float32Array(8), shape: [1, 2, 2, 2] }).axcodes);
});
