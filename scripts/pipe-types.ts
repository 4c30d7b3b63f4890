/**
 * Writes src/pipe.ts: the types of `pipe`, `compose` and `lazy` for up to 20 operators. One overload for each number of
 * operators, so that the compiler's errors speak of the operator at fault and not of overloads.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const most = 20;
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

// RxJS has eleven overloads: none to nine operators, and more. Where the compiler infers the T of an Observable<T> from a Dataset,
// it compares the last overloads of both pairwise, and finds T in that without operators only if they line up.
const inRxjsOrder = [...counts(11, most), ...counts(0, 10)];

/** The text of src/pipe.ts. */
export function pipeTypes(): string {
  const lines = (result: (last: string, marks: string) => string, own: string, order: readonly number[]) =>
    order.map((count) => overload(count, own, result)).join("\n");
  return `/** The types of \`pipe\`, \`compose\` and \`lazy\`. Written by scripts/pipe-types.ts: do not edit. */
import type { Dataset, IndexedDataset } from "./dataset.ts";
import type { AllKeep, Operator } from "./operator/operator-types.ts";

/** \`pipe\` of a dataset: at most ${most} operators; join some with \`compose\` for more. */
export interface Pipe<T> {
${lines((last) => `Dataset<${last}>`, "", inRxjsOrder)}
}

/** \`pipe\` of an indexed dataset, which stays indexed if all operators keep the index. */
export interface IndexedPipe<T> {
${lines((last, marks) => (marks === "[]" ? `IndexedDataset<${last}>` : `AllKeep<${marks}> extends true ? IndexedDataset<${last}> : Dataset<${last}>`), "", inRxjsOrder)}
}

/** \`compose\` and \`lazy\`: several operators as one. */
export interface Compose {
${lines((last, marks) => `Operator<T, ${last}, AllKeep<${marks}>>`, "T", counts(1, most))}
}
`;
}

const [, script] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL("../src/pipe.ts", import.meta.url)), pipeTypes());
}
