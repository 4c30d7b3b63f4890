import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { map, repeat } from "voxrx/operators";

describe("repeat", () => {
  test("what is drawn after repeat differs between passes, what is before it does not", async () => {
    const draw = (_: number, context: { random(): { next(): number } }) => context.random().next();
    const behind = await Dataset.from([1]).pipe(repeat(3), map(draw)).toArray();
    expect(new Set(behind).size).toBe(3);
    const before = await Dataset.from([1]).pipe(map(draw), repeat(3)).toArray();
    expect(new Set(before).size).toBe(1);
  });
});
