import { delay } from "../async/delay.ts";
import { isOutOfFiles } from "./disk-failure.ts";

const firstPauseMs = 5;
const longestPauseMs = 200;
const mostPauses = 20;

/** Files that were opened through {@link whenFileFree}: while their number grows, waiting makes sense. */
let opened = 0;

/**
 * Runs `work`, which opens a file. While this process has as many open files as it may have, waits until one is closed:
 * that others read many files at once must not fail this one, and never counts as a missing file. Gives up, with the
 * system's error, after some seconds in which no file could be opened.
 */
export async function whenFileFree<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  let before = opened;
  for (let pauses = 0, pause = firstPauseMs; ; pause = Math.min(longestPauseMs, 2 * pause)) {
    try {
      const result = await work();
      opened++;
      return result;
    } catch (error) {
      pauses = opened === before ? pauses + 1 : 0;
      if (!isOutOfFiles(error) || pauses > mostPauses) throw error;
    }
    before = opened;
    await delay(pause, signal);
  }
}
