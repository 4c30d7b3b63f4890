/** Reading samples of volumes that are still in a store. */
import { isVoxRxError } from "../errors.ts";
import { isInstance } from "../is-instance.ts";
import { LostSamples } from "../volume/unread.ts";
import { isUnread, Volume } from "../volume/volume.ts";
import { volumesIn } from "./item-volumes.ts";
import { isRecord } from "./record.ts";
import { maxDepth } from "./shared-copy.ts";

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

/** Reads the samples of an item's volumes. @throws LostSamples */
export function readVolumes(item: unknown): void {
  for (const volume of volumesIn(item)) readVolume(volume);
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
