import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { concat, map } from "voxrx/operators";

describe("concat", () => {
  test("give items by index across datasets, with keys that stay apart", async () => {
    const keys: string[] = [];
    const both = concat(Dataset.from(["a", "b"]), Dataset.from(["c"])).pipe(
      map((item, { id }) => {
        keys.push(id);
        return item;
      }),
    );
    expect([await both.at(2), await both.at(-3)]).toEqual(["c", "a"]);
    expect(await both.toArray()).toEqual(["a", "b", "c"]);
    expect(keys.slice(2)).toEqual(["0:0", "0:1", "1:0"]);
    expect(both.length).toBe(3);
  });
});
