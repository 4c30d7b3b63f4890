/** Values of the fields of tables, by the types of their columns. */

import { trimEndOf } from "../src/trim-end.ts";

/** Type of the values of a column. */
export type ColumnType = "string" | "number" | "integer" | "boolean";

/** How programs write that there is no value: R, pandas, MATLAB, SQL, Excel and BIDS. In lower case. */
export const missing: ReadonlySet<string> = new Set(["na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none"]);

const truths: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["0", false],
]);

/** The value that a field spells; undefined if it does not have the type. */
export function converted(text: string, type: ColumnType): string | number | boolean | undefined {
  if (type === "string") return text;
  if (type === "boolean") return truths.get(text.toLowerCase());
  const isDecimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.trim());
  const number = isDecimal ? Number(text) : Number.NaN;
  const isWanted = type === "integer" ? Number.isSafeInteger(number) && isWhole(text) : Number.isFinite(number);
  return isWanted && isExact(text, number) ? number : undefined;
}

/** Whether decimal digits with an exponent have no fraction, also not one that a number would lose. */
function isWhole(text: string): boolean {
  const [, digits = "", fraction = "", exponent = "0"] = /^[+-]?(\d*)\.?(\d*)(?:e(.*))?$/i.exec(text.trim()) ?? [];
  const significant = trimEndOf(digits + fraction, "0");
  return significant === "" || significant.length <= digits.length + Number(exponent);
}

/** Whether an integer that is written with all its digits, such as an identifier, keeps them as a number. */
function isExact(text: string, number: number): boolean {
  const digits = text.trim().replace(/^\+/, "");
  return !/^-?\d+$/.test(digits) || Number.isSafeInteger(number) || BigInt(digits) === BigInt(number);
}

/** What to do about a field that does not have the type; empty where that is plain. */
export function hintFor(text: string, type: ColumnType): string {
  const isLong = type !== "boolean" && /^\s*[+-]?\d+\s*$/.test(text);
  return isLong ? ". A number can't hold all its digits: read it as a string" : "";
}

/** Whether a default has the type of a column. */
export function isOfType(value: string | number | boolean, type: ColumnType): boolean {
  return type === "integer" ? Number.isSafeInteger(value) : typeof value === type;
}
