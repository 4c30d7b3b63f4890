import type { Observable } from "rxjs";
import { z } from "zod";
import { isPromise } from "../../src/async/maybe-promise.ts";
import { isVoxRxError, PipelineError } from "../../src/errors.ts";
import { flowOperator } from "../../src/operator/flow-operator.ts";
import type { Piped } from "../../src/operator/operator-types.ts";
import { countSchema } from "../../src/options.ts";
import { readPosition, withState } from "../../src/plan/position.ts";
import { type Entry, findIndex, positionIn } from "../../src/plan/stage.ts";
import { stackVolumes, type Tensor, type TensorLayout } from "../../src/volume/tensor.ts";
import { Volume } from "../../src/volume/volume.ts";

/** Options of {@link batch}. */
export interface BatchOptions {
  /** Items in a batch. */
  readonly size: number;
  /** Whether a last batch with fewer items is left out. Default false. */
  readonly dropLast?: boolean;
  /**
   * How items are put together. `stack` (default): records become one record of columns, volumes one tensor, all else
   * lists. `pad`: the same, volumes padded to the longest on each axis (MONAI's `pad_list_data_collate`). `list`: a
   * list of the items.
   */
  readonly collate?: "stack" | "pad" | "list";
  /** Order of a tensor's axes, the slowest first. Default `"NCXYZ"`. */
  readonly layout?: TensorLayout;
  /**
   * Value of padding. An element type that can't hold it (-1 in uint8) becomes float32, of 32 bits float64. Default 0.
   */
  readonly padValue?: number;
  /** Where padding goes: `symmetric` (default; an odd voxel goes to the end) or `end`. */
  readonly padMethod?: "symmetric" | "end";
}

/** What `batch` makes of items of type `T`: a record of columns, a tensor of volumes, or a list. */
export type Batched<T> = [T] extends [Volume]
  ? Tensor
  : [T] extends [string | number | boolean | bigint | null | undefined | readonly unknown[]]
    ? T[]
    : { [K in keyof T]: Column<Required<T>[K]> };

/** A field that only some items have is a field that only some batches have: all items of a batch must agree. */
type Column<V> = [V] extends [Volume] ? Tensor : [Extract<V, Volume>] extends [never] ? V[] : Tensor | V[];

/** The factory of `batch`. */
export interface BatchOperator {
  (
    options: number | (BatchOptions & { readonly collate?: "stack" | "pad" }),
  ): <T>(source: Observable<T>) => Piped<Batched<T>, true>;
  (options: BatchOptions & { readonly collate: "list" }): <T>(source: Observable<T>) => Piped<T[], true>;
}

/** Whether a batch is the last one, with fewer items: items may have failed after it that must not be met again. */
const isLast = z.boolean();

/**
 * Puts `size` neighbouring items together. Volumes become one row-major tensor `[size, C, x, y, z]` (the one copy of
 * their samples); their affines and meta stay with it. Volumes of differing element types become float32 if it has all
 * of their values, else the narrowest type that has. An item that fails leaves a hole that the next one fills, if
 * `onError` skips it.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when volumes of a batch differ in shape, `VOXRX_MISSING_KEY` when fields
 *   differ
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
  bare: "size",
  options: {
    size: countSchema,
    dropLast: z.boolean().default(false),
    collate: z.enum(["stack", "pad", "list"]).default("stack"),
    layout: z.enum(["NCXYZ", "NCZYX", "NXYZC", "NZYXC"]).default("NCXYZ"),
    padValue: z.number().default(0),
    padMethod: z.enum(["symmetric", "end"]).default("symmetric"),
  },
  detail: ({ size, collate, layout, dropLast }) =>
    `size=${size} collate=${collate} layout=${layout} dropLast=${dropLast}`,
  shifts: true,
  index: {
    length: (length, { size, dropLast }) => (dropLast ? Math.floor(length / size) : Math.ceil(length / size)),
    async at(items, index, options) {
      const end = Math.min(items.length, (index + 1) * options.size);
      const entries: Entry<unknown>[] = [];
      for (let i = index * options.size; i < end; i++) {
        const entry = items.at(i);
        entries.push(isPromise(entry) ? await entry : entry);
      }
      return collated(entries, options);
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
  stream: (input, options, { state = false }) => {
    const { size, dropLast } = options;
    // Kept across a failure: when an item fails and is skipped, the batch in the making goes on.
    let held: Entry<unknown>[] = [];
    let ended = state;
    return {
      async next() {
        while (held.length < size && !ended) {
          const coming = input.next();
          const entry = isPromise(coming) ? await coming : coming;
          if (entry) held.push(entry);
          else ended = true;
        }
        const entries = held;
        held = [];
        if (entries.length === 0 || (entries.length < size && dropLast)) return undefined;
        return withState(collated(entries, options), entries.length < size);
      },
    };
  },
});

type Collation = Required<BatchOptions>;

/** The entry of a batch. The input continues after its last item. */
function collated(entries: readonly Entry<unknown>[], options: Collation): Entry<unknown> {
  const values = entries.map(({ value }) => value);
  const draws = entries.flatMap((entry) => entry.draws ?? []);
  const key = entries.map((entry) => entry.key).join("+");
  const value = options.collate === "list" ? values : columnsOf(values, options, key);
  const entry = { key, index: -1, value, next: entries.at(-1)?.next ?? null };
  return draws.length > 0 ? { ...entry, draws } : entry;
}

function columnsOf(values: readonly unknown[], options: Collation, key: string): unknown {
  const [first] = values;
  if (first instanceof Volume || !isRecord(first)) return columnOf(values, options, key);
  const names = Object.keys(first);
  const rows = values.map((value) => {
    const isAlike =
      isRecord(value) && names.every((name) => name in value) && Object.keys(value).length === names.length;
    if (isAlike) return value;
    throw new PipelineError("VOXRX_MISSING_KEY", `items of one batch have different fields; the first has ${names}`, {
      operator: "batch",
      item: key,
      remedy: 'Give all items the same fields, or batch with collate: "list".',
    });
  });
  return Object.fromEntries(
    names.map((name) => [
      name,
      columnOf(
        rows.map((row) => row[name]),
        options,
        key,
      ),
    ]),
  );
}

function columnOf(values: readonly unknown[], options: Collation, key: string): unknown {
  const volumes = values.filter((value) => value instanceof Volume);
  if (volumes.length === 0 || volumes.length < values.length) return [...values];
  const { layout, collate, padValue, padMethod } = options;
  try {
    return stackVolumes(volumes, { layout, pad: collate === "pad", padValue, padMethod });
  } catch (error) {
    throw isVoxRxError(error) ? error.locate({ operator: "batch", item: key }) : error;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
