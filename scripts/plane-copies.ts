/**
 * Writes src/kernels/copy-plane.ts: one function for each width of a sample, all with the same text. V8 compiles a
 * function for the typed arrays that it has seen; with one function for all widths, each access checks which it is,
 * which takes twice as long. (Closures made by one factory share what they have seen.)
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The array whose elements stand for samples of each width: copied as integers, so that no bit changes. */
const arrays = { 8: "Uint8Array", 16: "Uint16Array", 32: "Int32Array" };

/** Neighbors along the first loop that are copied together for each step of the second one. */
const together = 8;

function place(array: "source" | "target", n: number): string {
  const [at, step] = array === "source" ? ["s", "stepS"] : ["t", "stepT"];
  return `${array}[${at}${n === 0 ? "" : ` + ${n === 1 ? "" : `${n} * `}${step}`}]`;
}

function copyOf([bits, array]: readonly [string, string]): string {
  const eight = Array.from({ length: together }, (_, n) => `        ${place("target", n)} = ${place("source", n)}!;`);
  return `/** Copies a plane of samples of ${bits} bits, whose first is at \`from\` in the source and at \`to\` in the target. */
export function copyPlane${bits}(
  source: ${array},
  from: number,
  target: ${array},
  to: number,
  along: Loop,
  across: Loop,
): void {
  const { count, from: stepS, to: stepT } = along;
  const { from: acrossS, to: acrossT } = across;
  // Places are added up, not multiplied: 0 * -1 is -0, which V8 keeps as a double.
  let [partS, partT] = [from, to];
  for (let left = across.count; left > 0; left -= mostAcross) {
    const length = Math.min(mostAcross, left);
    let [startS, startT] = [partS, partT];
    let i = count;
    for (; i >= ${together}; i -= ${together}) {
      let [s, t] = [startS, startT];
      for (let j = 0; j < length; j++) {
${eight.join("\n")}
        s += acrossS;
        t += acrossT;
      }
      startS += ${together} * stepS;
      startT += ${together} * stepT;
    }
    for (; i > 0; i--) {
      let [s, t] = [startS, startT];
      for (let j = 0; j < length; j++) {
        target[t] = source[s]!;
        s += acrossS;
        t += acrossT;
      }
      startS += stepS;
      startT += stepT;
    }
    partS += mostAcross * acrossS;
    partT += mostAcross * acrossT;
  }
}
`;
}

/** The content of src/kernels/copy-plane.ts. */
export function planeCopies(): string {
  return `/** Copies planes of samples, for each width of a sample. Written by scripts/plane-copies.ts: do not edit. */

/** One axis of a copy: its length, and the distance between neighbors in the source and in the target. */
export interface Loop {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** How far a copy goes across before it comes back: so far that what it comes back to is still in the cache. */
const mostAcross = 512;

${Object.entries(arrays).map(copyOf).join("\n")}`;
}

const [, script] = process.argv;
if (script === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL("../src/kernels/copy-plane.ts", import.meta.url)), planeCopies());
}
