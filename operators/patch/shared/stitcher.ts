/** What puts windows together: the state of one run of `stitch`. */

import { isVoxRxError, PipelineError } from "../../../src/errors.ts";
import { type FieldOptions, hasField, keysOf, volumeOf } from "../../../src/operator/fields.ts";
import type { Gatherer } from "../../../src/plan/many-to-one-stage.ts";
import type { Entry } from "../../../src/plan/stage.ts";
import { isMoved, isOfSameImage, type WindowMeta, windowOf } from "../../../src/volume/patch-grid.ts";
import { Stitched } from "../../../src/volume/stitched-volume.ts";
import { Volume } from "../../../src/volume/volume.ts";

/** Fields to put together, and the field that says which window an item is where they do not. */
export interface StitcherOptions extends FieldOptions {
  readonly of?: string | undefined;
}

/** One item while its windows come in. */
interface Making {
  readonly first: Entry<unknown>;
  /** By field; under undefined for bare volumes. */
  readonly wholes: ReadonlyMap<string | undefined, Stitched>;
  last: WindowMeta;
}

/** Puts the windows of one item after another together. An item fails once: what comes of it after that is passed over. */
export class Stitcher implements Gatherer {
  readonly #options: StitcherOptions;
  #making: Making | undefined;
  #failed: string | undefined;
  /** Whether a window failed on its way here: so that it is missing need not be said again. */
  #lacks = false;

  constructor(options: StitcherOptions) {
    this.#options = options;
  }

  leave({ value }: Entry<unknown>): void {
    const last = this.#making?.last;
    const [place] = this.#claims(value);
    if (!last || !place || place.item === last.item) return;
    this.#fail(last.item, `it ends after window ${last.index} of ${last.count}, and ${place.item} comes`);
  }

  add(entry: Entry<unknown>): Entry<unknown> | undefined {
    const keys = this.#keysOf(entry.value);
    if (keys.length === 0) return entry;
    const windows = new Map(keys.map((key) => [key, volumeOf(entry.value, key)]));
    const place = this.#placeOf(entry);
    const isLeftOver = place.item === this.#failed && place.index > 0;
    const fault = isLeftOver ? undefined : faultOf(this.#making?.last, place);
    if (fault !== undefined) this.#fail(place.item, fault);
    this.#lacks = false;
    if (isLeftOver || fault !== undefined) return undefined;
    try {
      const making = (this.#making ??= begun(entry, windows, place));
      making.last = place;
      for (const [key, whole] of making.wholes) whole.add(windows.get(key) ?? volumeOf(entry.value, key), place);
      return place.index + 1 === place.count ? this.#finish(making, entry) : undefined;
    } catch (error) {
      this.#giveUp(place.item);
      throw isVoxRxError(error) ? error.locate({ item: place.item, operator: "stitch" }) : error;
    }
  }

  lack(): void {
    this.#lacks = true;
  }

  end(): undefined {
    const last = this.#making?.last;
    if (last) this.#fail(last.item, `the stream ends after window ${last.index} of ${last.count}`);
  }

  #finish({ first, wholes, last }: Making, { next }: Entry<unknown>): Entry<unknown> {
    this.#making = undefined;
    const { value, index, draws } = first;
    const fields = [...wholes].map(([key, whole]) => [key, whole.finish()] as const);
    const bare = this.#options.keys === undefined ? fields[0]?.[1] : undefined;
    const whole = bare ?? Object.assign({}, value, Object.fromEntries(fields));
    return { key: last.item, index, value: whole, next, ...(draws ? { draws } : {}) };
  }

  #keysOf(item: unknown): readonly (string | undefined)[] {
    const { allowMissingKeys } = this.#options;
    return keysOf(this.#options)?.filter((key) => !allowMissingKeys || hasField(item, key)) ?? [undefined];
  }

  /** What is put together of an item. */
  #fieldsOf(item: unknown): unknown[] {
    return this.#keysOf(item).map((key) => (key === undefined ? item : fieldIn(item, key)));
  }

  /** What the fields of an item say of its window: those that are put together, and where one of them says nothing, the first other one. */
  #claims(item: unknown): WindowMeta[] {
    const fields = this.#fieldsOf(item);
    const own = windowsIn(fields);
    if (own.length === fields.length) return own;
    const { of } = this.#options;
    return [...own, ...windowsIn(of === undefined ? allIn(item) : [fieldIn(item, of)]).slice(0, 1)];
  }

  #placeOf({ value, key }: Entry<unknown>): WindowMeta {
    const { of } = this.#options;
    const [place, ...others] = this.#claims(value);
    if (!place) {
      if (of !== undefined) volumeOf(value, of);
      const remedy = "Put slidingWindow before, and name the field that it cut with `of`.";
      throw broken(key, "no field of it says which window it is", remedy);
    }
    const isOne = others.every((other) => other.index === place.index && isOfSameImage(other, place));
    if (isOne && !this.#fieldsOf(value).some(isMovedWindow)) return place;
    this.#giveUp(place.item);
    if (!isOne) throw broken(place.item, "fields of one item say that they are different windows");
    const remedy =
      "Undo what was done to the windows before they are stitched (flip them back), or do it before slidingWindow.";
    throw broken(place.item, `window ${place.index} of ${place.count} was flipped, turned or moved`, remedy);
  }

  /** Gives an item up, and says so unless a window that failed before did. */
  #fail(item: string, fault: string): void {
    const wasTold = this.#lacks;
    this.#lacks = false;
    this.#giveUp(item);
    if (!wasTold) throw broken(item, fault);
  }

  #giveUp(item: string): void {
    this.#making = undefined;
    this.#failed = item;
  }
}

function begun(first: Entry<unknown>, windows: ReadonlyMap<string | undefined, Volume>, place: WindowMeta): Making {
  const wholes = [...windows].map(([key, window]) => [key, new Stitched(window, windowOf(window) ?? place)] as const);
  return { first, wholes: new Map(wholes), last: place };
}

/** Why a window is not the one that comes after another of its item, or not the first one. */
function faultOf(last: WindowMeta | undefined, place: WindowMeta): string | undefined {
  const which = `window ${place.index} of ${place.count}`;
  if (!last) return place.index === 0 ? undefined : `${which} comes first`;
  if (!isOfSameImage(last, place)) return `${which} is one of another image with the same id`;
  return place.index === last.index + 1 ? undefined : `${which} comes after window ${last.index}`;
}

function isMovedWindow(field: unknown): boolean {
  const window = field instanceof Volume ? windowOf(field) : undefined;
  return window !== undefined && field instanceof Volume && isMoved(field, window);
}

function windowsIn(fields: readonly unknown[]): WindowMeta[] {
  return fields.flatMap((field) => (field instanceof Volume ? (windowOf(field) ?? []) : []));
}

function fieldIn(item: unknown, key: string): unknown {
  return hasField(item, key) ? Reflect.get(Object(item), key) : undefined;
}

function allIn(item: unknown): unknown[] {
  return typeof item === "object" && item !== null && !(item instanceof Volume) ? Object.values(item) : [];
}

function broken(item: string, fault: string, remedy?: string): PipelineError {
  return new PipelineError("VOXRX_BROKEN_WINDOWS", `the windows of an item do not make a whole: ${fault}`, {
    item,
    operator: "stitch",
    remedy: remedy ?? "Keep all windows, in their order, between slidingWindow and stitch.",
  });
}
