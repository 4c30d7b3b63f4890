import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorCodes } from "voxrx";
import { errorPage } from "../../scripts/docs/error-page.ts";
import { adviceOf, groups } from "../../scripts/docs/troubleshooting/groups.ts";
import { warningCodes } from "../../src/warnings.ts";
import { filesIn, root } from "./tree.ts";

const page = readFileSync(join(root, "docs", "errors.md"), "utf8");

test("docs/errors.md is what the codes, their texts and the runs that fail say", async () => {
  expect(page).toBe(await errorPage());
});

test("every code has one section, in one group, and the tables lead to it", () => {
  const codes = [...Object.keys(errorCodes), ...Object.keys(warningCodes)].sort();
  expect(Array.from(page.matchAll(/^### (VOXRX_\w+)$/gm), ([, code]) => code).sort()).toEqual(codes);
  expect(groups.flatMap(({ advice }) => Object.keys(advice)).sort()).toEqual(codes);
  const links = Array.from(page.matchAll(/^\| \[`(VOXRX_\w+)`\]\(#(\w+)\)/gm));
  expect(links.map(([, code]) => code).sort()).toEqual(codes);
  for (const [, code = "", anchor] of links) expect(anchor).toBe(code.toLowerCase());
});

test("a message that no run makes is in the sources, word for word", () => {
  const sources = filesIn(["src", "operators", "datasets", "cli"], /\.ts$/).map(({ text }) => text);
  const joined = sources.join("\n").replace(/" \+\s+"/g, "");
  const printed = Object.values(adviceOf).flatMap((advice) => ("printed" in advice ? [advice.printed ?? ""] : []));
  const parts = printed.flatMap((text) =>
    text
      .replace(/^(\(node:1234\) \[VOXRX_\w+\] Warning|\w+Error): /, "")
      .split(/\n| \(.*?\)\. |: |; |\bload |\d+/)
      .filter((part) => part.trim().split(" ").length > 2),
  );
  expect(parts.length).toBeGreaterThan(5);
  expect(parts.filter((part) => !joined.includes(part.trim()))).toEqual([]);
});

test("links to other pages and to headings lead somewhere", () => {
  const anchorsOf = (text: string) =>
    Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, "")
        .replaceAll(" ", "-"),
    );
  const broken = Array.from(page.matchAll(/\]\(([\w-]*\.md)?(?:#([\w-]+))?\)/g)).filter(([, file, anchor]) => {
    const text = file === undefined ? page : readFileSync(join(root, "docs", file), "utf8");
    return anchor !== undefined && !anchorsOf(text).includes(anchor);
  });
  expect(broken.map(([link]) => link)).toEqual([]);
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
