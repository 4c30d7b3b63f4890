/** How the transforms do together. */
import type { Line } from "./line.ts";
import { shortMs } from "./target.ts";

/** Sentences about all transforms that were measured beside the peer. */
export function transformsSummary(lines: readonly Line[]): string[] {
  const rows = lines.flatMap(({ group, voxrx, peer }) =>
    group === "Transforms" && voxrx && peer?.times && peer.cpuRatio !== undefined
      ? [{ ours: voxrx.cpuMs, theirs: peer.times.cpuMs, ratio: peer.cpuRatio }]
      : [],
  );
  if (rows.length === 0) return [];
  const short = rows.filter(({ theirs }) => theirs < shortMs);
  const others = rows.filter(({ theirs }) => theirs >= shortMs);
  const count = (list: typeof rows, holds: (row: (typeof rows)[number]) => boolean) => list.filter(holds).length;
  return [
    `${short.length} transforms take the peer less than ${shortMs} ms of CPU: VoxRx at most ${shortMs} ms in ` +
      `${count(short, ({ ours }) => ours <= shortMs)} of them.`,
    `Of the other ${others.length}, VoxRx takes more than 1.1 times the peer's CPU time in ` +
      `${count(others, ({ ratio }) => ratio < 1 / 1.1)}, and at most half of it in ` +
      `${count(others, ({ ratio }) => ratio >= 2)}.`,
  ];
}
