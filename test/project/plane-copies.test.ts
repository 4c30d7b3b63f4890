import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { planeCopies } from "../../scripts/plane-copies.ts";
import { root } from "./tree.ts";

test("the copies of planes are what the script writes", () => {
  const written = readFileSync(join(root, "src", "kernels", "copy-plane.ts"), "utf8");
  expect(written, "run: npx tsx scripts/plane-copies.ts").toBe(planeCopies());
});
