/** Runs a chain of transforms over one entry as one step: no iterator, and no promise unless something waits, between them. */

import type { Seed } from "../random/random.ts";
import { itemFailure } from "./failure.ts";
import { isPromise, type MaybePromise } from "./maybe.ts";
import type { Entry, Run } from "./stage.ts";
import { dropped, type ItemNotes, StepContext, type Transform } from "./transform.ts";

/** A chain of transforms at its place in a plan. */
export interface Steps {
  readonly transforms: readonly Transform[];
  /** Where each transform's generator starts: its position among the random ones of the plan; for opaque ones a place between. */
  readonly paths: readonly (readonly number[])[];
  readonly seed: Seed;
}

/**
 * Gives each transform its position: the number of random ones before it, from `first` on. Deterministic transforms do not count,
 * so that adding one leaves what the others draw as it was; nor do opaque ones, which get generators of their own in between.
 */
export function placeSteps(transforms: readonly Transform[], first: number, seed: Seed): Steps {
  let position = first;
  let between = 0;
  const paths = transforms.map(({ kind }) => {
    if (kind === "random") between = 0;
    if (kind === "opaque") between--;
    return kind === "random" ? [position++] : [position, between];
  });
  return { transforms, paths, seed };
}

/** Applies all steps to an entry. Undefined when a step left the item out. `notes` collects what the steps note down. */
export function runSteps(
  steps: Steps,
  entry: Entry<unknown>,
  run: Run,
  notes: ItemNotes = {},
): MaybePromise<Entry<unknown> | undefined> {
  return continueSteps(steps, entry, run, notes, 0, entry.value);
}

function continueSteps(
  steps: Steps,
  entry: Entry<unknown>,
  run: Run,
  notes: ItemNotes,
  from: number,
  start: unknown,
): MaybePromise<Entry<unknown> | undefined> {
  let value = start;
  const { transforms, paths, seed } = steps;
  for (let i = from; i < transforms.length; i++) {
    const transform = transforms[i] as Transform;
    const context = new StepContext(entry, run, run.seed ?? seed, transform.name, paths[i] ?? [], notes);
    const fail = (caught: unknown): never => {
      throw itemFailure(caught, { operator: transform.name, item: entry.key }, run.signal);
    };
    try {
      value = transform.apply(value, context);
    } catch (caught) {
      fail(caught);
    }
    if (value === dropped) return undefined;
    if (isPromise(value)) {
      return Promise.resolve(value).then((settled) => {
        if (settled === dropped) return undefined;
        if (run.signal.aborted) throw run.signal.reason;
        return continueSteps(steps, entry, run, notes, i + 1, settled);
      }, fail);
    }
  }
  return withNotes(entry, value, notes);
}

function withNotes(entry: Entry<unknown>, value: unknown, notes: ItemNotes): Entry<unknown> {
  const draws = notes.draws && entry.draws ? [...entry.draws, ...notes.draws] : (notes.draws ?? entry.draws);
  const { key, index } = entry;
  return draws ? { key, index, value, draws } : { key, index, value };
}
