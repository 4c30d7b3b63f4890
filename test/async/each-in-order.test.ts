import { describe, expect, test } from "vitest";
import { eachInOrder } from "../../src/async/each-in-order.ts";

/** Tasks by number, each of which ends when it is told to. */
function tasks() {
  const ends = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>();
  const start = (n: number) =>
    new Promise<string>((resolve, reject) => ends.set(n, { resolve: () => resolve(`task ${n}`), reject }));
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { start, started: () => [...ends.keys()], end: (n: number) => ends.get(n)?.resolve(), ends, turn };
}

describe("eachInOrder", () => {
  test("passes results on in the order of the items, with no more tasks under way than it may have", async () => {
    const { start, started, end, turn } = tasks();
    const used: [string, number][] = [];
    const run = eachInOrder([1, 2, 3, 4], 2, start, (result, n) => used.push([result, n]));
    end(2);
    await turn();
    expect([started(), used]).toEqual([[1, 2], []]);
    end(1);
    await turn();
    expect([started(), used.length]).toEqual([[1, 2, 3, 4], 2]);
    for (const n of [3, 4]) {
      end(n);
      await turn();
    }
    await run;
    expect(used).toEqual([1, 2, 3, 4].map((n) => [`task ${n}`, n]));
  });

  test("ends with the error that comes first in order, after all tasks that had started", async () => {
    const { start, started, end, ends, turn } = tasks();
    const used: number[] = [];
    let outcome: unknown;
    const run = eachInOrder([1, 2, 3, 4, 5], 3, start, (_, n) => used.push(n)).catch((error) => {
      outcome = error;
    });
    ends.get(3)?.reject("third");
    ends.get(2)?.reject("second");
    end(1);
    await turn();
    expect([started(), used, outcome]).toEqual([[1, 2, 3, 4], [1], undefined]);
    end(4);
    await run;
    expect([started(), used, outcome]).toEqual([[1, 2, 3, 4], [1], "second"]);
  });
});
