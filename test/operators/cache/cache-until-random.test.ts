import { expect, test } from "vitest";
import { Dataset, memoryStore, type Volume } from "voxrx";
import { cacheUntilRandom, lambda, map } from "voxrx/operators";
import { ramp, spelledOut, valuesOf } from "../../support/volumes.ts";

test("a chain of utility operators without a random one is cached whole", async () => {
  let computed = 0;
  await using store = memoryStore();
  const scans = Dataset.from([{ image: ramp([1, 2, 1]) }]).pipe(
    lambda({ keys: "image", func: counted, version: 1 }),
    cacheUntilRandom({ store }),
  );
  function counted(image: Volume): Volume {
    computed++;
    return image.flip([0]);
  }
  const [first] = (await scans.toArray()).map(spelledOut);
  expect((await scans.toArray()).map(spelledOut)).toEqual([first]);
  expect(computed).toBe(1);
  expect((await scans.toArray()).map(({ image }) => valuesOf(image))).toEqual([[1, 0]]);
});

test("what is deterministic is computed once, what comes after the first random one in every epoch", async () => {
  const computed: string[] = [];
  const noting = (name: string, version?: number) =>
    map(
      (n: number) => {
        computed.push(`${name}${n}`);
        return n;
      },
      version === undefined ? {} : { version },
    );
  const items = Dataset.from([0, 1]).pipe(noting("a", 1), noting("b", 1), noting("c"), cacheUntilRandom());
  for (const epoch of [0, 1]) expect(await items.epoch(epoch).toArray()).toEqual([0, 1]);
  expect(computed).toEqual(["a0", "b0", "c0", "a1", "b1", "c1", "c0", "c1"]);
});

test("of a list no more than cacheNum and cacheRate say is kept", async () => {
  const kept = async (options: object) => {
    let computed = 0;
    const counting = map((n: number) => n + 0 * computed++, { version: 1 });
    const items = Dataset.from([0, 1, 2, 3, 4]).pipe(counting, cacheUntilRandom(options));
    await items.epoch(0).toArray();
    await items.epoch(1).toArray();
    return 10 - computed;
  };
  expect(await kept({})).toBe(5);
  expect(await kept({ cacheNum: 2 })).toBe(2);
  expect(await kept({ cacheRate: 0.5 })).toBe(2);
  expect(await kept({ cacheNum: 4, cacheRate: 0.3 })).toBe(1);
  expect(await kept({ cacheNum: 0 })).toBe(0);
});
