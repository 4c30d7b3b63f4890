/**
 * Writes a page for every operator, with a picture of what the example of its docstring does, and a gallery of them:
 * `npx tsx scripts/docs/operator-pages.ts [NAME...]`. With names, only their pages are written.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { anchorsIn } from "./doc-text.ts";
import { drawExample } from "./draw-example.ts";
import { type MonaiPage, readMonaiPages } from "./monai-names.ts";
import { factsOf, planOf } from "./operator-facts.ts";
import { type GalleryEntry, galleryPage, sidebarOf } from "./operator-gallery.ts";
import { operatorPage } from "./operator-page.ts";
import type { Picture } from "./picture.ts";
import { presentationOf } from "./presentations.ts";
import { type OperatorSource, readOperators, root } from "./read-operators.ts";
import { runExample } from "./run-example.ts";

/** What could not be done, with the operator's name. */
export interface Fault {
  readonly operator: string;
  readonly message: string;
}

interface Settings {
  readonly dir: string;
  readonly pages: ReadonlySet<string>;
  readonly monai: readonly MonaiPage[];
  readonly anchors: ReadonlySet<string>;
  readonly repository: string | undefined;
}

/** Runs an example and draws it. @throws Error if nothing changes by the operator */
export async function drawOperator(
  operator: OperatorSource,
  presentation = presentationOf(operator.name, operator.kind),
) {
  const { name, example } = operator;
  if (example === undefined) throw new Error("its docstring has no example");
  return runExample(name, example, presentation, async (ran) => {
    const facts = factsOf(name, ran);
    const plan = planOf(ran);
    const picture = await drawExample(name, ran, presentation);
    if (Buffer.compare(picture.before, picture.after) === 0)
      throw new Error("nothing changes by it: before equals after");
    return { picture, facts, plan: plan.replaceAll(ran.dir, ".") };
  });
}

async function writePage(operator: OperatorSource, settings: Settings): Promise<GalleryEntry> {
  const { name } = operator;
  const { picture, facts, plan } = await drawOperator(operator);
  const image = `images/${name}.${picture.extension}`;
  writeFileSync(join(settings.dir, image), picture.bytes);
  const monai = settings.monai.filter(({ operators }) => operators.includes(name));
  const page = operatorPage({ ...settings, operator, image, alt: picture.alt, facts, plan, monai });
  writeFileSync(join(settings.dir, `${name}.md`), page);
  return { operator, thumbnail: thumbnailOf(picture, name, settings.dir) };
}

function thumbnailOf({ thumbnail, extension }: Picture, name: string, dir: string): string {
  if (!thumbnail) return `images/${name}.${extension}`;
  writeFileSync(join(dir, "images", `${name}-small.png`), thumbnail);
  return `images/${name}-small.png`;
}

/** Writes the pages of operators into a directory, and the gallery if all went well. */
export async function writeOperatorPages(
  operators: readonly OperatorSource[],
  dir: string,
  chosen: (name: string) => boolean = () => true,
): Promise<Fault[]> {
  mkdirSync(join(dir, "images"), { recursive: true });
  const pages = new Set(operators.map(({ name }) => name));
  const settings = {
    dir,
    pages,
    monai: readMonaiPages(),
    anchors: anchorsIn(errorsPage()),
    repository: repositoryUrl(),
  };
  const faults: Fault[] = [];
  const entries: GalleryEntry[] = [];
  for (const operator of operators.filter(({ name }) => chosen(name))) {
    try {
      entries.push(await writePage(operator, settings));
    } catch (error) {
      faults.push({ operator: operator.name, message: error instanceof Error ? error.message : String(error) });
    }
  }
  for (const { name } of operators) {
    const isKnown = existsSync(join(dir, `${name}.md`)) || faults.some(({ operator }) => operator === name);
    if (!isKnown) faults.push({ operator: name, message: "it has no page" });
  }
  if (entries.length < operators.length) return faults;
  writeFileSync(join(dir, "index.md"), galleryPage(entries));
  writeFileSync(join(dir, "sidebar.json"), `${JSON.stringify(sidebarOf(entries), undefined, 2)}\n`);
  return faults;
}

function errorsPage(): string {
  const path = join(root, "docs", "errors.md");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

function repositoryUrl(): string | undefined {
  const { repository }: { repository?: string | { url?: string } } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  const url = typeof repository === "string" ? repository : repository?.url;
  return url?.replace(/^git\+/, "").replace(/\.git$/, "");
}

async function main(names: readonly string[]): Promise<void> {
  const operators = readOperators();
  const dir = join(root, "docs", "operators");
  if (names.length === 0) rmSync(dir, { recursive: true, force: true });
  const faults = await writeOperatorPages(operators, dir, (name) => names.length === 0 || names.includes(name));
  rmSync(join(root, ".voxrx", "operator-pages"), { recursive: true, force: true });
  for (const { operator, message } of faults) console.error(`${operator}: ${message}`);
  console.log(`${operators.length} operators, ${faults.length} without a page as it should be: ${dir}`);
  process.exit(faults.length > 0 ? 1 : 0);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  await main(process.argv.slice(2));
