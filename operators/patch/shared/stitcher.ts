/** Combines patches into whole images: the state of one run of `stitch`. */

import { isVoxRxError, PipelineError } from "../../../src/errors.ts";
import { fieldIn, hasField, isRecord, withFields } from "../../../src/item/record.ts";
import { type FieldOptions, keysOf, volumeOf } from "../../../src/operator/fields.ts";
import type { Gatherer } from "../../../src/plan/many-to-one-stage.ts";
import type { Entry } from "../../../src/plan/stage.ts";
import { isMoved, isOfSameImage, type PatchMeta, patchMetaOf } from "../../../src/volume/patch-grid.ts";
import { Stitched } from "../../../src/volume/stitched-volume.ts";
import { Volume } from "../../../src/volume/volume.ts";

/** The fields to combine, and the field that says which patch an item is when these do not. */
export interface StitcherOptions extends FieldOptions {
  readonly origKey?: string | undefined;
}

/** An item whose patches are still coming in. */
interface UnfinishedItem {
  readonly first: Entry<unknown>;
  /** By field; under undefined for a bare volume. */
  readonly wholes: ReadonlyMap<string | undefined, Stitched>;
  last: PatchMeta;
}

/** Combines the patches of one item after another. An item fails once; its later patches are ignored. */
export class Stitcher implements Gatherer {
  readonly #options: StitcherOptions;
  #unfinished: UnfinishedItem | undefined;
  #failed: string | undefined;
  /** Whether a patch failed before it came here: then the error that it is missing has been reported. */
  #missingReported = false;

  constructor(options: StitcherOptions) {
    this.#options = options;
  }

  beforeAdd({ value }: Entry<unknown>): void {
    const last = this.#unfinished?.last;
    const [patch] = this.#patchesOf(value);
    if (!last || !patch || patch.item === last.item) return;
    this.#fail(last.item, `item "${patch.item}" comes after patch ${last.index} of ${last.count}`);
  }

  add(entry: Entry<unknown>): Entry<unknown> | undefined {
    const keys = this.#keysOf(entry.value);
    if (keys.length === 0) return entry;
    const patches = new Map(keys.map((key) => [key, volumeOf(entry.value, key)]));
    const patch = this.#patchOf(entry);
    // The same item may come again, in another epoch.
    if (patch.index === 0) this.#failed = undefined;
    const isLeftOver = patch.item === this.#failed;
    const fault = isLeftOver ? undefined : orderFault(this.#unfinished?.last, patch);
    if (fault !== undefined) this.#fail(patch.item, fault);
    this.#missingReported = false;
    if (isLeftOver || fault !== undefined) return undefined;
    try {
      const unfinished = (this.#unfinished ??= begin(entry, patches, patch));
      unfinished.last = patch;
      for (const [key, whole] of unfinished.wholes) whole.add(patches.get(key) ?? volumeOf(entry.value, key), patch);
      return patch.index + 1 === patch.count ? this.#finish(unfinished, entry) : undefined;
    } catch (error) {
      this.#drop(patch.item);
      throw isVoxRxError(error) ? error.locate({ item: patch.item, operator: "stitch" }) : error;
    }
  }

  inputFailed(): void {
    this.#missingReported = true;
  }

  end(): undefined {
    const last = this.#unfinished?.last;
    if (last) this.#fail(last.item, `the stream ends after patch ${last.index} of ${last.count}`);
  }

  #finish({ first, wholes, last }: UnfinishedItem, { next }: Entry<unknown>): Entry<unknown> {
    this.#unfinished = undefined;
    const { value, index, draws } = first;
    const bare = wholes.get(undefined);
    const fields = [...wholes].flatMap(([key, each]) => (key === undefined ? [] : [[key, each.finish()] as const]));
    const whole = bare ? bare.finish() : withFields(value, fields);
    return { id: last.item, index, value: whole, next, ...(draws ? { draws } : {}) };
  }

  #keysOf(item: unknown): readonly (string | undefined)[] {
    const { allowMissingKeys } = this.#options;
    return keysOf(this.#options)?.filter((key) => !allowMissingKeys || hasField(item, key)) ?? [undefined];
  }

  /** The fields of an item to combine. */
  #fieldsOf(item: unknown): unknown[] {
    return this.#keysOf(item).map((key) => (key === undefined ? item : fieldIn(item, key)));
  }

