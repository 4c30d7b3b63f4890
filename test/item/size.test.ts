import { expect, test } from "vitest";
import { sizeOf } from "../../src/item/size.ts";

test("the size of an item that contains itself is known", () => {
  const item: Record<string, unknown> = { id: "a" };
  item.self = item;
  item.list = [item, { up: item }];
  expect(sizeOf(item)).toBeLessThan(1000);
});
