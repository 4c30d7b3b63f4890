import type * as rx from "rxjs";
import { describe, expect, test } from "vitest";
import { Dataset } from "voxrx";
import { map } from "voxrx/operators";
import { countingSource, turns } from "../support/counting.ts";
import { turnsDuring } from "../support/turns-during.ts";

const upTo = (length: number) => Array.from({ length }, (_, n) => n);

describe("subscribe", () => {
  test("emits nothing before it returns, completes once, and nothing follows", async () => {
    const said: string[] = [];
    await new Promise<void>((resolve) => {
      Dataset.from([1, 2]).subscribe({
        next: (n) => said.push(`next ${n}`),
        complete: () => {
          said.push("complete");
          resolve();
        },
      });
      said.push("returned");
    });
    await turns(3);
    expect(said).toEqual(["returned", "next 1", "next 2", "complete"]);
  });

  test("tells an error once, and nothing after it", async () => {
    const { source } = countingSource({ throwsAt: 1 });
    const said: string[] = [];
    await new Promise<void>((resolve) => {
      source.subscribe({
        next: (n) => said.push(`next ${n}`),
        error: (error: Error) => {
          said.push(error.message);
          resolve();
        },
        complete: () => said.push("complete"),
      });
    });
    await turns(3);
    expect(said).toEqual(["next 0", expect.stringContaining("source failed at 1")]);
  });

  test("an observer that unsubscribes inside next hears nothing more, and the source produces nothing more", async () => {
    const { source, counts } = countingSource();
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      const subscription: rx.Subscription = source.subscribe((n) => {
        seen.push(n);
        if (n === 2) subscription.unsubscribe();
        if (n === 2) resolve();
      });
    });
    await turns(5);
    expect(seen).toEqual([0, 1, 2]);
    expect(counts).toEqual({ opened: 1, closed: 1, produced: 3 });
  });

  test("timers get their turns during a long run of items that are all here", async () => {
    let longest = 0;
    let inRow = 0;
    await turnsDuring(
      (spend) =>
        new Promise<void>((resolve) => {
          const busy = Dataset.from(upTo(200)).pipe(
            map((n) => {
              spend(0.5);
              return n;
            }),
          );
          busy.subscribe({ next: () => (longest = Math.max(longest, ++inRow)), complete: resolve });
        }),
      () => (inRow = 0),
    );
    expect(longest).toBeLessThanOrEqual(20);
  });
});
