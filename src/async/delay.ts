import { untilAborted } from "./until-aborted.ts";

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. Leaves no timer and no listener. */
export async function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await untilAborted(elapsed, signal);
  } finally {
    clearTimeout(timer);
  }
}
