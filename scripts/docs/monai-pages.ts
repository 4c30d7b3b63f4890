/** The pages of docs/mapping/monai and the list of names that they must cover. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

/** Directory of the pages. */
export const pagesDir = join(import.meta.dirname, "..", "..", "docs", "mapping", "monai");

const nameSchema = v.pipe(v.string(), v.regex(/^[A-Za-z]\w*$/));
const entrySchema = v.picklist(["voxrx", "voxrx/operators", "voxrx/datasets", "voxrx/extend"]);
const counterpartSchema = v.pipe(v.array(nameSchema), v.minLength(1));
const shared = {
  /** MONAI's names, the page's own first. */
  monai: v.pipe(v.array(nameSchema), v.minLength(1)),
  module: v.pipe(v.string(), v.regex(/^monai(\.\w+)+$/)),
  /** The difference, or the reason, in one line. */
  note: v.pipe(v.string(), v.minLength(1), v.maxLength(160)),
};

/** The front matter of a page. */
const frontMatterSchema = v.variant("status", [
  v.strictObject({
    ...shared,
    status: v.picklist(["have", "differs"]),
    voxrx: counterpartSchema,
    entry: v.pipe(v.array(entrySchema), v.minLength(1)),
  }),
  v.strictObject({ ...shared, status: v.literal("not planned"), voxrx: v.pipe(v.array(nameSchema), v.length(0)) }),
]);

/** What a page says of its names. */
export type FrontMatter = v.InferOutput<typeof frontMatterSchema>;

/** A page of the mapping. */
export interface MappingPage {
  /** Its file name without the extension. */
  readonly page: string;
  readonly facts: FrontMatter;
  /** The text after the front matter. */
  readonly text: string;
}

/** A page that must exist, and what it is about. */
export interface ListedPage {
  readonly page: string;
  readonly module: string;
  readonly names: readonly string[];
}

const listSchema = v.object({
  monai: v.string(),
  pages: v.array(v.object({ page: nameSchema, module: v.string(), names: v.array(nameSchema) })),
});

/** The list that `scripts/docs/monai-names.py` writes. */
export function listedPages(): { readonly monai: string; readonly pages: readonly ListedPage[] } {
  return v.parse(listSchema, JSON.parse(readFileSync(join(pagesDir, "names.json"), "utf8")));
}

/** All pages, sorted by name. Throws for one whose front matter is wrong. */
export function mappingPages(): MappingPage[] {
  return readdirSync(pagesDir)
    .filter((name) => name.endsWith(".md") && name !== "index.md")
    .sort()
    .map((name) => parsePage(name.slice(0, -".md".length), readFileSync(join(pagesDir, name), "utf8")));
}

/** Parses one page. */
export function parsePage(page: string, source: string): MappingPage {
  const [, head, text] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(source) ?? [];
  if (head === undefined || text === undefined) throw new Error(`${page}.md has no front matter`);
  const facts = v.safeParse(frontMatterSchema, Object.fromEntries(head.split("\n").map(fieldOf)));
  if (facts.success) return { page, facts: facts.output, text };
  const faults = facts.issues.map(({ message, path }) => `${path?.map(({ key }) => key).join(".")}: ${message}`);
  throw new Error(`${page}.md: ${faults.join("; ")}`);
}

/** A line of the front matter. Of YAML it needs strings, and lists of names in one line. */
function fieldOf(line: string): [string, string | string[]] {
  const [, key = "", value = ""] = /^(\w+): *(.*)$/.exec(line) ?? [];
  const list = /^\[(.*)\]$/.exec(value)?.[1];
  if (list !== undefined) return [key, list === "" ? [] : list.split(/, */)];
  return [key, /^".*"$/.test(value) ? String(JSON.parse(value)) : value];
}
