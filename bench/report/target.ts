/** What is aimed at: a number of a line, and a bound for it. */
import type { Line } from "./line.ts";

/** The numbers of a line that a target can be about. */
interface Figures extends Pick<Line, "voxrx" | "limit" | "peer"> {}

/** A claim about a line. */
export interface Target {
  readonly text: string;
  /** Whether it holds; undefined if what it is about was not measured. */
  readonly isMet: (line: Figures) => boolean | undefined;
}

/** At most this multiple of the time of the limit. */
export function withinLimit(multiple: number): Target {
  return {
    text: `at most ${multiple} of the limit`,
    isMet: ({ limit }) => (limit?.wallRatio === undefined ? undefined : 1 / limit.wallRatio <= multiple),
  };
}

/** At least this many times as fast as the peer. */
export function fasterThanPeer(times: number): Target {
  return {
    text: times === 1 ? "not slower" : `at least ${times} times as fast`,
    isMet: ({ peer }) => (peer?.wallRatio === undefined ? undefined : peer.wallRatio >= times),
  };
}

/** At most so much time. */
export function withinMs(ms: number, of: "wallMs" | "cpuMs" = "wallMs"): Target {
  return {
    text: `at most ${ms} ms${of === "cpuMs" ? " of CPU" : ""}`,
    isMet: ({ voxrx }) => voxrx && voxrx[of] <= ms,
  };
}

/** At most so much memory. */
export function withinMB(megabytes: number): Target {
  return {
    text: `at most ${megabytes} MB`,
    isMet: ({ voxrx }) => (voxrx?.memoryMB === undefined ? undefined : voxrx.memoryMB <= megabytes),
  };
}

/** Below this, a call of the peer is too short to compare with, in ms of CPU. */
export const shortMs = 5;

/** A transform: at most 5 ms where MONAI takes less than that, else at most 1.1 of MONAI's CPU time. */
export const transformTarget: Target = {
  text: `at most ${shortMs} ms of CPU, or 1.1 of the peer's`,
  isMet({ voxrx, peer }) {
    if (!voxrx || peer?.times === undefined || peer.cpuRatio === undefined) return undefined;
    return voxrx.cpuMs <= shortMs || (peer.times.cpuMs >= shortMs && peer.cpuRatio >= 1 / 1.1);
  },
};
