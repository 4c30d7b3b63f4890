import { z } from "zod";
import { callUser } from "../../src/async/call-user.ts";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import { PipelineError } from "../../src/errors.ts";
import type { Late } from "../../src/operator/field-types.ts";
import { stageOperator } from "../../src/operator/flow-operator.ts";
import type { Operator, SameOperator } from "../../src/operator/operator-types.ts";
import type { Checked } from "../../src/operator/option-types.ts";
import { bytesSchema, countSchema, functionSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { isItemFailure, itemFailure } from "../../src/plan/item-failure.ts";
import {
  badPosition,
  type Cursor,
  type Entry,
  open,
  type Position,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";
import { ShardWriter } from "../../src/shards/shard-writer.ts";
import { checkSampleKey, shardFiles } from "./shared/shard-files.ts";

/** Options of {@link writeShards}. */
export interface WriteShardsOptions<T = unknown> {
  /** Directory of the shards. Made if need be. */
  readonly dir: string;
  /** What the names begin with: `PREFIX-000000.tar`. Default `"shard"`. */
  readonly prefix?: string;
  /** Bytes of a shard; an item larger than this has one of its own. Default `"1GiB"`. */
  readonly maxBytes?: Bytes;
  /** Items of a shard. Default 100000. */
  readonly maxCount?: number;
  /**
   * Fields to be written, each with the extension of its file: `{ image: "nii.gz", label: "cls" }` makes `KEY.nii.gz` and `KEY.cls`.
   * Default: all fields, as `KEY.FIELD.nii.gz`, `KEY.FIELD.json` and so on.
   */
  readonly fields?: Readonly<Record<string, string>>;
  /** How volumes are written where `fields` does not say. Default `"nii.gz"`. */
  readonly volumes?: "nii" | "nii.gz";
  /** An item's name in its shard, without a dot in its last part. Default: its `__key__`, else its id. */
  readonly key?: (item: T, key: string) => string;
  /**
   * Whether shards of this prefix that are there already are replaced, and removed where this run writes fewer, as is what a killed run
   * left of one. Default false: an error.
   */
  readonly overwrite?: boolean;
}

/** The factory of {@link writeShards}: in a pipe `key` gets the items of the dataset. */
export type WriteShards = Late &
  (<T = unknown>(options: WriteShardsOptions<T>) => unknown extends T ? SameOperator<false> : Operator<T, T, false>);

const options = {
  dir: z.string().min(1),
  prefix: z
    .string()
    .regex(/^[^./\\\0][^/\\\0]*$/, "not a name of a file")
    .default("shard"),
  maxBytes: bytesSchema.default("1GiB"),
  maxCount: countSchema.default(100_000),
  fields: z
    .record(
      z.string().min(1),
      z.string().regex(/^[^./\\\0][^/\\\0]*[^./\\\0]$/, "not an extension of a file, such as nii.gz"),
    )
    .refine((fields) => Object.keys(fields).length > 0, "no field is named")
    .refine(
      (fields) => new Set(Object.values(fields).map((one) => one.toLowerCase())).size === Object.keys(fields).length,
      "two fields share an extension",
    )
    .optional(),
  volumes: z.enum(["nii", "nii.gz"]).default("nii.gz"),
  key: functionSchema<(item: unknown, key: string) => string>().optional(),
  overwrite: z.boolean().default(false),
};

/**
 * Writes items to tar shards by the rules of WebDataset as they pass, and gives them on unchanged. Volumes become `.nii.gz` (or `.nii`),
 * strings `.txt`, integers `.cls`, other plain values `.json`, bytes stay what they are. The same items make the same shards, byte for
 * byte: files sorted, times, owners and modes fixed.
 *
 * A shard appears when it is full or the run ends, whole, with `NAME.tar.index.json` beside it: for each item where its files lie and their
 * SHA-256, for `readShards(…, { indexed: true })`. Of a run that is closed before its end the last shard is left out: put `take` before
 * this. A run that continues from a checkpoint begins again and writes all shards, so it needs `overwrite`; it gives only what was left.
 * NIfTI holds affines in single precision, and gives 2D volumes of several channels a third axis of size 1. `readShards(…, { names:
 * "field" })` gives back what was written, float64 volumes as float32 unless its `dtype` says otherwise.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_UNCACHEABLE` for a field or key that has no stored form (one item's own failure)
 * @throws FormatError `VOXRX_WRITE_FAILED`, also when shards of this prefix are there
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { load, spacing, writeShards } from "voxrx/operators";
 * const cases = Dataset.from([{ image: "a.nii.gz", label: 1 }], { key: (_, n) => `case${n}` });
 * const written = cases.pipe(
 *   load("image"),
 *   spacing({ keys: "image", pixdim: [1, 1, 1] }),
 *   writeShards({ dir: "shards", prefix: "train", maxBytes: "256MiB" }),
 * );
 * for await (const { label } of written) console.log(label);
 * ```
 */
export const writeShards = stageOperator<WriteShardsOptions, WriteShards>()({
  name: "writeShards",
  version: 1,
  options,
  stage(input, checked) {
    const { dir, prefix, maxCount } = checked;
    return declareStage({
      inputs: [input],
      text: { name: "writeShards", detail: `dir=${dir} prefix=${prefix} maxCount=${maxCount}` },
      // What it writes decides nothing, but its positions are its own.
      identity: { name: "writeShards", version: 1 },
      replays: true,
      start: (run, from) => new WriteCursor(input, checked, run, from),
    });
  },
});

type Settings = Checked<typeof options>;

/** Writes what it pulls, and gives it on. Its position is the number of items pulled: it must see all, so it begins again and drops those. */
class WriteCursor implements Cursor<unknown> {
  readonly #base: Cursor<unknown>;
  readonly #settings: Settings;
  readonly #signal: AbortSignal;
  readonly #writer: ShardWriter;
  readonly #drop: number;
  #pulled = 0;
  #last: string | undefined;

  constructor(input: Stage<unknown>, settings: Settings, run: Run, from: Position = 0) {
    if (typeof from !== "number" || !Number.isInteger(from) || from < 0) throw badPosition(from, "writeShards");
    this.#drop = from;
    this.#settings = settings;
    this.#signal = run.signal;
    this.#base = open(input, run);
    this.#writer = new ShardWriter({ ...settings, maxBytes: parseBytes(settings.maxBytes, "maxBytes", "writeShards") });
  }

  async next(): Promise<Entry<unknown> | undefined> {
    for (;;) {
      try {
        const entry = await this.#base.next();
        if (!entry) {
          await this.#writer.finish();
          return undefined;
        }
        await this.#write(entry);
        if (++this.#pulled > this.#drop) return { ...entry, next: this.#pulled };
      } catch (error) {
        // An item that failed before the checkpoint was reported then.
        if (!isItemFailure(error) || ++this.#pulled > this.#drop) throw error;
      }
    }
  }

  async close(): Promise<void> {
    await this.#base.close();
    await this.#writer.abandon();
  }

  async #write(entry: Entry<unknown>): Promise<void> {
    const { fields, volumes } = this.#settings;
    let key: string;
    let files: Awaited<ReturnType<typeof shardFiles>>;
    try {
      key = checkSampleKey(this.#keyOf(entry));
      if (key === this.#last) {
        throw new PipelineError("VOXRX_UNCACHEABLE", `two items in a row have the key "${key}"`, {
          remedy: "They would become one: give each a key of its own with key.",
        });
      }
      files = await shardFiles(entry.value, fields, volumes);
    } catch (error) {
      throw itemFailure(error, { operator: "writeShards", item: entry.key }, this.#signal);
    }
    await this.#writer.add(key, files);
    this.#last = key;
  }

  #keyOf({ key, value }: Entry<unknown>): string {
    const { key: own } = this.#settings;
    if (own) return callUser("key", () => own(value, key));
    const noted = typeof value === "object" && value !== null && "__key__" in value ? value.__key__ : undefined;
    return typeof noted === "string" ? noted : key;
  }
}
