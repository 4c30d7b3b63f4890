/** Finds one item of a plan by its id, without computing the others. */
import { PipelineError } from "../errors.ts";
import { Only, type Trace } from "../plan/inspection.ts";
import type { Entry, Run, Stage } from "../plan/stage.ts";
import { eachEntry } from "./each-entry.ts";

/** What is looked for. */
interface Wanted {
  readonly id: string;
  /** Name of the method, for messages. */
  readonly operator: string;
  readonly trace?: Trace;
}

/** The entry with an id, computed as a run would. @throws PipelineError `VOXRX_UNKNOWN_ITEM`, `VOXRX_NO_ITEM_ID` */
export async function findItem(
  plan: Stage<unknown>,
  run: Run,
  { id, operator, trace }: Wanted,
): Promise<Entry<unknown>> {
  const stage = beforeGathering(plan);
  refuseBridges(stage, operator);
  const only = Only.item(id, trace);
  const near = new NearIds(id);
  const found: Entry<unknown>[] = [];
  await eachEntry(stage, { ...run, inspection: { ...run.inspection, isSilent: true, only } }, (entry) => {
    if (entry.id !== id) return near.add(entry.id);
    found.push(entry);
    return true;
  });
  const [entry] = found;
  if (entry) return entry;
  throw new PipelineError("VOXRX_UNKNOWN_ITEM", `epoch ${run.epoch} has no item with the id "${id}"${near.text}`, {
    operator,
    remedy:
      "Pass an id as originOf(item) or an error gives it, and the epoch of its run; items in a batch have their own.",
  });
}

/** The plan up to its first stage that makes one item of several: their ids are lost there. */
export function beforeGathering(stage: Stage<unknown>): Stage<unknown> {
  let before = stage;
  for (let at: Stage<unknown> | undefined = stage; at; at = at.inputs[0])
    if (at.passage?.gathers && at.inputs[0]) before = at.inputs[0];
  return before;
}

function refuseBridges(stage: Stage<unknown>, operator: string): void {
  if (stage.passage?.losesIds) {
    const name = stage.describe().at(-1)?.name;
    throw new PipelineError("VOXRX_NO_ITEM_ID", `items have no stable id after ${name}, an operator of RxJS`, {
      operator,
      remedy: "Look for the item in the dataset before that operator.",
    });
  }
  for (const input of stage.inputs) refuseBridges(input, operator);
}

/** The ids that are the most like one that was not found. */
class NearIds {
  readonly #id: string;
  readonly #nearest: { readonly id: string; readonly distance: number }[] = [];
  #count = 0;

  constructor(id: string) {
    this.#id = id;
  }

  add(id: string): undefined {
    // Comparing takes microseconds; the first ones show what ids look like.
    if (this.#count++ >= mostCompared) return;
    const distance = editDistance(id, this.#id);
    this.#nearest.push({ id, distance });
    this.#nearest.sort((a, b) => a.distance - b.distance);
    this.#nearest.length = Math.min(this.#nearest.length, 3);
  }

  get text(): string {
    if (this.#nearest.length === 0) return "";
    return `; the nearest of ${this.#count} items are ${this.#nearest.map(({ id }) => `"${id}"`).join(", ")}`;
  }
}

const mostCompared = 10_000;

/** Characters to insert, delete or replace to make one string of the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
