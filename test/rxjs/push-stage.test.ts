import * as rx from "rxjs";
import { describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, type PushOptions } from "voxrx";
import { turns } from "../support/counting.ts";

/** The items that get through when ten are pushed at once into a queue of three, and how the run ends. */
async function pushedTen(options: PushOptions): Promise<{ items: number[]; error: unknown }> {
  const subject = new rx.Subject<number>();
  const run = Dataset.from(subject, { maxItems: 3, ...options }).iterate();
  const items: number[] = [];
  const first = run.next();
  await turns(1);
  for (let n = 0; n < 10; n++) subject.next(n);
  subject.complete();
  try {
    for (let step = await first; !step.done; step = await run.next()) items.push(step.value);
    return { items, error: undefined };
  } catch (error) {
    expect(subject.observed).toBe(false);
    return { items, error };
  }
}

describe("a queue that is full", () => {
  test("is an error by default, after the items that were queued", async () => {
    const { items, error } = await pushedTen({});
    expect(items).toEqual([0, 1, 2]);
    expect(isVoxRxError(error, "VOXRX_OVERRUN")).toBe(true);
  });

  test("loses what the policy says", async () => {
    expect(await pushedTen({ overflow: "dropNewest" })).toEqual({ items: [0, 1, 2], error: undefined });
    expect(await pushedTen({ overflow: "dropOldest" })).toEqual({ items: [7, 8, 9], error: undefined });
    expect(await pushedTen({ overflow: "latest" })).toEqual({ items: [9], error: undefined });
    expect((await pushedTen({ maxItems: 10 })).items.length).toBe(10);
  });

  test("ends a source that emits without end in one go", async () => {
    const error = await Dataset.from(rx.range(0, Number.POSITIVE_INFINITY))
      .toArray()
      .catch((caught: unknown) => caught);
    expect(isVoxRxError(error, "VOXRX_OVERRUN")).toBe(true);
  });
});

test("an Observable is subscribed at the first pull and left when the run is closed, also while it is waited for", async () => {
  const subject = new rx.Subject<number>();
  const run = Dataset.from(subject).iterate();
  expect(subject.observed).toBe(false);
  const pending = run.next();
  await turns(1);
  expect(subject.observed).toBe(true);
  await run.return();
  expect(subject.observed).toBe(false);
  expect(await pending).toEqual({ done: true, value: undefined });
});

test("an error of the Observable comes after what it emitted before", async () => {
  const failing = rx.concat(
    rx.of(1, 2),
    rx.throwError(() => new Error("source")),
  );
  const items: number[] = [];
  await expect(Dataset.from(failing).forEach((n) => void items.push(n))).rejects.toThrow("source");
  expect(items).toEqual([1, 2]);
});

test("maxItems is checked when it is stated", () => {
  expect(() => Dataset.from(rx.of(1), { maxItems: 0 })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
});
