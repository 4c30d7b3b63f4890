import * as rx from "rxjs";
import { describe, expect, test } from "vitest";
import { seesWork } from "../../src/rxjs/visible-work.ts";

describe("seesWork", () => {
  test("an operator that hides its work is told from one that shows it", () => {
    const hiding = (source: rx.Observable<unknown>) =>
      new rx.Observable<unknown>((sink) => source.subscribe({ complete: () => sink.complete() }));
    expect(seesWork(hiding)).toBe(false);
    expect(seesWork(rx.mergeMap(() => rx.NEVER))).toBe(true);
  });
});
