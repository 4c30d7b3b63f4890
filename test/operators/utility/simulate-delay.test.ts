import { afterEach, describe, expect, test, vi } from "vitest";
import { Dataset } from "voxrx";
import { simulateDelay } from "voxrx/operators";
import { codeOf } from "../../support/thrown.ts";

describe("simulateDelay", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("waits its time with every item, and passes it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const item = { n: 1 };
    const run = Dataset.from([item])
      .pipe(simulateDelay({ delayMs: 2500 }))
      .iterate();
    let done = false;
    const next = run.next().finally(() => {
      done = true;
    });
    await vi.advanceTimersByTimeAsync(2499);
    expect(done).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect((await next).value).toBe(item);
    expect(vi.getTimerCount()).toBe(0);
    await run.return();
  });

  test("stops waiting at once when the run is closed or aborted, and leaves no timer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const dataset = Dataset.from([1, 2]).pipe(simulateDelay({ delayMs: 1_000_000 }));
    const run = dataset.iterate();
    const pending = run.next();
    await vi.advanceTimersByTimeAsync(1);
    expect(vi.getTimerCount()).toBe(1);
    await run.return();
    await expect(pending).resolves.toMatchObject({ done: true });
    expect(vi.getTimerCount()).toBe(0);
    const controller = new AbortController();
    const consumed = dataset.toArray({ signal: controller.signal });
    await vi.advanceTimersByTimeAsync(1);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(consumed).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("refuses a delay that is none", () => {
    for (const delayMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
      expect(codeOf(() => simulateDelay({ delayMs }))).toBe("VOXRX_BAD_OPTION");
    }
  });
});
