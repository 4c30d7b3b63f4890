/** How a run is consumed, and how it ends. */
import { getEventListeners } from "node:events";
import type { Observable } from "rxjs";
import { type Dataset, IndexedDataset } from "../../src/dataset.ts";
import { type Ledger, turn } from "./ledger.ts";

/** What a consumer saw. */
export interface Seen {
  readonly items: readonly number[];
  /** How it ended; "left": by the consumer, before anything else ended it. */
  readonly ending: "complete" | "left" | { readonly error: unknown; readonly whileListing?: boolean };
}

/** When a run is ended from outside. */
export interface Moment {
  /** Turns of the event loop, then microtasks, after its beginning. */
  readonly turns: number;
  readonly microtasks: number;
  /** Number of items, for endings that the consumer decides on. */
  readonly items: number;
}

/** One way to consume a run, or to end it. What it throws is a broken promise. */
export type Ending = (dataset: Dataset<number>, ledger: Ledger, moment: Moment) => Promise<Seen>;

async function passes({ turns, microtasks }: Moment): Promise<void> {
  for (let n = 0; n < turns; n++) await turn();
  for (let n = 0; n < microtasks; n++) await undefined;
}

async function seen(consume: (items: number[]) => Promise<"complete" | "left">): Promise<Seen> {
  const items: number[] = [];
  try {
    return { items, ending: await consume(items) };
  } catch (error) {
    return { items, ending: { error } };
  }
}

async function drained(run: AsyncIterator<number, undefined>): Promise<Seen> {
  return seen(async (items) => {
    for (let step = await run.next(); !step.done; step = await run.next()) items.push(step.value);
    return "complete";
  });
}

function subscribed(source: Observable<number>): { readonly end: Promise<Seen>; leave(): void } {
  const items: number[] = [];
  let settle: (seen: Seen) => void = () => undefined;
  const end = new Promise<Seen>((resolve) => {
    settle = resolve;
  });
  const subscription = source.subscribe({
    next: (item) => items.push(item),
    error: (error: unknown) => settle({ items, ending: { error } }),
    complete: () => settle({ items, ending: "complete" }),
  });
  return {
    end,
    leave() {
      subscription.unsubscribe();
      settle({ items, ending: "left" });
    },
  };
}

/** Consumers of the whole run. */
export const completions: Readonly<Record<string, Ending>> = {
  "for await": (dataset) =>
    seen(async (items) => {
      for await (const item of dataset) items.push(item);
      return "complete";
    }),
  toArray: (dataset) =>
    seen(async (items) => {
      items.push(...(await dataset.toArray()));
      return "complete";
    }),
  forEach: (dataset) =>
    seen(async (items) => {
      await dataset.forEach((item) => void items.push(item));
      return "complete";
    }),
  "forEach with a promise": (dataset) =>
    seen(async (items) => {
      await dataset.forEach(async (item) => {
        await turn();
        items.push(item);
      });
      return "complete";
    }),
  subscribe: (dataset) => subscribed(dataset).end,
  "asObservable().subscribe": (dataset) => subscribed(dataset.asObservable()).end,
  "iterate, three calls at once": (dataset) =>
    seen(async (items) => {
      const run = dataset.iterate();
      for (;;) {
        const steps = await Promise.allSettled([run.next(), run.next(), run.next()]);
        for (const step of steps) {
          if (step.status === "rejected") throw step.reason;
          if (step.value.done) return "complete";
          items.push(step.value.value);
        }
      }
    }),
  "abort after the end": (dataset, _, moment) =>
    signalled(async (controller) => {
      const result = await drained(dataset.iterate({ signal: controller.signal }));
      controller.abort(new Error("too late"));
      await passes(moment);
      return result;
    }),
  "two consumers of share": async (dataset) => {
    const shared = dataset.share({ maxLag: 2 });
    const [first, second] = await Promise.all([drained(shared.iterate()), drained(shared.iterate())]);
    if (String(first.items) !== String(second.items)) throw new Error(`${first.items} is not ${second.items}`);
    return first;
  },
};

