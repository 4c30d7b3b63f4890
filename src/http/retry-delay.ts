import { delay } from "../async/delay.ts";

const maxBackoffMs = 30_000;
const maxServerWaitMs = 120_000;

/**
 * Waits before the next attempt. The delay doubles with every failure, is at least what the server asks for (up to 2
 * minutes), and has random jitter so that clients don't all retry at once. Rejects with the signal's reason when it is
 * aborted.
 */
export async function retryDelay(
  failures: number,
  backoffMs: number,
  serverWaitMs: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const own = Math.min(maxBackoffMs, backoffMs * 2 ** (failures - 1)) * (0.75 + Math.random() / 4);
  await delay(Math.max(own, Math.min(maxServerWaitMs, serverWaitMs ?? 0)), signal);
}
