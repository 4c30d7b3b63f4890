/** Measures calls in this process. */
import type { Sample } from "./answers.ts";
import { type Clock, Figures } from "./workload.ts";

/** Time since it began, of all threads of this process. */
class CallClock implements Clock {
  #wall = performance.now();
  #cpu = process.cpuUsage();

  begin(): void {
    this.#wall = performance.now();
    this.#cpu = process.cpuUsage();
  }

  end(): Figures {
    const wallMs = performance.now() - this.#wall;
    const { user, system } = process.cpuUsage(this.#cpu);
    return new Figures({ wallMs, cpuMs: (user + system) / 1000 });
  }
}

/** Results that the consumer holds: memory for the next one is fresh, or was used a while ago. */
const heldResults = 4;

/**
 * Calls some work until its calls took `atLeastMs`, and returns the times of one. Garbage of what ran before is
 * collected first; that of the calls themselves is part of their time.
 */
export async function takeSample(work: (clock: Clock) => unknown, atLeastMs: number): Promise<Sample> {
  globalThis.gc?.();
  const held: unknown[] = [];
  const clock = new CallClock();
  const started = performance.now();
  let [wallMs, cpuMs, calls, memoryMB] = [0, 0, 0, 0];
  // What it takes to prepare calls counts too, but only in how many there are.
  while (calls === 0 || (wallMs < atLeastMs && performance.now() - started < 4 * atLeastMs)) {
    clock.begin();
    const result = await work(clock);
    const figures = result instanceof Figures ? result : clock.end();
    wallMs += figures.wallMs;
    cpuMs += figures.cpuMs;
    memoryMB = Math.max(memoryMB, figures.memoryMB ?? 0);
    calls++;
    held.push(result);
    if (held.length > heldResults) held.shift();
  }
  return { wallMs: wallMs / calls, cpuMs: cpuMs / calls, calls, ...(memoryMB > 0 ? { memoryMB } : {}) };
}