/** What ends a run before its end, or may do so. */
export const endings: Readonly<Record<string, Ending>> = {
  "break of for await": (dataset, _, moment) =>
    seen(async (items) => {
      for await (const item of dataset) {
        items.push(item);
        if (items.length > moment.items) return "left";
      }
      return "complete";
    }),
  "return() while next() is pending": async (dataset, ledger, moment) => {
    const run = dataset.iterate();
    const reading = drained(run);
    await passes(moment);
    const returned = await run.return();
    ledger.end();
    if (!returned.done) throw new Error("return() gave an item");
    const result = await reading;
    if (!(await run.next()).done) throw new Error("next() after return() gave an item");
    await run.return();
    return result.ending === "complete" ? { ...result, ending: "left" } : result;
  },
  "await using": async (dataset, ledger, moment) => {
    const run = dataset.iterate();
    const reading = drained(run);
    await passes(moment);
    await run[Symbol.asyncDispose]();
    ledger.end();
    const result = await reading;
    return result.ending === "complete" ? { ...result, ending: "left" } : result;
  },
  "throw() while next() is pending": async (dataset, ledger, moment) => {
    const run = dataset.iterate();
    const reading = drained(run);
    await passes(moment);
    const mine = new Error("thrown into the run");
    const thrown = await run.throw(mine).catch((error: unknown) => error);
    ledger.end();
    if (thrown !== mine) throw new Error(`throw() rejected with ${String(thrown)}`);
    const result = await reading;
    return result.ending === "complete" ? { ...result, ending: "left" } : result;
  },
  unsubscribe: async (dataset, ledger, moment) => {
    const { end, leave } = subscribed(dataset);
    await passes(moment);
    leave();
    ledger.end();
    return end;
  },
  "unsubscribe of asObservable()": async (dataset, ledger, moment) => {
    const { end, leave } = subscribed(dataset.asObservable());
    await passes(moment);
    leave();
    ledger.end();
    return end;
  },
  "unsubscribe in next": (dataset, ledger, moment) =>
    new Promise((resolve) => {
      const items: number[] = [];
      const subscription = dataset.subscribe({
        next(item) {
          items.push(item);
          if (items.length <= moment.items) return;
          subscription.unsubscribe();
          ledger.end();
          resolve({ items, ending: "left" });
        },
        error: (error: unknown) => resolve({ items, ending: { error } }),
        complete: () => resolve({ items, ending: "complete" }),
      });
    }),
  "abort before": (dataset, ledger) =>
    signalled(async (controller, reason) => {
      controller.abort(reason);
      ledger.end();
      return ended(await drained(dataset.iterate({ signal: controller.signal })), reason);
    }),
  "abort of iterate": (dataset, ledger, moment) =>
    signalled(async (controller, reason) => {
      const reading = drained(dataset.iterate({ signal: controller.signal }));
      return aborted(reading, controller, reason, ledger, moment);
    }),
  "abort of toArray": (dataset, ledger, moment) =>
    signalled(async (controller, reason) => {
      const reading = seen(async (items) => {
        items.push(...(await dataset.toArray({ signal: controller.signal })));
        return "complete";
      });
      return aborted(reading, controller, reason, ledger, moment);
    }),
  "abort of forEach": (dataset, ledger, moment) =>
    signalled(async (controller, reason) => {
      const reading = seen(async (items) => {
        await dataset.forEach((item) => void items.push(item), { signal: controller.signal });
        return "complete";
      });
      return aborted(reading, controller, reason, ledger, moment);
    }),
  "throw in for await": (dataset, _, moment) =>
    thrown(moment, async (consume) => {
      for await (const item of dataset) consume(item);
    }),
  "throw in forEach": (dataset, _, moment) => thrown(moment, (consume) => dataset.forEach(consume)),
  "peek()": (dataset) =>
    seen(async (items) => {
      const first = await dataset.peek();
      if (first === undefined) return "complete";
      items.push(first);
      return "left";
    }),
  "abort of peek()": (dataset, ledger, moment) =>
    signalled(async (controller, reason) => {
      const reading = seen(async (items) => {
        const first = await dataset.peek({ signal: controller.signal });
        if (first !== undefined) items.push(first);
        return first === undefined ? "complete" : "left";
      });
      return aborted(reading, controller, reason, ledger, moment);
    }),
  "at(0)": async (dataset) => {
    if (!(dataset instanceof IndexedDataset)) return { items: [], ending: "left" };
    try {
      await dataset.ready();
    } catch (error) {
      return { items: [], ending: { error, whileListing: true } };
    }
    return seen(async (items) => {
      if (dataset.length > 0) items.push(await dataset.at(0));
      return "left";
    });
  },
  "two consumers of share, one leaves": async (dataset, _, moment) => {
    const shared = dataset.share({ maxLag: 2 });
    const [leaving, staying] = [shared.iterate(), shared.iterate()];
    const [left, stayed] = [drained(leaving), drained(staying)];
    await passes(moment);
    await leaving.return();
    await left;
    // What stays may wait for an answer that never comes.
    await passes(moment);
    await staying.return();
    const result = await stayed;
    return result.ending === "complete" ? { ...result, ending: "left" } : result;
  },
};

/** A consumer that throws at an item. */
async function thrown(moment: Moment, run: (consume: (item: number) => void) => Promise<void>): Promise<Seen> {
  const mine = new Error("thrown by the consumer");
  const result = await seen(async (items) => {
    await run((item) => {
      items.push(item);
      if (items.length > moment.items) throw mine;
    });
    return "complete";
  });
  return ended(result, mine);
}

/** A run that may have been ended by the consumer's own reason, by identity. */
function ended(result: Seen, mine: unknown): Seen {
  return typeof result.ending === "object" && result.ending.error === mine ? { ...result, ending: "left" } : result;
}

async function aborted(
  reading: Promise<Seen>,
  controller: AbortController,
  reason: unknown,
  ledger: Ledger,
  moment: Moment,
): Promise<Seen> {
  await passes(moment);
  controller.abort(reason);
  const result = ended(await reading, reason);
  ledger.end();
  return result;
}

/** With a signal, on which nothing listens afterwards. */
async function signalled(use: (controller: AbortController, reason: unknown) => Promise<Seen>): Promise<Seen> {
  const controller = new AbortController();
  // Any value can be the reason.
  const result = await use(controller, Object.freeze({ name: "enough" }));
  const listeners = getEventListeners(controller.signal, "abort").length;
  if (listeners > 0) throw new Error(`${listeners} listeners were left on the signal`);
  return result;
}
