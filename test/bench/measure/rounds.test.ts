import { expect, test } from "vitest";
import { measureInTurn, ratioOf } from "../../../bench/measure/rounds.ts";

/** Ways whose n-th sample takes the n-th of some times; `order` has their names as they are called. */
function ways(times: Readonly<Record<string, readonly number[]>>) {
  const order: string[] = [];
  const map = new Map(
    Object.entries(times).map(([name, list]) => {
      let round = 0;
      return [
        name,
        async () => {
          order.push(name);
          const ms = list[round++] ?? Number.NaN;
          return { wallMs: ms, cpuMs: 2 * ms, calls: 1 };
        },
      ] as const;
    }),
  );
  return { map, order };
}

const budget = { rounds: 3, atLeast: 3, seconds: 0 };

test("ways are measured in turn, in reverse order in every second round", async () => {
  const { map, order } = ways({ a: [1, 1, 1], b: [1, 1, 1] });
  await measureInTurn(map, budget);
  expect(order).toEqual(["a", "b", "b", "a", "a", "b"]);
});

test("a ratio is the median of the ratios of the rounds, so a slow round doesn't count", async () => {
  const { map } = ways({ a: [10, 90, 12], b: [5, 45, 2] });
  const rounds = await measureInTurn(map, budget);
  const [a, b] = [rounds.get("a"), rounds.get("b")];
  if (!a || !b) throw new Error("both were measured");
  expect(ratioOf(a, b)).toBe(2);
  expect(a).toMatchObject({ wallMs: 12, bestWallMs: 10, cpuMs: 24 });
});

test("it stops after the least number of rounds when the time is over", async () => {
  const { map, order } = ways({ a: [1, 1, 1, 1, 1] });
  await measureInTurn(map, { rounds: 5, atLeast: 2, seconds: 0 });
  expect(order).toHaveLength(2);
});
