/**
 * Runs a chain of transforms over one entry, without iterators between them, and without promises unless one is
 * asynchronous.
 */

import { isPromise, type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { buffersOf } from "../item/buffers-of.ts";
import type { Draw } from "../item/origin.ts";
import { isOfLostSamples, readAllButOwn, readVolumes } from "../item/read-samples.ts";
import { watchStop } from "../kernels/stop.ts";
import { lendTo, memoryWith } from "../memory/result-memory.ts";
import type { Seed } from "../random/random.ts";
import { losses } from "../volume/unread.ts";
import { watchedWork } from "../watch/watch.ts";
import {
  contextOf,
  type ItemContext,
  type ItemNotes,
  type OperatorPlace,
  placeName,
  placeOf,
  TransformContext,
} from "./item-context.ts";
import { itemFailure } from "./item-failure.ts";
import { endOfGroup, runLazily } from "./lazy-transforms.ts";
import type { Entry, Run } from "./stage.ts";
import { dropped, type Transform } from "./transform.ts";

/** A chain of transforms at its place in a plan. */
export interface PlacedTransforms {
  readonly transforms: readonly Transform[];
  /**
   * What the generator of each transform is made from: its ordinal among the random ones of the plan, or a number in
   * between.
   */
  readonly places: readonly OperatorPlace[];
  readonly seed: Seed;
  /** Whether items may leave with samples that are still in a store: who gets them knows {@link rereadingOf}. */
  readonly leavesUnread?: boolean;
}

type Rereading = () => MaybePromise<Entry<unknown> | undefined>;

/** By the item. */
const rereadings = new WeakMap<object, Rereading>();

/**
 * How an item with samples that are still in a store is made again, with all samples, if those are lost in the meantime.
 * Undefined for an item that has all samples.
 */
export function rereadingOf(item: unknown): Rereading | undefined {
  return typeof item === "object" && item !== null ? rereadings.get(item) : undefined;
}

/**
 * Gives each transform its ordinal: the number of random transforms before it, counted from `first`. Deterministic
 * transforms do not count, so adding one does not change what the others draw; nor do opaque ones, which get generators
 * in between.
 */
export function placeTransforms(transforms: readonly Transform[], first: number, seed: Seed): PlacedTransforms {
  let ordinal = first;
  let between = 0;
  const places = transforms.map((transform): OperatorPlace => {
    const { kind } = transform;
    if (kind === "random") between = 0;
    if (kind === "opaque") between--;
    return placeOf(transform, kind === "random" ? [ordinal++] : [ordinal, between]);
  });
  return { transforms, places, seed };
}

/**
 * Applies all transforms to an entry. Undefined if one of them left the item out. `notes` collects what they record.
 *
 * @throws the reason of the run's signal if the run was closed while the entry was on its way
 */
export function runTransforms(
  placed: PlacedTransforms,
  entry: Entry<unknown>,
  run: Run,
  notes: ItemNotes = {},
): MaybePromise<Entry<unknown> | undefined> {
  run.signal.throwIfAborted();
  const context = contextOf(entry, run, placed.seed, notes);
  context.unread = "possible";
  return runFrom(0, placed, entry, context, entry.value);
}

/** The result of nested transforms, and what they drew for it. */
export interface NestedResult {
  readonly value: unknown;
  readonly draws: readonly Draw[];
}

/**
 * Applies a chain of transforms nested in another one, as the `turn`-th chain that it applies. Each has its own
 * generator below that of the outer one, and the same access to the item as anywhere else. The outer transform records
 * what they draw.
 */
export function runNested(
  transforms: readonly Transform[],
  item: unknown,
  outer: ItemContext,
  turn: number,
): MaybePromise<NestedResult> {
  if (!(outer instanceof TransformContext))
    throw new TypeError("nested transforms need the context that the engine gave to the outer one");
  const { entry, seed, place } = outer;
  const places = transforms.map((transform, n) => placeOf(transform, [...place.path, turn, n], place.operator));
  // The same list: the files count also if a transform fails.
  const notes: ItemNotes = outer.notes.files ? { files: outer.notes.files } : {};
  const given = { id: entry.id, index: entry.index, value: item, next: null };
  return whenReady(runFrom(0, { transforms, places, seed }, given, outer.nested(notes), item), (done) => ({
    value: done?.value,
    draws: notes.draws ?? [],
  }));
}

/** Applies the transforms from index `first` on to the value that the earlier ones returned. */
function runFrom(
  first: number,
  placed: PlacedTransforms,
  entry: Entry<unknown>,
  context: TransformContext,
  given: unknown,
): MaybePromise<Entry<unknown> | undefined> {
  const { transforms, places } = placed;
  let value = given;
  try {
    for (let n = first; n < transforms.length; n++) {
      const transform = transforms[n];
      const place = places[n];
      if (!transform || !place) break;
      context.place = place;
      if (context.unread === "some" && (transform.lazy || transform.retains !== false)) readUnread(value, context);
      if (transform.lazy) {
        const end = endOfGroup(transforms, n);
        keepAll(context);
        const [group, at, given] = [transforms.slice(n, end), places.slice(n, end), value];
        n = end - 1;
        value = timed(transforms[n] ?? transform, context, () => runLazily(group, at, given, context));
      } else if (context.inRun.watch) {
        const given = value;
        value = timed(transform, context, () => applyOne(transform, given, context));
      } else {
        value = applyOne(transform, value, context);
      }
      if (isPromise(value)) return runLater(n + 1, placed, entry, context, value);
      if (hasLost(context)) return runAgain(placed, entry, context);
      if (value === dropped) return undefined;
      freeUnused(value, context);
    }
    if (context.unread === "some") leaveOrRead(value, placed, entry, context);
  } catch (caught) {
    if (isLost(caught, context)) return runAgain(placed, entry, context);
    throw failed(caught, context);
  }
  return withNotes(entry, value, context);
}

/** At the end of a chain: reads what is still in a store, unless what follows can do that. */
function leaveOrRead(value: unknown, placed: PlacedTransforms, entry: Entry<unknown>, context: TransformContext): void {
  if (!placed.leavesUnread || typeof value !== "object" || value === null) return readUnread(value, context);
  readAllButOwn(value);
  rereadings.set(value, () => runAgain(placed, entry, context));
}

/** Reads the samples of an item that are still in a store, into memory of the item. */
function readUnread(value: unknown, context: TransformContext): void {
  const before = lendTo(context);
  try {
    readVolumes(value);
  } finally {
    lendTo(before);
  }
  context.unread = "possible";
}

/** Whether an item failed because samples that were left in a store are not there any more. */
function isLost(caught: unknown, context: TransformContext): boolean {
  return context.unread === "some" && (isOfLostSamples(caught) || hasLost(context));
}

/** Whether samples may have been lost on the item's way, although a transform gave a result, or an error of its own. */
function hasLost({ unread, lossesBefore }: TransformContext): boolean {
  return unread === "some" && losses.count !== lossesBefore;
}

/** Runs an entry again, from the first transform, with all samples read where they are found. */
function runAgain(
  placed: PlacedTransforms,
  entry: Entry<unknown>,
  { inRun, seed, notes }: TransformContext,
): MaybePromise<Entry<unknown> | undefined> {
  delete notes.draws;
  notes.files?.splice(0);
  return runFrom(0, placed, entry, contextOf(entry, inRun, seed, notes), entry.value);
}

/** Does the work of a transform, and tells whoever watches how long it took. */
function timed(transform: Transform, { inRun }: TransformContext, work: () => unknown): unknown {
  const { watch, watchedAs } = inRun;
  return watch ? watchedWork(watch.works(watchedAs, transform), work) : work();
}

/** Applies a transform; if it keeps nothing, with the memory of the item. */
function applyOne(transform: Transform, value: unknown, context: TransformContext): unknown {
  const lends = transform.retains === false;
  if (!lends) keepAll(context);
  context.lends = lends;
  const { throwIfStopped } = context.inRun;
  throwIfStopped?.();
  const before = lendTo(lends ? context : undefined);
  const watchedBefore = watchStop(throwIfStopped);
  try {
    return transform.apply(value, context);
  } finally {
    watchStop(watchedBefore);
    lendTo(before);
  }
}

/** What follows may keep any part of the item. */
function keepAll(context: TransformContext): void {
  context.memory?.leave();
  context.lends = false;
}

/** Frees the memory of earlier results that the item does not use any more. */
function freeUnused(value: unknown, { memory }: TransformContext): void {
  if (!memory?.isInUse) return;
  const used = buffersOf(value);
  if (used) memory.keepOnly(used);
  else memory.leave();
}

/** Continues with the transforms from index `first` on after an asynchronous one. */
async function runLater(
  first: number,
  placed: PlacedTransforms,
  entry: Entry<unknown>,
  context: TransformContext,
  coming: PromiseLike<unknown>,
): Promise<Entry<unknown> | undefined> {
  let value: unknown;
  try {
    value = await coming;
  } catch (caught) {
    if (isLost(caught, context)) return runAgain(placed, entry, context);
    throw failed(caught, context);
  }
  if (hasLost(context)) return runAgain(placed, entry, context);
  if (value === dropped) return undefined;
  context.signal.throwIfAborted();
  freeUnused(value, context);
  return runFrom(first, placed, entry, context, value);
}

function failed(caught: unknown, { place, entry, signal }: TransformContext): unknown {
  return itemFailure(caught, { operator: placeName(place), item: entry.id }, signal);
}

function withNotes(entry: Entry<unknown>, value: unknown, { notes, memory }: TransformContext): Entry<unknown> {
  const { id, index, next } = entry;
  const draws = notes.draws && entry.draws ? [...entry.draws, ...notes.draws] : (notes.draws ?? entry.draws);
  const done = draws ? { id, index, value, draws, next } : { id, index, value, next };
  if (memory?.isInUse) memoryWith.set(done, memory);
  return done;
}
