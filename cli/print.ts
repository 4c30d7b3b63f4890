/**
 * What the command writes for people goes through here, line by line: a control character in a name or a value is shown,
 * not obeyed.
 */
import { visible, visibleJson } from "../src/visible-text.ts";

/** Writes lines to stdout. */
export function print(...lines: readonly string[]): void {
  console.log(lines.map(visible).join("\n"));
}

/** Writes lines to stderr. */
export function printNotice(...lines: readonly string[]): void {
  console.error(lines.map(visible).join("\n"));
}

/** Writes a record on a line of stdout. */
export function printJson(record: unknown): void {
  console.log(visibleJson(record));
}

/** Writes a program to stdout, as it is. */
export function printProgram(text: string): void {
  process.stdout.write(text);
}
