/** What docs/errors.md says about RxJS. */
import { groupBy, mergeMap, range } from "rxjs";
import { Dataset } from "voxrx";
import { eventLoopTurn } from "../../../src/async/event-loop-turn.ts";
import type { Advice, Code } from "./advice.ts";

/** Calls what waits for the process to end while a run waits, as Node does when nothing else is left. */
async function atTheEnd(run: Promise<unknown>, before: readonly unknown[]): Promise<unknown> {
  for (let turns = 0; turns < 50; turns++) await eventLoopTurn();
  for (const listener of process.listeners("beforeExit")) if (!before.includes(listener)) listener(0);
  return run;
}

/** Codes of RxJS operators and Observables. */
export const rxjsCodes = {
  VOXRX_STALLED: {
    when: [
      "A deadlock: an RxJS operator in `Dataset.pipe` emits nothing until it gets later items, and gets no later item until it has emitted. `groupBy` with `mergeMap`, or an operator written for push.",
      "It waits for a second source, such as the notifier of `buffer`, that never emits.",
    ],
    remedies: [
      "Allow it more input with `rxjs(operator, { ahead: n })`; `ahead: Infinity` for one that needs all.",
      "Or use an operator of VoxRx, which is pulled: `flatMap`, `batch`, `zip`. [The table](rxjs-table.md) says how each RxJS operator behaves.",
    ],
    code: `import { groupBy, mergeMap, toArray } from "rxjs";
import { Dataset } from "voxrx";
import { rxjs } from "voxrx/operators";
const groups = Dataset.from([1, 2, 3, 4]).pipe(
  rxjs((source) => source.pipe(groupBy((n) => n % 2), mergeMap((group) => group.pipe(toArray()))), { ahead: Infinity }),
);`,
    provoke: () => {
      const before = process.listeners("beforeExit");
      const grouped = Dataset.from([1, 2, 3, 4, 5, 6]).pipe(function grouped(source) {
        return source.pipe(
          groupBy((n) => n % 3),
          mergeMap((group) => group),
        );
      });
      return atTheEnd(grouped.toArray(), before);
    },
  },
  VOXRX_OVERRUN: {
    when: [
      "An Observable given to `Dataset.from` emits faster than the pipeline takes, and its queue (`maxItems`) is full. A push source can't be held back.",
      "An RxJS operator emitted very many items for one input, such as `repeat` or `expand` without an end.",
    ],
    remedies: [
      "Use something that can be pulled: a list, a generator function, an async iterable.",
      'If losing items is fine, say which: `overflow: "dropOldest"`, `"dropNewest"` or `"latest"`. Or raise `maxItems`.',
    ],
    code: `import { interval } from "rxjs";
import { Dataset } from "voxrx";
const frames = Dataset.from(interval(40), { overflow: "latest" });`,
    provoke: () => Dataset.from(range(0, 1e6), { maxItems: 100 }).toArray(),
  },
  VOXRX_RXJS_UNSEEN: {
    when: [
      "This version of rxjs does not show whether its operators work on something, so asynchronous ones (`mergeMap`, `delay`) in `Dataset.pipe` get items without a limit, and memory may grow. It comes once, with a version newer than those that were tested.",
    ],
    remedies: [
      "Install rxjs 7.8: `npm install rxjs@7`. Or use `mapAsync` and `flatMap` of VoxRx in place of `mergeMap`.",
    ],
    printed:
      "(node:1234) [VOXRX_RXJS_UNSEEN] Warning: This version of rxjs hides the work of its operators: Dataset.pipe feeds asynchronous ones without a limit.",
  },
} satisfies Partial<Record<Code, Advice>>;
