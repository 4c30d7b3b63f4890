/**
 * Writes src/pipe.ts: the types of `pipe`, `compose` and `lazy` for up to 20 operators. One overload for each number of
 * operators, so that compiler errors point to the wrong operator and not to the overloads.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const maxOperators = 20;
const letters = [..."ABCDEFGHIJKLMNOPQRSUVWXYZ"];

/** One overload: `<A, B, XA, XB>(o1: Operator<T, A, XA>, o2: Operator<A, B, XB>): …`. */
function overload(count: number, own: string, result: (last: string, marks: string) => string): string {
  const items = letters.slice(0, count);
  const marks = items.map((item) => `X${item}`);
  const parameters = items.map(
    (item, n) => `o${n + 1}: Operator<${n === 0 ? "T" : items[n - 1]}, ${item}, ${marks[n]}>`,
  );
  const types = [...(own ? [own] : []), ...items, ...marks];
  const generic = types.length > 0 ? `<${types.join(", ")}>` : "";
  return `  ${generic}(${parameters.join(", ")}): ${result(items.at(-1) ?? "T", `[${marks.join(", ")}]`)};`;
}

function counts(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

// RxJS has eleven overloads: zero to nine operators, and more. To infer the T of an Observable<T> from a Dataset, the
// compiler compares the last overloads of both pairwise, and finds T in the one without operators only if they line up.
const inRxjsOrder = [...counts(11, maxOperators), ...counts(0, 10)];

/** An indexed dataset if all operators keep the index. */
function indexedIfKept(last: string, marks: string): string {
  if (marks === "[]") return `Indexed<Own, ${last}>`;
  return `KeptBy<${marks}> extends false ? Stream<Own, ${last}> : Indexed<Own, ${last}>`;
}

/** An indexed dataset if an operator makes one. */
function indexedIfMade(last: string, marks: string): string {
  if (marks === "[]") return `Stream<Own, ${last}>`;
  return `KeptBy<${marks}> extends "made" ? Indexed<Own, ${last}> : Stream<Own, ${last}>`;
}

/** The content of src/pipe.ts. */
export function pipeTypes(): string {
  const lines = (result: (last: string, marks: string) => string, own: string, order: readonly number[]) =>
    order.map((count) => overload(count, own, result)).join("\n");
  return `/** The types of \`pipe\`, \`compose\` and \`lazy\`. Written by scripts/pipe-types.ts: do not edit. */
import type { KeptBy, Operator } from "./plan/operator-types.ts";

/**
 * The types of datasets for items \`this["item"]\`. The class that has \`pipe\` passes them on, so that this file need not import it.
 */
export interface DatasetTypes {
  readonly item: unknown;
  readonly stream: unknown;
  readonly indexed: unknown;
}

type Stream<Own extends DatasetTypes, T> = (Own & { readonly item: T })["stream"];
type Indexed<Own extends DatasetTypes, T> = (Own & { readonly item: T })["indexed"];

/** \`pipe\` of a dataset: at most ${maxOperators} operators; join some with \`compose\` for more. */
export interface Pipe<T, Own extends DatasetTypes> {
${lines(indexedIfMade, "", inRxjsOrder)}
}

/** \`pipe\` of an indexed dataset, which stays indexed if all operators keep the index. */
export interface IndexedPipe<T, Own extends DatasetTypes> {
${lines(indexedIfKept, "", inRxjsOrder)}
}

/** \`compose\` and \`lazy\`: several operators as one. */
export interface Compose {
${lines((last, marks) => `Operator<T, ${last}, KeptBy<${marks}>>`, "T", counts(1, maxOperators))}
}
`;
}

const [, script] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL("../src/pipe.ts", import.meta.url)), pipeTypes());
}
