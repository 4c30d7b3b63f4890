import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Dataset, Random } from "voxrx";
import { type Entry, open, type Position } from "voxrx/extend";
import { map, onError, shuffle } from "voxrx/operators";
import { ramp } from "../../support/volumes.ts";

/** MONAI's `ShuffleBuffer`: each item given is drawn from those held, and the last one held takes its place. */
function shuffledWithin(buffer: number, list: readonly number[], random: Random): number[] {
  const [held, given, coming] = [[] as number[], [] as number[], list.values()];
  for (;;) {
    while (held.length < buffer) {
      const next = coming.next();
      if (next.done) break;
      held.push(next.value);
    }
    const place = random.integer(held.length);
    const last = held.pop();
    if (last === undefined) return given;
    const drawn = held[place] ?? last;
    if (drawn !== last) held[place] = last;
    given.push(drawn);
  }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

async function entriesFrom(dataset: Dataset<unknown>, from?: Position): Promise<Entry<unknown>[]> {
  const cursor = open(dataset.stage, { epoch: 2, seed: undefined, signal: new AbortController().signal }, from);
  const entries: Entry<unknown>[] = [];
  for (let entry = await cursor.next(); entry; entry = await cursor.next()) entries.push(entry);
  await cursor.close();
  return entries;
}

const seen = ({ id, next }: Entry<unknown>) => ({ id, next });

describe("shuffle of a stream", () => {
  test("gives the order of MONAI's buffer where the number of items bounds it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 60 }), fc.integer({ min: 1, max: 20 }), fc.nat(), async (count, buffer, seed) => {
        const stream = Dataset.from(() => upTo(count).values()).pipe(shuffle({ seed, buffer }));
        const wanted = shuffledWithin(buffer, upTo(count), new Random(seed, 5, "shuffle"));
        expect(await stream.epoch(5).toArray()).toEqual(wanted);
      }),
    );
  });

  test("continues exactly where bytes bound it, whatever the sizes of the items, and where some of them fail", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 50, max: 6000 }),
        fc.nat(),
        async (sizes, buffer, maxBytes, cut) => {
          const stream = () =>
            Dataset.from(() => sizes.values()).pipe(
              map((size) => {
                if (size % 7 === 3) throw new Error("bad");
                return new Uint8Array(size);
              }),
              shuffle({ buffer, maxBytes }),
              onError({ skip: true, maxItems: 1e9, onSkip: () => undefined }),
            );
          const whole = await entriesFrom(stream());
          expect(whole.map(({ id }) => id).sort()).toEqual(
            upTo(sizes.length)
              .filter((n) => (sizes[n] ?? 0) % 7 !== 3)
              .map(String)
              .sort(),
          );
          if (whole.length === 0) return;
          const at = cut % whole.length;
          const rest = await entriesFrom(stream(), JSON.parse(JSON.stringify(whole[at]?.next)));
          expect(rest.map(seen)).toEqual(whole.slice(at + 1).map(seen));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("holds no more bytes than stated, but for the last item, and its positions stay small", async () => {
    const random = new Random("sizes");
    const sizes = upTo(6000).map((n) => 10 + random.integer(20 + n / 4));
    let held = 0;
    let most = 0;
    const stream = Dataset.from(() => sizes.values()).pipe(
      map((size) => {
        held += size;
        most = Math.max(most, held);
        return new Uint8Array(size);
      }),
      shuffle({ buffer: 4000, maxBytes: 30_000 }),
    );
    const cursor = open(stream.stage, { epoch: 0, seed: undefined, signal: new AbortController().signal });
    let shrunk = 0;
    for (let entry = await cursor.next(); entry; entry = await cursor.next()) {
      if (entry.value instanceof Uint8Array) held -= entry.value.length;
      const text = JSON.stringify(entry.next);
      expect(text.length).toBeLessThan(2048);
      shrunk = Math.max(shrunk, text.split("],[").length);
    }
    expect(most).toBeLessThan(30_000 + Math.max(...sizes));
    expect(shrunk).toBeGreaterThan(5);
  });

  test("keeps its order when somebody has read the samples of the volumes, which makes copies", async () => {
    const volumes = upTo(40).map((n) => ramp([1, 8, 8, 1 + (n % 5)], "float32", n));
    const stream = Dataset.from(() => volumes.values()).pipe(shuffle({ buffer: 12, maxBytes: 6000 }));
    const order = async () => (await stream.epoch(1).toArray()).map((volume) => volumes.indexOf(volume));
    const wanted = await order();
    const before = volumes.map(({ byteLength }) => byteLength);
    for (const volume of volumes) expect(volume.samples.length).toBe(volume.size);
    expect(volumes.map(({ byteLength }) => byteLength)).not.toEqual(before);
    expect(await order()).toEqual(wanted);
  });

  test("refuses a position that it can't have been at", async () => {
    const stream = Dataset.from(() => upTo(30).values()).pipe(shuffle({ buffer: 5 }));
    const position = (await entriesFrom(stream))[10]?.next;
    const [base, state] = Array.isArray(position) ? position : [];
    for (const other of [
      { oldest: (state?.oldest ?? 0) + 1 },
      { given: 100 },
      { total: 3 },
      { shrunk: [[4, 9]] },
      { shrunk: [[99, 3]] },
      { given: -1 },
    ]) {
      await expect(entriesFrom(stream, [base, { ...state, ...other }]), JSON.stringify(other)).rejects.toMatchObject({
        code: "VOXRX_BAD_POSITION",
        operator: "shuffle",
      });
    }
  });
});
