/** Items in the form in which they move between threads: their samples are given away, not copied, where nobody has them. */

import { isPlainRecord, isRecord, recordFrom } from "../item/record.ts";
import { maxDepth } from "../item/shared-copy.ts";
import { type ItemVisitor, walkItem } from "../item/walk-item.ts";
import { copyStrided } from "../kernels/copy-strided.ts";
import type { ResultMemory } from "../memory/result-memory.ts";
import { allocateUnfilled, bytesPerSample, type TypedArray, viewAs } from "../samples.ts";
import { stridesFor } from "../volume/strides.ts";
import { Volume } from "../volume/volume.ts";

/** Memory that has more than this many times the samples of its volume is not moved: a copy of the samples is. */
const mostSurplus = 1.25;

/** An item as a message. */
export interface ItemMessage {
  readonly node: unknown;
  /** The memory that moves with it, and is gone afterwards where the message was made. */
  readonly moved: readonly ArrayBuffer[];
}

/** How an item is packed. */
interface PackOptions {
  /** Memory that nobody but the item has: it moves; all other samples are copied. */
  readonly own?: ResultMemory | undefined;
  /** Whether the item goes into a store, which keeps volumes row-major: they are then turned on this thread. */
  readonly isStored?: boolean;
}

/** A list, a record or a volume. Everything else is sent as it is. */
type Node =
  | { readonly list: readonly unknown[] }
  | { readonly record: readonly (readonly [string, unknown])[]; readonly isBare: boolean }
  | { readonly volume: VolumeNode };

interface VolumeNode {
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly affine: Float64Array;
  readonly meta: unknown;
}

class Immovable extends Error {}

/**
 * The message of an item; undefined for an item with something in it that can't be copied to another thread: a function,
 * an instance of a class.
 */
export function packItem(value: unknown, options: PackOptions = {}): ItemMessage | undefined {
  const moved = new Set<ArrayBuffer>();
  const volumes = new Map<Volume, Node>();
  const immovable = (what: string): never => {
    throw new Immovable(what);
  };
  const visitor: ItemVisitor<unknown> = {
    plain: (plain) => plain,
    date: (date) => date,
    array(array) {
      const copy = array.slice();
      moved.add(copy.buffer);
      return copy;
    },
    list: (list): Node => ({ list }),
    record: (record, isBare): Node => ({ record, isBare }),
    volume(volume, path) {
      const known = volumes.get(volume);
      if (known) return known;
      const node: Node = {
        volume: { ...samplesOf(volume, moved, options), meta: walkItem(volume.meta, visitor, path) },
      };
      volumes.set(volume, node);
      return node;
    },
    other: (_, what) => immovable(what),
    limit: { depth: maxDepth, exceeded: () => immovable("nested too deep") },
  };
  try {
    return { node: walkItem(value, visitor), moved: [...moved] };
  } catch (error) {
    if (error instanceof Immovable) return undefined;
    throw error;
  }
}

/** The samples of a volume as they lie in memory, if they may move with it; otherwise a row-major copy. */
function samplesOf(volume: Volume, moved: Set<ArrayBuffer>, { own, isStored }: PackOptions): Omit<VolumeNode, "meta"> {
  const { dtype, shape, affine, size, storage } = volume;
  const { buffer } = storage;
  const isInOrder = !isStored || volume.isContiguous("z-fastest");
  if (isInOrder && buffer instanceof ArrayBuffer && own?.owns(buffer) && storage.length <= mostSurplus * size) {
    moved.add(buffer);
    const data = viewAs(dtype, buffer, storage.byteOffset, storage.length);
    return { data, shape, strides: volume.strides, offset: volume.offset, affine };
  }
  const copy = allocateUnfilled(size * bytesPerSample(dtype));
  const data = viewAs(dtype, copy.buffer, 0, size);
  const strides = stridesFor(shape, "z-fastest");
  copyStrided(storage, shape, volume.strides, volume.offset, data, strides);
  moved.add(copy.buffer);
  return { data, shape, strides, offset: 0, affine };
}

/** The item of a message. */
export function unpackItem(message: unknown): unknown {
  const volumes = new Map<object, Volume>();
  const unpack = (part: unknown): unknown => {
    if (!isNode(part)) return part;
    if ("list" in part) return part.list.map(unpack);
    if ("record" in part)
      return recordFrom(
        part.record.map(([name, inner]) => [name, unpack(inner)]),
        part.isBare,
      );
    const known = volumes.get(part);
    if (known) return known;
    const { meta, ...placed } = part.volume;
    const facts = unpack(meta);
    const volume = new Volume({ ...placed, ...(isRecord(facts) ? { meta: facts } : {}) });
    volumes.set(part, volume);
    return volume;
  };
  return unpack(message);
}

/** Only nodes are plain objects: see {@link packItem}. */
function isNode(part: unknown): part is Node {
  return isPlainRecord(part);
}
