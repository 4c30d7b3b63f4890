/** MONAI's results on real images, as the tests of one operator. */
import { statSync } from "node:fs";
import { describe, test } from "vitest";
import type { Operator, Volume } from "voxrx";
import { applied } from "./applied.ts";
import { mostShortBytes } from "./long.ts";
import { expectReference, image, monaiRows, type Reference, relative, truthRows } from "./monai-reference.ts";
import { sharedData, sharedFile } from "./shared.ts";

/** What of MONAI's results an operator is held against. */
export interface MonaiCases {
  /** The operators that do what a call in monai.json does; undefined if the call is of other operators. */
  readonly call?: (
    operation: string,
    call: string,
    reference: Reference,
  ) => Operator<Volume, Volume> | readonly Operator<Volume, Volume>[] | undefined;
  /** The operator with the options of its row in truth-transforms.json. */
  readonly row?: (options: Readonly<Record<string, unknown>>) => Operator<Volume, Volume>;
  /** How far samples may be off. Default: {@link relative}. */
  readonly tolerance?: (reference: Reference) => (value: number) => number;
}

/** Registers a test for every result of MONAI that an operator is held against. */
export function monaiCases(name: string, { call, row, tolerance = relative }: MonaiCases): void {
  if (!sharedData) return;
  const calls = monaiRows().flatMap(({ file, operation, call: words, reference }) => {
    const operators = call?.(operation, words, reference);
    return operators ? [{ file, title: operation, reference, operators: [operators].flat() }] : [];
  });
  const rows = (row ? truthRows(name) : []).map(({ file, options, reference }) => {
    return { file, title: JSON.stringify(options), reference, operators: row ? [row(options)] : [] };
  });
  if ((call && calls.length === 0) || (row && rows.length === 0)) throw new Error(`no reference of ${name} was found`);
  describe(`${name} gives MONAI's results on real images`, () => {
    for (const { file, title, reference, operators } of [...calls, ...rows]) {
      if (statSync(sharedFile(file)).size > mostShortBytes) continue;
      test(`${title} of ${file}`, async () => {
        expectReference(await applied(await image(file), ...operators), reference, tolerance(reference));
      });
    }
  });
}

/** Numbers of an option that is read from JSON. */
export const numbersOf = (given: unknown): number[] => [given ?? []].flat().map(Number);

/** A number that a call in Python gives by name; NaN if it gives none. */
export const numberIn = (call: string, name: string) =>
  Number(new RegExp(`${name}=(-?[\\d.e+-]+)`).exec(call)?.[1] ?? Number.NaN);
