/** Copies of items that can be changed without changing the original, and the check of what a store can keep. */
import { PipelineError } from "../errors.ts";
import type { Volume, VolumeMeta } from "../volume/volume.ts";
import { recordFrom } from "./record.ts";
import type { StoredItem } from "./stored-item.ts";
import { type ItemVisitor, pathWithin, walkItem } from "./walk-item.ts";

/** Largest nesting depth of an item. Also ends the walk through an item that contains itself. */
export const maxDepth = 100;

/** The part of a visitor that refuses what has no stored form: `VOXRX_UNCACHEABLE`, with its path in the item. */
export const refusesUnstorable = {
  limit: {
    depth: maxDepth,
    exceeded: (path: string): never => {
      throw uncacheable(path, `nested deeper than ${maxDepth} levels, or within itself`);
    },
  },
  other: (_value: unknown, what: string, path: string): never => {
    throw uncacheable(path, what);
  },
};

/**
 * A copy that can be changed without changing `value`: new records and lists, copies of bare typed arrays, and volumes
 * that share their samples until one of them is written to. Copies no samples of volumes.
 *
 * @throws PipelineError `VOXRX_UNCACHEABLE` with the path of a value that can't be shared like this
 */
function shareItem(value: unknown): unknown {
  return walkItem(value, sharing);
}

/** A whole entry, with its value shared as in {@link shareItem}. */
export function shareStoredItem({ value, files }: StoredItem): StoredItem {
  return { value: shareItem(value), files: files.map((file) => ({ ...file })) };
}

/**
 * Like {@link shareItem}, for a value that is kept for a long time. Samples in another order than the row-major one are
 * copied once, so that each crop of them for a batch goes along their memory. If volumes are views of much larger
 * memory than they span (a crop of a scan), all samples are copied, so that the kept value does not hold much more
 * memory than is counted for it.
 */
export function copyForStore(value: unknown): unknown {
  const inOrder = walkItem(value, ordering);
  const { spanned, held } = memoryUse(inOrder);
  return held <= 1.25 * spanned + 65_536 ? inOrder : walkItem(inOrder, copying);
}

/**
 * Bytes of memory that an item keeps alive, with the whole of every buffer that it is a view of (`held`), and bytes
 * that its samples span (`spanned`).
 */
export function memoryUse(value: unknown): { readonly spanned: number; readonly held: number } {
  const buffers = new Set<ArrayBufferLike>();
  let [spanned, held] = [0, 0];
  const count = (view: ArrayBufferView, bytes: number) => {
    spanned += bytes;
    held += buffers.has(view.buffer) ? 0 : view.buffer.byteLength;
    buffers.add(view.buffer);
  };
  const nothing = () => undefined;
  walkItem<void>(value, {
    ...refusesUnstorable,
    plain: nothing,
    date: nothing,
    list: nothing,
    record: nothing,
    volume: ({ storage, size }) => count(storage, size * storage.BYTES_PER_ELEMENT),
    array: (array) => count(array, array.byteLength),
  });
  return { spanned, held };
}

/** Builds an item again from scratch: new records, lists and dates. */
const rebuilding = {
  ...refusesUnstorable,
  plain: (value: unknown): unknown => value,
  date: (date: Date): unknown => new Date(date.getTime()),
  list: (values: readonly unknown[]): unknown => values,
  record: (fields: readonly (readonly [string, unknown])[], isBare: boolean): unknown => recordFrom(fields, isBare),
};

const sharing: ItemVisitor<unknown> = { ...rebuilding, volume: shareVolume, array: (array) => array.slice() };

const ordering: ItemVisitor<unknown> = {
  ...sharing,
  volume: (volume, path) => shareVolume(volume.toContiguous("z-fastest"), path),
};

const copying: ItemVisitor<unknown> = { ...rebuilding, volume: copyVolume, array: (array) => array };

/** `meta` is frozen, but a typed array in it is not, so `meta` is rebuilt too. */
function shareVolume(volume: Volume, path: string): Volume {
  return volume.withMeta(metaOf(volume, path));
}

function copyVolume(volume: Volume, path: string): Volume {
  const data = volume.toContiguous("z-fastest").storage.slice();
  return volume.withSamples({ data, layout: "z-fastest", meta: metaOf(volume, path) });
}

function metaOf(volume: Volume, path: string): VolumeMeta {
  const within = pathWithin(path, "meta");
  const facts = Object.entries(volume.meta).map(([name, fact]) => {
    return [name, walkItem(fact, sharing, pathWithin(within, name))] as const;
  });
  return Object.fromEntries(facts);
}

function uncacheable(path: string, what: string): PipelineError {
  return new PipelineError("VOXRX_UNCACHEABLE", `${path || "the item"} is ${what}, which a store can't keep`, {
    remedy: "Use only volumes, typed arrays, numbers, strings, dates, records and lists; add the rest after the cache.",
  });
}
