/**
 * Makes pages of the site from the notebooks: `docs/notebooks/NAME.md`, with their images beside them, and an index of
 * them from the README. Run with `npx tsx scripts/docs/notebook-pages.ts` before the site is built; nothing of it is
 * committed.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cell, notebookDir, notebookNames, type Output, readNotebook } from "./notebook.ts";

const imageDir = join(notebookDir, "images");
rmSync(imageDir, { recursive: true, force: true });
mkdirSync(imageDir);

for (const name of notebookNames()) {
  const { cells } = readNotebook(join(notebookDir, `${name}.ipynb`));
  const blocks = cells.map((cell, n) => blockOf(cell, `${name}-${n + 1}`));
  const note = `::: tip\nThis page is a notebook: [how to run it](index.md), as \`${name}.ipynb\`.\n:::`;
  const [title = "", ...rest] = blocks.flat();
  writeFileSync(join(notebookDir, `${name}.md`), `${[afterHeading(title, note), ...rest].join("\n\n")}\n`);
}
const readme = readFileSync(join(notebookDir, "README.md"), "utf8");
writeFileSync(join(notebookDir, "index.md"), linkedToPages(readme));

/** The first cell begins with the title of the page. */
function afterHeading(markdown: string, note: string): string {
  const [heading = "", ...lines] = markdown.split("\n");
  return [heading, "", note, ...lines].join("\n");
}

/** A cell as Markdown: its text, or its code and what it gave. */
function blockOf(cell: Cell, imageName: string): string[] {
  if (cell.cell_type === "markdown") return [linkedToPages(cell.source)];
  // Cells share their names: the types of one block alone would be wrong.
  const code = fenced(cell.source, "ts no-twoslash");
  return [code, ...cell.outputs.map((output, n) => outputBlock(output, n === 0 ? imageName : `${imageName}-${n}`))];
}

function outputBlock(output: Output, imageName: string): string {
  if (output.output_type === "stream") return fenced(output.text, "text");
  if (output.output_type === "error") return fenced(`${output.ename}: ${output.evalue}`, "text");
  const type = Object.keys(output.data).find((key) => key.startsWith("image/"));
  const text = output.data["text/plain"] ?? "";
  if (type === undefined) return fenced(text, "text");
  const file = `${imageName}.${type.slice("image/".length)}`;
  writeFileSync(join(imageDir, file), Buffer.from(output.data[type] ?? "", "base64"));
  return `![${text.replace(/[[\]]/g, "")}](images/${file})`;
}

function fenced(text: string, language: string): string {
  const fence = "`".repeat(Math.max(3, ...Array.from(text.matchAll(/`{3,}/g), ([run]) => run.length + 1)));
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
}

/** On the site, a notebook is a page, and the index stands for the README. Other files stay in the repository. */
function linkedToPages(markdown: string): string {
  return markdown.replace(/\]\(([\w-]+)\.ipynb\)/g, "]($1.md)").replace(/\[([^\]]+)\]\(phantoms\.ts\)/g, "`$1`");
}
