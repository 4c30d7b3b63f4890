import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newestResults } from "../../bench/report/results-file.ts";
import { performancePage } from "../../scripts/performance-page.ts";
import { root } from "./tree.ts";

test("docs/performance.md is what the newest results say", () => {
  expect(readFileSync(join(root, "docs", "performance.md"), "utf8")).toBe(performancePage(newestResults()));
});
