import type { Observable } from "rxjs";
import * as v from "valibot";
import { isPromise } from "../../src/async/maybe-promise.ts";
import { isVoxRxError, PipelineError } from "../../src/errors.ts";
import { buffersOf } from "../../src/item/buffers-of.ts";
import { isPlainRecord } from "../../src/item/record.ts";
import { memoryWith } from "../../src/memory/result-memory.ts";
import { flowOperator } from "../../src/operator/flow-operator.ts";
import { countSchema, numberSchema } from "../../src/options.ts";
import type { Piped } from "../../src/plan/operator-types.ts";
import { readPosition, withState } from "../../src/plan/position.ts";
import { type Entry, findIndex, positionIn, type Stage } from "../../src/plan/stage.ts";
import { TransformStage } from "../../src/plan/transform-stage.ts";
import { stackVolumes, type Tensor, type TensorLayout } from "../../src/volume/tensor.ts";
import { Volume } from "../../src/volume/volume.ts";
import { ItemsLeft } from "./shared/items-left.ts";

/** Options of {@link batch}. */
export interface BatchOptions {
  /** Items in a batch. */
  readonly size: number;
  /** Whether a last batch with fewer items is left out. Default false. */
  readonly dropLast?: boolean;
  /**
   * How items are combined. `stack` (default): records become one record of columns; a column of volumes becomes a
   * tensor, any other a list. `pad`: the same, with volumes padded to the longest on each axis (MONAI's
   * `pad_list_data_collate`). `list`: a list of the items.
   */
  readonly collate?: "stack" | "pad" | "list";
  /** Order of a tensor's axes, the slowest first. Default `"NCXYZ"`. */
  readonly layout?: TensorLayout;
  /**
   * Value of the padding. An element type that can't hold it (-1 in uint8) becomes float32, or float64 if it has 32
   * bits. Default 0.
   */
  readonly padValue?: number;
  /** Where to pad: `symmetric` (default; an odd voxel goes to the end) or `end`. */
  readonly padMethod?: "symmetric" | "end";
}

/** The type of a batch of items of type `T`: a record of columns, a tensor of volumes, or a list. */
export type Batched<T> = [T] extends [Volume]
  ? Tensor
  : [T] extends [string | number | boolean | bigint | null | undefined | readonly unknown[]]
    ? T[]
    : { [K in keyof T]: Column<Required<T>[K]> };

/**
 * A field that is optional in the items is optional in the batches: the items of one batch must all have it, or all
 * lack it.
 */
type Column<V> = [V] extends [Volume] ? Tensor : [Extract<V, Volume>] extends [never] ? V[] : Tensor | V[];

/** The factory of `batch`. */
export interface BatchOperator {
  (
    options: number | (BatchOptions & { readonly collate?: "stack" | "pad" }),
  ): <T>(source: Observable<T>) => Piped<Batched<T>, true>;
  (options: BatchOptions & { readonly collate: "list" }): <T>(source: Observable<T>) => Piped<T[], true>;
}

/** Whether a batch is the last one, with fewer items. Items that failed after it must not be read again. */
const isLast = v.boolean();

/**
 * Combines `size` consecutive items into one. Volumes become one row-major tensor `[size, C, x, y, z]` (the only copy
 * of their samples), which keeps their affines and meta. Volumes of different element types become float32 if it can
 * hold all of their values, else the narrowest type that can. When `onError` skips an item that fails, the next item
 * takes its place in the batch.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when volumes of a batch differ in shape, `VOXRX_MISSING_KEY` when fields
 * differ
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { batch } from "voxrx/operators";
 * await Dataset.from([{ id: 1 }, { id: 2 }, { id: 3 }]).pipe(batch(2)).toArray(); // => [{ id: [1, 2] }, { id: [3] }]
 * ```
 */
