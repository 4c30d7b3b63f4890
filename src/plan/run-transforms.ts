/** Runs a chain of transforms over one entry as one step: no iterator, and no promise unless something waits, between them. */

import { isPromise, type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import type { Seed } from "../random/random.ts";
import { itemFailure } from "./item-failure.ts";
import { endOfGroup, runLazily } from "./lazy-transforms.ts";
import type { Draw, Entry, Run } from "./stage.ts";
import {
  dropped,
  type ItemContext,
  type ItemNotes,
  placeName,
  StepContext,
  type StepPlace,
  type Transform,
} from "./transform.ts";

/** A chain of transforms at its place in a plan. */
export interface Steps {
  readonly transforms: readonly Transform[];
  /** Where each transform's generator starts: its ordinal among the random ones of the plan; for opaque ones a place between. */
  readonly places: readonly StepPlace[];
  readonly seed: Seed;
}

/**
 * Gives each transform its ordinal: the number of random ones before it, from `first` on. Deterministic transforms do not count,
 * so that adding one leaves what the others draw as it was; nor do opaque ones, which get generators of their own in between.
 */
export function placeSteps(transforms: readonly Transform[], first: number, seed: Seed): Steps {
  let ordinal = first;
  let between = 0;
  const places = transforms.map(({ name, kind, seesItem = false }): StepPlace => {
    if (kind === "random") between = 0;
    if (kind === "opaque") between--;
    const path = kind === "random" ? [ordinal++] : [ordinal, between];
    return { operator: name, path, sees: seesItem || kind !== "deterministic" };
  });
  return { transforms, places, seed };
}

const nowhere: StepPlace = { operator: "", path: [], sees: false };

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

/** What transforms inside another one made of an item, and what they drew for it. */
export interface InnerResult {
  readonly value: unknown;
  readonly draws: readonly Draw[];
}

/**
 * Applies a chain of transforms inside another one, as the `turn`-th chain that it applies. Each has a generator of its own below that of
 * the outer one, and sees of the item what it may see anywhere. What they draw is for the outer one to note.
 */
export function runInside(
  transforms: readonly Transform[],
  item: unknown,
  outer: ItemContext,
  turn: number,
): MaybePromise<InnerResult> {
  if (!(outer instanceof StepContext)) throw new TypeError("transforms run inside others in a context of the engine");
  const { entry, inRun, seed, place } = outer;
  const places = transforms.map(({ name, kind, seesItem = false }, n): StepPlace => {
    const path = [...place.path, turn, n];
    return { operator: name, inside: place.operator, path, sees: seesItem || kind !== "deterministic" };
  });
  const notes: ItemNotes = {};
  const context = new StepContext(entry, inRun, seed, nowhere, notes);
  const given = { key: entry.key, index: entry.index, value: item, next: null };
  return whenReady(continueSteps({ transforms, places, seed }, given, context, 0, item), (done) => {
    for (const file of notes.files ?? []) outer.dependsOn(file);
    return { value: done?.value, draws: notes.draws ?? [] };
  });
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

/** Goes on after a step that has to be waited for. */
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

function failed(caught: unknown, { place, entry, signal }: StepContext): unknown {
  return itemFailure(caught, { operator: placeName(place), item: entry.key }, signal);
}

function withNotes(entry: Entry<unknown>, value: unknown, notes: ItemNotes): Entry<unknown> {
  const { key, index, next } = entry;
  const draws = notes.draws && entry.draws ? [...entry.draws, ...notes.draws] : (notes.draws ?? entry.draws);
  return draws ? { key, index, value, draws, next } : { key, index, value, next };
}
