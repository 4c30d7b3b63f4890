import { describe, expect, test } from "vitest";
import { randomOrder } from "voxrx/operators";
import { add, expectShare, tally, words } from "./words.ts";

describe("randomOrder", () => {
  test("applies all, every order as likely", async () => {
    const counts = tally(
      await words(10_000)
        .pipe(randomOrder(["a", "b", "c"].map(add)))
        .toArray(),
    );
    expect(Object.keys(counts)).toHaveLength(6);
    for (const count of Object.values(counts)) expectShare(count, 1 / 6);
  });
});
