import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorTable } from "../../scripts/error-table.ts";
import { root } from "./tree.ts";

test("docs/errors.md is what the codes say", () => {
  expect(readFileSync(join(root, "docs", "errors.md"), "utf8")).toBe(errorTable);
});

test("README's two commands are the package's, and only those two", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const commands = readme
    .match(/```sh\n([\s\S]*?)```/)?.[1]
    ?.trim()
    .split("\n")
    .map((line) => line.replace(/\s*#.*$/, ""));
  expect(commands).toEqual(["npm ci && npm start", "npm cit"]);
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(scripts).toMatchObject({ start: expect.any(String), test: "vitest run" });
});
