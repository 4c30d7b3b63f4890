import { visible } from "../src/visible-text.ts";

/** Columns of a table; numbers are aligned at their right ends. */
export interface Column {
  readonly name: string;
  readonly align?: "left" | "right";
}

/**
 * The lines of a table: rows of text in aligned columns, two blanks apart, below their names. Columns without any text
 * are left out.
 */
export function textTable(columns: readonly Column[], given: readonly (readonly string[])[]): string[] {
  const rows = given.map((row) => row.map(visible));
  const used = columns.map((column, n) => ({ ...column, n })).filter(({ n }) => rows.some((row) => row[n]));
  const widths = used.map(({ name, n }) => Math.max(widthOf(name), ...rows.map((row) => widthOf(row[n] ?? ""))));
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, n) => {
        const blanks = " ".repeat((widths[n] ?? 0) - widthOf(cell));
        return used[n]?.align === "right" ? blanks + cell : cell + blanks;
      })
      .join("  ")
      .trimEnd();
  return [used.map(({ name }) => name), ...rows.map((row) => used.map(({ n }) => row[n] ?? ""))].map(lineOf);
}

/** Characters, not UTF-16 units: names of files have accents and emoji. */
function widthOf(text: string): number {
  return [...text.normalize("NFC")].length;
}

/** Names and values in two columns. */
export function factLines(facts: readonly (readonly [name: string, value: string])[]): string[] {
  const width = Math.max(...facts.map(([name]) => widthOf(name)));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`.trimEnd());
}
