import { isUnread } from "../volume/volume.ts";
import { maxDepth } from "./shared-copy.ts";
import { type ItemVisitor, walkItem } from "./walk-item.ts";

class Unknown extends Error {}

/**
 * All memory that an item's volumes, with what is in their metadata, and its arrays use; undefined for an item with
 * something in it that can't be known.
 */
export function buffersOf(item: unknown): ReadonlySet<ArrayBufferLike> | undefined {
  const buffers = new Set<ArrayBufferLike>();
  try {
    walkItem(item, noting(buffers));
    return buffers;
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}

function noting(buffers: Set<ArrayBufferLike>): ItemVisitor<void> {
  const nothing = () => undefined;
  const unknown = () => {
    throw new Unknown();
  };
  const visitor: ItemVisitor<void> = {
    plain: nothing,
    date: nothing,
    list: nothing,
    record: nothing,
    volume(volume) {
      // Samples that are still in a store use no memory.
      if (!isUnread(volume)) buffers.add(volume.storage.buffer);
      walkItem(volume.meta, visitor);
    },
    array: ({ buffer }) => void buffers.add(buffer),
    other: unknown,
    limit: { depth: maxDepth, exceeded: unknown },
  };
  return visitor;
}
