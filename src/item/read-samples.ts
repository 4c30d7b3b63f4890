/** Reading samples of volumes that are still in a store. */
import { isVoxRxError } from "../errors.ts";
import { isInstance } from "../is-instance.ts";
import { LostSamples } from "../volume/unread.ts";
import { isUnread, Volume } from "../volume/volume.ts";
import { volumesIn } from "./item-volumes.ts";
import { isRecord } from "./record.ts";
import { maxDepth } from "./shared-copy.ts";
import { type ItemVisitor, walkItem } from "./walk-item.ts";

/** Reads all samples of an item that are not read yet. @throws LostSamples */
export function readSamples(item: unknown, depth = 0): void {
  if (item instanceof Volume) readVolume(item);
  readInside(item, depth, (part) => readSamples(part, depth + 1));
}

/**
 * Reads what is deeper in an item than its volumes, in lists and metadata: the engine looks only at those of
 * {@link volumesIn}. @throws LostSamples
 */
export function readInnerSamples(item: unknown): void {
  readInside(item, 0, (part) => {
    if (isRecord(item) && part instanceof Volume) readSamples(part.meta);
    else readSamples(part);
  });
}

function readInside(item: unknown, depth: number, read: (part: object) => void): void {
  if (typeof item !== "object" || item === null || ArrayBuffer.isView(item) || depth > maxDepth) return;
  for (const part of Object.values(item instanceof Volume ? item.meta : item)) {
    if (typeof part === "object" && part !== null) read(part);
  }
}

/**
 * Reads the samples of all volumes that a transform may have left in an item, wherever they are.
 *
 * @throws LostSamples also for an item that may have volumes where nobody finds them: in a map, in an instance of a class
 */
export function readVolumes(item: unknown): void {
  walkItem(item, readingAllBut(new Set()));
}

/** The same, but the item's own volumes ({@link volumesIn}) stay as they are. @throws LostSamples */
export function readAllButOwn(item: unknown): void {
  walkItem(item, readingAllBut(new Set(volumesIn(item))));
}

function readingAllBut(left: ReadonlySet<Volume>): ItemVisitor<void> {
  const nothing = () => undefined;
  const hidden = () => {
    throw new LostSamples("the item may have volumes that can't be found");
  };
  const visitor: ItemVisitor<void> = {
    plain: nothing,
    date: nothing,
    array: nothing,
    list: nothing,
    record: nothing,
    volume(volume) {
      if (!left.has(volume)) readVolume(volume);
      walkItem(volume.meta, visitor);
    },
    other: hidden,
    limit: { depth: maxDepth, exceeded: hidden },
  };
  return visitor;
}

/** Whether an error is, or was caused by, samples that can't be read any more. */
export function isOfLostSamples(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; isVoxRxError(cause) && depth < maxDepth; depth++) cause = cause.cause;
  return isInstance(cause, LostSamples);
}

function readVolume(volume: Volume): void {
  if (isUnread(volume)) void volume.storage;
}
