/**
 * Compares notebooks that were run just now with those of the repository, or, with `--write`, puts them in their place:
 * `npx tsx scripts/docs/accept-notebooks.ts DIR [--write]`. Run by `.ci/notebooks`.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CodeCell,
  codeCells,
  notebookDir,
  notebookNames,
  notebookText,
  type Output,
  readNotebook,
  varies,
} from "./notebook.ts";

const [dir = "", flag] = process.argv.slice(2);
let differences = 0;
for (const name of notebookNames()) {
  const path = join(notebookDir, `${name}.ipynb`);
  const run = readNotebook(join(dir, `${name}.ipynb`));
  if (flag === "--write") {
    writeFileSync(path, notebookText(run));
    continue;
  }
  const now = codeCells(run);
  for (const [n, cell] of codeCells(readNotebook(path)).entries()) {
    const outputs = now[n];
    if (outputs === undefined || differs(cell, outputs)) {
      differences++;
      console.error(`${name}, cell of code ${n + 1}: other outputs than in the repository`);
      console.error(`  was: ${said(cell)}\n  is:  ${outputs ? said(outputs) : "missing"}`);
    }
  }
}
if (differences > 0) {
  console.error("`npm run docs:notebooks` accepts them: look at the notebooks before you commit.");
  process.exit(1);
}

/** Cells that vary must show as much as before, of the same types; all others the same text. Pixels are not compared. */
function differs(before: CodeCell, after: CodeCell): boolean {
  const comparable = (output: Output) => {
    if (output.output_type === "error") return output;
    if (output.output_type === "stream") return varies(before) ? output.name : [output.name, output.text];
    const types = Object.keys(output.data).sort();
    return varies(before) || "text/html" in output.data ? types : [types, sizeless(output.data["text/plain"])];
  };
  return JSON.stringify(before.outputs.map(comparable)) !== JSON.stringify(after.outputs.map(comparable));
}

/** `Figure 692 x 219, image/png, 64 kB`: how small an image becomes depends on the version of zlib. */
function sizeless(text = ""): string {
  return text.replace(/(Figure .*), \d+ kB/, "$1");
}

function said(cell: CodeCell): string {
  return JSON.stringify(
    cell.outputs.map((output) => ("data" in output ? [Object.keys(output.data), output.data["text/plain"]] : output)),
  );
}
