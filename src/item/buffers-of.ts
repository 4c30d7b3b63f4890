import { maxDepth } from "./shared-copy.ts";
import { walkItem } from "./walk-item.ts";

class Unknown extends Error {}

/** All memory that an item's volumes and arrays use; undefined for an item with something in it that can't be known. */
export function buffersOf(item: unknown): ReadonlySet<ArrayBufferLike> | undefined {
  const buffers = new Set<ArrayBufferLike>();
  const nothing = () => undefined;
  try {
    walkItem<void>(item, {
      plain: nothing,
      date: nothing,
      list: nothing,
      record: nothing,
      volume: ({ storage }) => void buffers.add(storage.buffer),
      array: ({ buffer }) => void buffers.add(buffer),
      other: () => {
        throw new Unknown();
      },
      limit: {
        depth: maxDepth,
        exceeded: () => {
          throw new Unknown();
        },
      },
    });
    return buffers;
  } catch (error) {
    if (error instanceof Unknown) return undefined;
    throw error;
  }
}
