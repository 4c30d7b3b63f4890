import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import * as voxrx from "voxrx";
import * as datasets from "voxrx/datasets";
import * as extend from "voxrx/extend";
import * as operators from "voxrx/operators";
import { featureFiles } from "../../scripts/docs/monai-features.ts";
import { listedPages, mappingPages, pagesDir, parsePage } from "../../scripts/docs/monai-pages.ts";
import { filesIn } from "./tree.ts";

const entries: Readonly<Record<string, object>> = {
  voxrx,
  "voxrx/operators": operators,
  "voxrx/datasets": datasets,
  "voxrx/extend": extend,
};
const pages = mappingPages();

test("every name of MONAI's data layer has its page, and no page is about anything else", () => {
  const listed = listedPages().pages.map(({ page, module, names }) => ({ page, module, names: [...names].sort() }));
  const there = pages.map(({ page, facts: { module, monai } }) => ({ page, module, names: [...monai].sort() }));
  const byPage = (a: { page: string }, b: { page: string }) => (a.page < b.page ? -1 : 1);
  expect(there.sort(byPage)).toEqual(listed.sort(byPage));
});

test("no two pages have names that a file system may take for one", () => {
  expect(new Set(pages.map(({ page }) => page.toLowerCase())).size).toBe(pages.length);
});

test("every counterpart is exported where the page says", () => {
  const missing = pages.flatMap(({ page, facts }) => {
    if (facts.status === "not planned") return [];
    const { entry, voxrx: names } = facts;
    return [
      ...names.filter((name) => !entry.some((path) => name in (entries[path] ?? {}))).map((name) => `${page}: ${name}`),
      ...entry
        .filter((path) => !names.some((name) => name in (entries[path] ?? {})))
        .map((path) => `${page}: nothing from ${path}`),
    ];
  });
  expect(missing).toEqual([]);
});

test("every page is titled with its names, shows a counterpart as code, and says why where there is none", () => {
  const wrong = pages.flatMap(({ page, facts, text }) => {
    const faults: string[] = [];
    if (!text.startsWith(`\n# ${facts.monai.join(", ")}\n`)) faults.push("its title is not its names");
    if (facts.status === "not planned") {
      if (!/^\*\*Why\*\*: \S/m.test(text)) faults.push("it does not say why");
      if (!/^\*\*Instead\*\*: \S/m.test(text)) faults.push("it does not say what to do instead");
    } else {
      const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
      const code = blocks.join("\n").replace(/^import .*$/gm, "");
      const unseen = facts.voxrx.filter((name) => !new RegExp(`\\b${name}\\b`).test(code));
      if (unseen.length > 0) faults.push(`its code does not show ${unseen}`);
      if (facts.status === "differs" && !/^- \S/m.test(text) && !/^\| `/m.test(text)) {
        faults.push("it lists no difference");
      }
    }
    return faults.map((fault) => `${page}.md: ${fault}`);
  });
  expect(wrong).toEqual([]);
});

test("pages are short, and their links lead somewhere", () => {
  const wrong = pages.flatMap(({ page, text }) => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? "");
    return [
      ...links.filter((link) => !existsSync(join(pagesDir, link))).map((link) => `${page}.md: no ${link}`),
      ...(text.split("\n").length > 60 ? [`${page}.md: ${text.split("\n").length} lines`] : []),
    ];
  });
  expect(wrong).toEqual([]);
});

test("other pages link to pages of the mapping that exist", () => {
  const links = filesIn(["README.md", "FEATURES.md", "docs"], /\.md$/).flatMap(({ path, text }) =>
    [...text.matchAll(/\]\(([^)#\s]*mapping\/monai\/[^)#\s]*)\)/g)].map((match) => join(dirname(path), match[1] ?? "")),
  );
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((link) => !existsSync(join(pagesDir, "..", "..", "..", link)))).toEqual([]);
});

test("FEATURES.md and the site's table are what the pages say", () => {
  for (const [path, content] of featureFiles()) expect(readFileSync(path, "utf8")).toBe(content);
});

test("front matter with a field that is missing, unknown or empty is refused", () => {
  const page = (head: string) => () => parsePage("Flip", `---\n${head}\n---\n\n# Flip\n`);
  const good = "monai: [Flip]\nmodule: monai.transforms\nnote: the same\nstatus: have\nvoxrx: [flip]";
  expect(page(`${good}\nentry: [voxrx/operators]`)().facts.status).toBe("have");
  expect(page(good)).toThrow("Flip.md: entry");
  expect(page(`${good}\nentry: [voxrx/nowhere]`)).toThrow("Flip.md: entry");
  expect(page(`${good}\nentry: [voxrx/operators]\nsince: 1`)).toThrow("Flip.md: since");
  expect(page(good.replace("[flip]", "[]").concat("\nentry: [voxrx/operators]"))).toThrow("Flip.md: voxrx");
  expect(page(good.replace("have", "not planned"))).toThrow("Flip.md: voxrx");
});
