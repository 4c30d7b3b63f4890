/** Which names of MONAI an operator answers to, from the pages of the mapping. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./read-operators.ts";

/** A page of the mapping. */
export interface MonaiPage {
  /** Name of its file, without the extension. */
  readonly page: string;
  readonly names: readonly string[];
  readonly status: string;
  readonly operators: readonly string[];
  /** Its text without front matter, headings and code. */
  readonly text: string;
}

/** All pages of a mapping; none if it has not been written. */
export function readMonaiPages(dir = join(root, "docs", "mapping", "monai")): MonaiPage[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir)
    .filter((file) => file.endsWith(".md"))
    .sort()
    .flatMap((file) => monaiPage(basename(file, ".md"), readFileSync(join(dir, file), "utf8")));
}

function monaiPage(page: string, content: string): MonaiPage[] {
  const [, front, body = ""] = /^---\n([\s\S]*?)\n---\n?([\s\S]*)$/.exec(content) ?? [];
  if (front === undefined) return [];
  const list = (name: string) =>
    (new RegExp(`^${name}:\\s*\\[(.*)\\]`, "m").exec(front)?.[1] ?? "")
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean);
  const status = /^status:\s*([^#\n]*)/m.exec(front)?.[1]?.trim() ?? "";
  return [{ page, names: list("monai"), status, operators: list("voxrx"), text: firstParagraphs(body) }];
}

/** The prose before the first table or block of code. */
function firstParagraphs(body: string): string {
  const paragraphs = body.split(/\n{2,}/).map((one) => one.trim());
  const prose = paragraphs.filter((one) => one !== "" && !/^(#|```|\||<|:::)/.test(one));
  return prose
    .slice(0, 2)
    .join("\n\n")
    .replaceAll(/\]\((?!https?:|#)([^)]+)\)/g, (_, path: string) => `](../mapping/monai/${path})`);
}