export const batch = flowOperator<BatchOptions, BatchOperator>()({
  name: "batch",
  version: 1,
  passes: "gathers",
  bare: "size",
  options: {
    size: countSchema,
    dropLast: v.optional(v.boolean(), false),
    collate: v.optional(v.picklist(["stack", "pad", "list"]), "stack"),
    layout: v.optional(v.picklist(["NCXYZ", "NCZYX", "NXYZC", "NZYXC"]), "NCXYZ"),
    padValue: v.optional(numberSchema, 0),
    padMethod: v.optional(v.picklist(["symmetric", "end"]), "symmetric"),
  },
  detail: ({ size, collate, layout, dropLast }) =>
    `size=${size} collate=${collate} layout=${layout} dropLast=${dropLast}`,
  shifts: true,
  index: {
    length: (length, { size, dropLast }) => (dropLast ? Math.floor(length / size) : Math.ceil(length / size)),
    async at(items, index, options, _run, stage) {
      const end = Math.min(items.length, (index + 1) * options.size);
      const entries: Entry<unknown>[] = [];
      for (let i = index * options.size; i < end; i++) {
        const entry = items.at(i);
        entries.push(isPromise(entry) ? await entry : entry);
      }
      return collated(entries, options, stage);
    },
    positionOf: (items, index, { size }) => [
      positionIn(items, Math.min(items.length, index * size)),
      index * size > items.length,
    ],
    indexAt(items, position, { size }) {
      const { base, state } = readPosition(position, isLast, "batch");
      const index = base === undefined ? undefined : findIndex(items, base);
      const batches = (index ?? Number.NaN) / size;
      if (state) return index === items.length ? Math.ceil(batches) : undefined;
      return Number.isInteger(batches) ? batches : undefined;
    },
  },
  state: isLast,
  stream: (input, options, start) => {
    const { size, dropLast } = options;
    const left = dropLast && start.items ? new ItemsLeft(input, start) : undefined;
    // Kept across a failure: when an item fails and is skipped, the unfinished batch goes on.
    let pending: Entry<unknown>[] = [];
    let ended = start.state ?? false;
    return {
      async next() {
        // By index, the items of a batch that is left out are not computed and can't fail, so they don't here either.
        await left?.count(start.base);
        while (pending.length < size && !ended) {
          if (left?.areFewerThan(size - pending.length)) return undefined;
          const pulled = left ? left.pull() : input.next();
          const entry = isPromise(pulled) ? await pulled : pulled;
          if (entry) pending.push(entry);
          else ended = true;
        }
        const entries = pending;
        pending = [];
        if (entries.length === 0 || (entries.length < size && dropLast)) return undefined;
        return withState(collated(entries, options, input.stage), entries.length < size);
      },
    };
  },
});

type Collation = Required<BatchOptions>;

/**
 * The entry of a batch. The input continues after its last item. Nobody has seen what comes directly from a chain of
 * transforms: its memory is freed.
 */
function collated(entries: readonly Entry<unknown>[], options: Collation, from: Stage<unknown>): Entry<unknown> {
  const values = entries.map(({ value }) => value);
  const draws = entries.flatMap((entry) => entry.draws ?? []);
  const id = entries.map((entry) => entry.id).join("+");
  const value = options.collate === "list" ? values : columnsOf(values, options, id);
  const entry = { id, index: -1, value, next: entries.at(-1)?.next ?? null };
  const memories = from instanceof TransformStage ? entries.flatMap((each) => memoryWith.get(each) ?? []) : [];
  const used = memories.length > 0 ? buffersOf(value) : undefined;
  if (used) for (const memory of memories) memory.keepOnly(used);
  return draws.length > 0 ? { ...entry, draws } : entry;
}

function columnsOf(values: readonly unknown[], options: Collation, id: string): unknown {
  const [first] = values;
  if (!isPlainRecord(first)) return columnOf(values, options, id);
  const names = Object.keys(first);
  const rows = values.map((value) => {
    const isAlike =
      isPlainRecord(value) &&
      names.every((name) => Object.hasOwn(value, name)) &&
      Object.keys(value).length === names.length;
    if (isAlike) return value;
    throw new PipelineError(
      "VOXRX_MISSING_KEY",
      `the items of a batch have different fields; the first has ${names.join(", ")}`,
      {
        operator: "batch",
        item: id,
        remedy: 'Give all items the same fields, or use collate: "list".',
      },
    );
  });
  return Object.fromEntries(
    names.map((name) => [
      name,
      columnOf(
        rows.map((row) => row[name]),
        options,
        id,
      ),
    ]),
  );
}

function columnOf(values: readonly unknown[], options: Collation, id: string): unknown {
  const volumes = values.filter((value) => value instanceof Volume);
  if (volumes.length === 0 || volumes.length < values.length) return [...values];
  const { layout, collate, padValue, padMethod } = options;
  try {
    return stackVolumes(volumes, { layout, pad: collate === "pad", padValue, padMethod });
  } catch (error) {
    throw isVoxRxError(error) ? error.locate({ operator: "batch", item: id }) : error;
  }
}
