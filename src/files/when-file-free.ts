import type { FileHandle } from "node:fs/promises";
import { delay } from "../async/delay.ts";
import { WriteGate } from "../async/write-gate.ts";
import { isOutOfFiles } from "./disk-failure.ts";
import { processLimit } from "./process-limit.ts";

const firstPauseMs = 5;
const longestPauseMs = 200;
const mostPauses = 20;
/** Files that are left to libraries, connections and Node's own modules: an import that failed once stays failed. */
const leftToOthers = 16;

/** Files that were opened through {@link whenFileFree}: while their number grows, waiting makes sense. */
let opened = 0;
let most: number | undefined;
/** Where files are scarce, few are opened at a time: what is beyond the limit is seen only after it was opened. */
const gate = new WriteGate(4);

/**
 * Runs `work`, which opens a file. While this process has about as many open files as it may have, waits until one is
 * closed: that others read many files at once must not fail this one, and never counts as a missing file. Gives up,
 * with the system's error, after some seconds in which no file could be opened.
 */
export async function whenFileFree<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  let before = opened;
  for (let pauses = 0, pause = firstPauseMs; ; pause = Math.min(longestPauseMs, 2 * pause)) {
    try {
      const result = await (isScarce() ? gate.pass(1, work) : work());
      if (pauses > mostPauses || !(isHandle(result) && result.fd >= highest())) {
        opened++;
        return result;
      }
      await result.close();
    } catch (error) {
      if (!isOutOfFiles(error) || pauses > mostPauses) throw error;
    }
    pauses = opened === before ? pauses + 1 : 0;
    before = opened;
    await delay(pause, signal);
  }
}

/** The system gives the lowest number that is free: from this one on, few are left. */
function highest(): number {
  if (most === undefined) {
    const limit = processLimit("Max open files") ?? Number.POSITIVE_INFINITY;
    most = limit - Math.min(leftToOthers, Math.floor(limit / 4));
  }
  return most;
}

function isScarce(): boolean {
  return highest() < 1000;
}

function isHandle(value: unknown): value is FileHandle {
  return (
    typeof value === "object" && value !== null && "fd" in value && typeof value.fd === "number" && "close" in value
  );
}
