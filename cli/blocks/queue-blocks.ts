import type { BlockWork } from "./block-work.ts";
export async function computeQueued(
  _work: BlockWork,
  _url: string,
  _n: number,
  _lease: number,
  _signal: AbortSignal,
): Promise<void> {}
