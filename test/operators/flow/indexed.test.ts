import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { filter, indexed, map } from "voxrx/operators";
import { turns } from "../../support/counting.ts";

const range = (n: number) => Array.from({ length: n }, (_, i) => i);

describe("indexed", () => {
  test("lists a stream once, however many ask, and gives it by index", async () => {
    let runs = 0;
    const stream = Dataset.from(() => {
      runs++;
      return range(6);
    });
    const even = stream
      .pipe(
        filter((n) => n % 2 === 0),
        indexed(),
      )
      .asIndexed();
    expect(() => even.length).toThrow(expect.objectContaining({ code: "VOXRX_LENGTH_UNKNOWN" }));
    expect(await Promise.all([even.at(1), even.toArray(), even.at(-1)])).toEqual([2, [0, 2, 4], 4]);
    expect([runs, even.length]).toEqual([1, 3]);
  });

  test("lists what the stream gives in epoch 0, whichever epoch comes first", async () => {
    const drawn = () =>
      Dataset.from(() => range(4)).pipe(
        map((_, { random }) => random().next()),
        indexed(),
      );
    const wanted = await drawn().toArray();
    const other = drawn();
    expect(await other.epoch(3).toArray()).toEqual(wanted);
    expect(await other.toArray()).toEqual(wanted);
    const seeded: number[] = [];
    for await (const n of other.iterate({ seed: 9 })) seeded.push(n);
    expect(seeded).not.toEqual(wanted);
    expect(await other.toArray()).toEqual(wanted);
  });

  test("goes on listing for one run when the run that began it is closed", async () => {
    const listed = Dataset.from(async function* () {
      for (const n of range(4)) {
        await turns(2);
        yield n;
      }
    }).pipe(indexed());
    const leaving = listed.iterate();
    const pull = leaving.next();
    const staying = listed.toArray();
    await turns(3);
    await leaving.return();
    expect((await pull).done).toBe(true);
    expect(await staying).toEqual(range(4));
  });

  test("a listing that failed is tried again, and one that is too long is refused", async () => {
    let runs = 0;
    const flaky = Dataset.from(() => {
      if (runs++ === 0) throw new Error("not yet");
      return [1, 2];
    }).pipe(indexed());
    await expect(flaky.toArray()).rejects.toThrow("not yet");
    expect(await flaky.toArray()).toEqual([1, 2]);
    await expect(
      Dataset.from(() => range(5))
        .pipe(indexed({ maxItems: 4 }))
        .toArray(),
    ).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  });
});
