/** Runs a chain of transforms over one entry as one step: no iterator, and no promise unless something waits, between them. */

import type { Seed } from "../random/random.ts";
import { itemFailure } from "./failure.ts";
import { endOfGroup, runLazily } from "./lazy-steps.ts";
import { isPromise, type MaybePromise } from "./maybe.ts";
import type { Entry, Run } from "./stage.ts";
import { dropped, type ItemNotes, StepContext, type StepPlace, type Transform } from "./transform.ts";

/** A chain of transforms at its place in a plan. */
export interface Steps {
  readonly transforms: readonly Transform[];
  /** Where each transform's generator starts: its position among the random ones of the plan; for opaque ones a place between. */
  readonly places: readonly StepPlace[];
  readonly seed: Seed;
}

/**
 * Gives each transform its position: the number of random ones before it, from `first` on. Deterministic transforms do not count,
 * so that adding one leaves what the others draw as it was; nor do opaque ones, which get generators of their own in between.
 */
export function placeSteps(transforms: readonly Transform[], first: number, seed: Seed): Steps {
  let position = first;
  let between = 0;
  const places = transforms.map(({ name, kind }): StepPlace => {
    if (kind === "random") between = 0;
    if (kind === "opaque") between--;
    return { operator: name, path: kind === "random" ? [position++] : [position, between] };
  });
  return { transforms, places, seed };
}

const nowhere: StepPlace = { operator: "", path: [] };

/** Applies all steps to an entry. Undefined when a step left the item out. `notes` collects what the steps note down. */
export function runSteps(
  steps: Steps,
  entry: Entry<unknown>,
  run: Run,
  notes: ItemNotes = {},
): MaybePromise<Entry<unknown> | undefined> {
  const context = new StepContext(entry, run, steps.seed, nowhere, notes);
  return continueSteps(steps, entry, context, 0, entry.value);
}

function continueSteps(
  steps: Steps,
  entry: Entry<unknown>,
  context: StepContext,
  from: number,
  start: unknown,
): MaybePromise<Entry<unknown> | undefined> {
  const { transforms, places } = steps;
  let value = start;
  let step = from;
  try {
    for (; step < transforms.length; step++) {
      const transform = transforms[step];
      if (!transform) break;
      context.place = places[step] ?? nowhere;
      if (transform.lazy) {
        const end = endOfGroup(transforms, step);
        value = runLazily(transforms.slice(step, end), places.slice(step, end), value, context);
        step = end - 1;
      } else {
        value = transform.apply(value, context);
      }
      if (value === dropped) return undefined;
      if (isPromise(value)) return later(steps, entry, context, step, value);
    }
  } catch (caught) {
    throw failed(caught, context);
  }
  return withNotes(entry, value, context.notes);
}

/** Goes on behind a step that has to be waited for. */
async function later(
  steps: Steps,
  entry: Entry<unknown>,
  context: StepContext,
  step: number,
  coming: PromiseLike<unknown>,
): Promise<Entry<unknown> | undefined> {
  let value: unknown;
  try {
    value = await coming;
  } catch (caught) {
    throw failed(caught, context);
  }
  if (value === dropped) return undefined;
  context.signal.throwIfAborted();
  return continueSteps(steps, entry, context, step + 1, value);
}

function failed(caught: unknown, { place, key, signal }: StepContext): unknown {
  return itemFailure(caught, { operator: place.operator, item: key }, signal);
}

function withNotes(entry: Entry<unknown>, value: unknown, notes: ItemNotes): Entry<unknown> {
  const { key, index } = entry;
  const draws = notes.draws && entry.draws ? [...entry.draws, ...notes.draws] : (notes.draws ?? entry.draws);
  return draws ? { key, index, value, draws } : { key, index, value };
}
