/** The table in the terminal. */
import type { Compared, Line } from "./line.ts";

const columns = [
  ["workload", 66],
  ["ms", 9],
  ["CPU ms", 9],
  ["limit ms", 9],
  ["/ limit", 8],
  ["peer ms", 9],
  ["faster", 7],
  ["by CPU", 7],
  ["load", 6],
] as const;

/** The first line of the table. */
export function printHead(compares: boolean): void {
  console.log(
    columns.map(([title, width], n) => (n === 0 ? title.padEnd(width) : title.padStart(width))).join("") +
      (compares ? "  other build" : ""),
  );
}

/** One line of the table, and what is to be said about it. */
export function printLine(line: Line): void {
  const { name, voxrx, limit, peer, other, load, targets } = line;
  const cells = [
    number(voxrx?.wallMs),
    number(voxrx?.cpuMs),
    number(limit?.times?.wallMs),
    ratio(limit?.wallRatio && 1 / limit.wallRatio),
    number(peer?.times?.wallMs),
    ratio(peer?.wallRatio),
    ratio(peer?.cpuRatio),
    load.toFixed(1),
  ];
  const padded = cells.map((cell, n) => cell.padStart(columns[n + 1]?.[1] ?? 0)).join("");
  const remarks = [
    voxrx?.memoryMB === undefined ? undefined : `${voxrx.memoryMB.toFixed(0)} MB`,
    other && textOfOther(other),
    ...targets.map(({ text, isMet }) => `${text}: ${isMet === undefined ? "not measured" : isMet ? "met" : "NOT MET"}`),
    line.error,
    peer?.missing === undefined ? undefined : `${peer.what}: ${peer.missing}`,
    peer?.differs && `results differ from the peer's: ${peer.differs}`,
  ].filter((remark) => remark !== undefined);
  console.log(`${name.slice(0, 65).padEnd(66)}${padded}${remarks.length > 0 ? `  ${remarks.join("; ")}` : ""}`);
}

/** How many times as long the other build takes. */
function textOfOther({ times, wallRatio, cpuRatio, missing }: Compared): string {
  if (!times) return `other build: ${missing}`;
  return `other build ${number(times.wallMs)} ms, ${ratio(wallRatio)} of this one, ${ratio(cpuRatio)} by CPU`;
}

/** Three digits, or as many as there are before the point. */
export function number(value: number | undefined): string {
  if (value === undefined) return "";
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}

/** A ratio with two digits after the point, or one from 10 on. */
export function ratio(value: number | undefined): string {
  return value === undefined ? "" : value.toFixed(value >= 10 ? 1 : 2);
}
