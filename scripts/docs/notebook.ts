/** Notebooks as files: read, and written so that two runs of one notebook differ in what it says only. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";

/** The directory of the notebooks. */
export const notebookDir = join(import.meta.dirname, "..", "..", "docs", "notebooks");

/** Text in a notebook's file: one string, or its lines. */
const textSchema = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((text) => (typeof text === "string" ? text : text.join(""))),
);

const outputSchema = v.variant("output_type", [
  v.object({ output_type: v.literal("stream"), name: v.string(), text: textSchema }),
  v.object({ output_type: v.literal("execute_result"), data: v.record(v.string(), textSchema) }),
  v.object({ output_type: v.literal("display_data"), data: v.record(v.string(), textSchema) }),
  v.object({ output_type: v.literal("error"), ename: v.string(), evalue: v.string() }),
]);

/** What a cell printed or showed. */
export type Output = v.InferOutput<typeof outputSchema>;

const cellMetadata = v.object({ tags: v.optional(v.array(v.string()), []) });

const cellSchema = v.variant("cell_type", [
  v.object({ cell_type: v.literal("markdown"), metadata: cellMetadata, source: textSchema }),
  v.object({
    cell_type: v.literal("code"),
    metadata: cellMetadata,
    source: textSchema,
    outputs: v.pipe(v.array(outputSchema), v.transform(merged)),
  }),
]);

/** A cell of text, or of code with its outputs. */
export type Cell = v.InferOutput<typeof cellSchema>;

/** A cell of code. */
export type CodeCell = Extract<Cell, { cell_type: "code" }>;

const notebookSchema = v.object({ cells: v.array(cellSchema) });

/** What matters of a notebook. */
export type Notebook = v.InferOutput<typeof notebookSchema>;

/** The names of all notebooks, in their order, without extension. */
export function notebookNames(): string[] {
  const files = readdirSync(notebookDir).filter((name) => name.endsWith(".ipynb"));
  return files.sort().map((name) => name.replace(".ipynb", ""));
}

/** Reads a notebook. */
export function readNotebook(path: string): Notebook {
  return v.parse(notebookSchema, JSON.parse(readFileSync(path, "utf8")));
}

/** The cells of code. */
export function codeCells({ cells }: Notebook): CodeCell[] {
  return cells.filter((cell) => cell.cell_type === "code");
}

/** Whether the outputs of a cell differ from run to run: those that show times have the tag `varies`. */
export function varies({ metadata }: Cell): boolean {
  return metadata.tags.includes("varies");
}

/** The content of a notebook's file: only what is said, and numbers that follow from the order of the cells. */
export function notebookText(notebook: Notebook): string {
  let count = 0;
  const cells = notebook.cells.map((cell, n) => {
    const { cell_type, source } = cell;
    const { tags } = cell.metadata;
    const metadata = tags.length > 0 ? { tags } : {};
    const common = { cell_type, id: `cell-${String(n + 1).padStart(2, "0")}`, metadata, source: linesOf(source) };
    if (cell.cell_type === "markdown") return common;
    count++;
    return { ...common, execution_count: count, outputs: cell.outputs.map((output) => written(output, count)) };
  });
  return `${JSON.stringify({ cells, metadata: kernel, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

const kernel = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: {
    codemirror_mode: "typescript",
    file_extension: ".ts",
    mimetype: "text/x.typescript",
    name: "typescript",
    nbconvert_exporter: "script",
    pygments_lexer: "typescript",
  },
};

function written(output: Output, count: number) {
  if (output.output_type === "stream") return { ...output, text: linesOf(output.text) };
  if (output.output_type === "error") return { ...output, traceback: [] };
  const data = Object.entries(output.data).map(([type, text]) => [
    type,
    type.startsWith("image/") ? text.trim() : linesOf(text),
  ]);
  const shown = { output_type: output.output_type, data: Object.fromEntries(data), metadata: {} };
  return output.output_type === "execute_result" ? { ...shown, execution_count: count } : shown;
}

/** The kernel sends what is printed in pieces, which arrive together or not. */
function merged(outputs: Output[]): Output[] {
  const result: Output[] = [];
  for (const output of outputs) {
    const last = result.at(-1);
    if (output.output_type === "stream" && last?.output_type === "stream" && last.name === output.name) {
      result[result.length - 1] = { ...last, text: last.text + output.text };
    } else result.push(output);
  }
  return result;
}

function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
