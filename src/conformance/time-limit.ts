import type { Check } from "./checks.ts";

/** What a promise gives. @throws Error if it takes longer than `ms` */
export async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Checks of which none takes longer than `ms`: one that waits for something that never comes is broken. */
export function limited(ms: number, checks: readonly Check[]): Check[] {
  return checks.map(({ promise, run }) => ({ promise, run: () => within(ms, run(), "the check") }));
}