  /**
   * What the fields of an item say about its patch: the fields to combine, and if one of them says nothing, the first
   * other field that does.
   */
  #patchesOf(item: unknown): PatchMeta[] {
    const fields = this.#fieldsOf(item);
    const own = patchMetasIn(fields);
    if (own.length === fields.length) return own;
    const { origKey } = this.#options;
    const others = origKey !== undefined ? [fieldIn(item, origKey)] : isRecord(item) ? Object.values(item) : [];
    return [...own, ...patchMetasIn(others).slice(0, 1)];
  }

  #patchOf({ value, id }: Entry<unknown>): PatchMeta {
    const { origKey } = this.#options;
    const [patch, ...others] = this.#patchesOf(value);
    if (!patch) {
      if (origKey !== undefined) volumeOf(value, origKey);
      const remedy = "Put slidingWindow before it, and set origKey to a field that slidingWindow cut.";
      throw broken(id, "none of its fields says which patch it is", remedy);
    }
    const isSamePatch = others.every((other) => other.index === patch.index && isOfSameImage(other, patch));
    if (isSamePatch && !this.#fieldsOf(value).some(isMovedPatch)) return patch;
    this.#drop(patch.item);
    if (!isSamePatch) throw broken(patch.item, "its fields are different patches");
    const remedy =
      "Undo spatial transforms of the patches before stitch (flip them back), or apply them before slidingWindow.";
    throw broken(patch.item, `patch ${patch.index} of ${patch.count} was flipped, rotated or moved`, remedy);
  }

  /** Drops an item, and throws unless the error of a failed patch was reported before. */
  #fail(item: string, fault: string): void {
    const wasReported = this.#missingReported;
    this.#missingReported = false;
    this.#drop(item);
    if (!wasReported) throw broken(item, fault);
  }

  #drop(item: string): void {
    this.#unfinished = undefined;
    this.#failed = item;
  }
}

function begin(
  first: Entry<unknown>,
  patches: ReadonlyMap<string | undefined, Volume>,
  patch: PatchMeta,
): UnfinishedItem {
  const wholes = [...patches].map(
    ([key, volume]) => [key, new Stitched(volume, patchMetaOf(volume) ?? patch)] as const,
  );
  return { first, wholes: new Map(wholes), last: patch };
}

/** Why a patch does not follow the last one of its item, or is not the first one. */
function orderFault(last: PatchMeta | undefined, patch: PatchMeta): string | undefined {
  const which = `patch ${patch.index} of ${patch.count}`;
  if (!last) return patch.index === 0 ? undefined : `${which} comes first`;
  if (!isOfSameImage(last, patch)) return `${which} is from another image with the same id`;
  return patch.index === last.index + 1 ? undefined : `${which} comes after patch ${last.index}`;
}

function isMovedPatch(field: unknown): boolean {
  const patch = field instanceof Volume ? patchMetaOf(field) : undefined;
  return patch !== undefined && field instanceof Volume && isMoved(field, patch);
}

function patchMetasIn(fields: readonly unknown[]): PatchMeta[] {
  return fields.flatMap((field) => (field instanceof Volume ? (patchMetaOf(field) ?? []) : []));
}

function broken(item: string, fault: string, remedy?: string): PipelineError {
  return new PipelineError("VOXRX_BROKEN_WINDOWS", `the patches of an item do not make a whole image: ${fault}`, {
    item,
    operator: "stitch",
    remedy: remedy ?? "Keep all patches, in their order, between slidingWindow and stitch.",
  });
}
