import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { whenReady } from "../../src/dataset/maybe.ts";
import { stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import { type Cursor, type Entry, indexOf, open, type Run, type Stage } from "../../src/dataset/stage.ts";
import { isVoxRxError, PipelineError } from "../../src/errors.ts";
import { checkOptions, countSchema } from "../../src/options.ts";
import { stackVolumes, type Tensor, type TensorLayout } from "../../src/volume/tensor.ts";
import { Volume } from "../../src/volume/volume.ts";

/** Options of {@link batch}. */
export interface BatchOptions {
  /** Items in a batch. */
  readonly size: number;
  /** Whether a last batch with fewer items is left out. Default false. */
  readonly dropLast?: boolean;
  /**
   * How items are put together. `stack` (default): records become one record of columns, volumes one tensor, all else lists.
   * `pad`: the same, volumes padded to the longest on each axis (MONAI's `pad_list_data_collate`). `list`: a list of the items.
   */
  readonly collate?: "stack" | "pad" | "list";
  /** Order of a tensor's axes, the slowest first. Default `"NCXYZ"`. */
  readonly layout?: TensorLayout;
  /** Value of padding. Default 0. */
  readonly padValue?: number;
  /** Where padding goes: `symmetric` (default; an odd voxel goes behind) or `end`. */
  readonly padMethod?: "symmetric" | "end";
}

/** What `batch` makes of items of type `T`: a record of columns, a tensor of volumes, or a list. */
export type Batched<T> = T extends Volume
  ? Tensor
  : T extends string | number | boolean | bigint | null | undefined | readonly unknown[]
    ? T[]
    : { [K in keyof T]: Column<T[K]> };

type Column<V> = V extends Volume ? Tensor : V[];

/**
 * Puts `size` neighbouring items together. Volumes become one row-major tensor `[size, C, x, y, z]` (the one copy of their
 * samples); their affines and meta stay with it. An item that fails leaves a hole that the next one fills, if `onError` skips it.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` when volumes of a batch differ in shape, `VOXRX_MISSING_KEY` when fields differ
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { batch } from "voxrx/operators";
 * await Dataset.from([{ id: 1 }, { id: 2 }, { id: 3 }]).pipe(batch(2)).toArray(); // => [{ id: [1, 2] }, { id: [3] }]
 * ```
 */
export function batch<T>(size: number): IndexedOperator<T, Batched<T>>;
export function batch<T>(options: BatchOptions & { readonly collate: "list" }): IndexedOperator<T, T[]>;
export function batch<T>(
  options: BatchOptions & { readonly collate?: "stack" | "pad" },
): IndexedOperator<T, Batched<T>>;
export function batch(options: BatchOptions | number): IndexedOperator<never, unknown> {
  const checked = checkOptions("batch", schema, typeof options === "number" ? { size: options } : options);
  return stageOperator<IndexedOperator<never, unknown>>((input) => new BatchStage(input, checked));
}

const schema = z.strictObject({
  size: countSchema,
  dropLast: z.boolean().default(false),
  collate: z.enum(["stack", "pad", "list"]).default("stack"),
  layout: z.enum(["NCXYZ", "NCZYX", "NXYZC", "NZYXC"]).default("NCXYZ"),
  padValue: z.number().default(0),
  padMethod: z.enum(["symmetric", "end"]).default("symmetric"),
});

type Checked = z.output<typeof schema>;

class BatchStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #options: Checked;

  constructor(input: Stage<unknown>, options: Checked) {
    super(input);
    this.#input = input;
    this.#options = options;
    if (!input.index) return;
    const { size } = options;
    this.index = (run) =>
      whenReady(indexOf(input, run), ({ length, at }) => ({
        length: this.#batches(length),
        at: async (index) => {
          const end = Math.min(length, (index + 1) * size);
          const entries: Entry<unknown>[] = [];
          for (let i = index * size; i < end; i++) entries.push(await at(i));
          return collated(entries, options);
        },
      }));
  }

  knownLength(): number | undefined {
    const length = this.#input.knownLength?.();
    return length === undefined ? undefined : this.#batches(length);
  }

  start(run: Run): Cursor<unknown> {
    const base = open(this.#input, run);
    const { size, dropLast } = this.#options;
    // Kept across a failure: when an item fails and is skipped, the batch in the making goes on.
    let held: Entry<unknown>[] = [];
    const next = async (): Promise<Entry<unknown> | undefined> => {
      while (held.length < size) {
        const entry = await base.next();
        if (!entry) break;
        held.push(entry);
      }
      const entries = held;
      held = [];
      return entries.length === 0 || (dropLast && entries.length < size) ? undefined : collated(entries, this.#options);
    };
    return { next, close: () => base.close() };
  }

  describe() {
    const { size, collate, layout, dropLast } = this.#options;
    return [{ name: "batch", detail: `size=${size} collate=${collate} layout=${layout} dropLast=${dropLast}` }];
  }

  #batches(length: number): number {
    const { size, dropLast } = this.#options;
    return dropLast ? Math.floor(length / size) : Math.ceil(length / size);
  }
}

function collated(entries: readonly Entry<unknown>[], options: Checked): Entry<unknown> {
  const values = entries.map(({ value }) => value);
  const draws = entries.flatMap((entry) => entry.draws ?? []);
  const key = entries.map((entry) => entry.key).join("+");
  const entry = { key, index: -1, value: options.collate === "list" ? values : columnsOf(values, options, key) };
  return draws.length > 0 ? { ...entry, draws } : entry;
}

function columnsOf(values: readonly unknown[], options: Checked, key: string): unknown {
  const [first] = values;
  if (first instanceof Volume || !isRecord(first)) return columnOf(values, options, key);
  const names = Object.keys(first);
  const rows = values.map((value) => {
    if (isRecord(value) && names.every((name) => name in value)) return value;
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

function columnOf(values: readonly unknown[], options: Checked, key: string): unknown {
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
