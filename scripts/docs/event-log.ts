/** What a run did, in order: what was taken from the sources, and what the consumer got. */
import { Dataset } from "voxrx";
import { map } from "voxrx/operators";
import { whenReady } from "../../src/async/maybe-promise.ts";
import { extendPlan } from "../../src/extend-plan.ts";
import { cursorOverIndex, type IndexView, type Run, type Stage } from "../../src/plan/stage.ts";
import { sameValue } from "./item-values.ts";

/** One event. */
export type LoggedEvent =
  | { readonly kind: "asked" | "ended" }
  | { readonly kind: "gave"; readonly value: unknown }
  | { readonly kind: "failed"; readonly value: unknown }
  | { readonly kind: "took"; readonly source: number; readonly index: number; readonly value: unknown };

/** A source of an example: a list. */
export interface Source {
  readonly items: readonly unknown[];
}

/** Keeps what happens, as long as somebody listens. */
export class EventLog {
  readonly sources: Source[] = [];
  events: LoggedEvent[] = [];
  /** The source whose items are noted, if not all are. */
  #only: number | undefined;

  add(event: LoggedEvent): void {
    if (event.kind === "took" && this.#only !== undefined && event.source !== this.#only) return;
    this.events.push(event);
  }

  /** A dataset of a list that says when one of its items is taken. */
  sourceOf(items: readonly unknown[], options?: object): Dataset<unknown> {
    const source = this.sources.push({ items }) - 1;
    const inner = Dataset.from(items, options).stage;
    const view = (run: Run) => {
      if (!inner.index) throw new Error("a list has an index");
      return whenReady(
        inner.index(run),
        (known): IndexView<unknown> => ({
          ...known,
          at: (index) => {
            this.add({ kind: "took", source, index, value: items[index] });
            return known.at(index);
          },
        }),
      );
    };
    const stage: Stage<unknown> = {
      inputs: [],
      seed: inner.seed,
      randomCount: 0,
      index: view,
      start: (run, from) => cursorOverIndex(() => view(run), from),
      knownLength: () => items.length,
      describe: () => inner.describe(),
      identity: inner.identity,
      listed: () => inner.listed?.(),
    };
    return Dataset.ofStage(stage);
  }

  /**
   * A stage that says when one of its items comes. It counts as the only source, of as many items as come: what the
   * stages before it do is not noted.
   */
  seenAt(input: Stage<unknown>): Stage<unknown> {
    const items: unknown[] = [];
    const source = this.sources.push({ items }) - 1;
    this.#only = source;
    const note = (value: unknown) => {
      const known = items.findIndex((item) => sameValue(item, value));
      const index = known >= 0 ? known : items.push(value) - 1;
      this.add({ kind: "took", source, index, value });
      return value;
    };
    return extendPlan(input, [map(note, { version: 1 })]);
  }
}

/** The events of one request of a consumer. */
export interface Request {
  readonly took: readonly Extract<LoggedEvent, { kind: "took" }>[];
  readonly gave: { readonly value: unknown } | undefined;
  readonly failed: unknown;
}

/** Pulls a dataset and says what happened at each request. `settle`: waits until no more happens after an item. */
export async function requestsOf(
  dataset: Dataset<unknown>,
  log: EventLog,
  {
    epoch,
    most = 16,
    settle,
  }: { readonly epoch: number; readonly most?: number; readonly settle?: () => Promise<void> },
): Promise<Request[]> {
  const run = dataset.iterate({ epoch });
  const requests: Request[] = [];
  try {
    while (requests.length < most) {
      log.events = [];
      const next = await run.next().then(
        (answer) => (answer.done ? undefined : { value: answer.value }),
        (error: unknown) => ({ error }),
      );
      await settle?.();
      const took = log.events.filter((event) => event.kind === "took");
      if (next && "error" in next) requests.push({ took, gave: undefined, failed: next.error });
      else if (next || took.length > 0) requests.push({ took, gave: next, failed: undefined });
      if (!next || "error" in next) break;
    }
  } finally {
    await run.return();
  }
  return requests;
}
