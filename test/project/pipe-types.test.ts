import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pipeTypes } from "../../scripts/pipe-types.ts";
import { root } from "./tree.ts";

test("the types of pipe are what the script writes", () => {
  const written = readFileSync(join(root, "src", "pipe.ts"), "utf8");
  expect(written, "run: npx tsx scripts/pipe-types.ts").toBe(pipeTypes());
});
