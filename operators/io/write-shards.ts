import * as v from "valibot";
import { sampleKeyOf } from "../../src/archive/sample-key.ts";
import { callUser } from "../../src/async/call-user.ts";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import { isRecord } from "../../src/item/record.ts";
import type { Late } from "../../src/operator/field-types.ts";
import { stageOperator } from "../../src/operator/flow-operator.ts";
import type { Checked } from "../../src/operator/option-types.ts";
import { bytesSchema, countSchema, functionSchema, nonEmptySchema, recordSchema } from "../../src/options.ts";
import { declareStage } from "../../src/plan/declared-stage.ts";
import { isItemFailure, itemFailure } from "../../src/plan/item-failure.ts";
import type { Operator, SameOperator } from "../../src/plan/operator-types.ts";
import {
  badPosition,
  type Cursor,
  type Entry,
  open,
  type Position,
  type Run,
  type Stage,
} from "../../src/plan/stage.ts";
import { sampleFiles, unstorable } from "../../src/shards/sample-files.ts";
import { ShardWriter } from "../../src/shards/shard-writer.ts";

/** Options of {@link writeShards}. */
export interface WriteShardsOptions<T = unknown> {
  /** Directory of the shards. Created if missing. */
  readonly dir: string;
  /** Prefix of the names: `PREFIX-000000.tar`. Default `"shard"`. */
  readonly prefix?: string;
  /** Maximum bytes of a shard; a larger item gets a separate shard. Default `"1GiB"`. */
  readonly maxBytes?: Bytes;
  /** Maximum items of a shard. Default 100000. */
  readonly maxCount?: number;
  /**
   * Fields to write, each with the extension of its file: `{ image: "nii.gz", label: "cls" }` makes `KEY.nii.gz` and
   * `KEY.cls`. Default: all fields except `__key__` and `__url__`, as `KEY.FIELD.nii.gz`, `KEY.FIELD.json` and so on.
   */
  readonly fields?: Readonly<Record<string, string>>;
  /** Format of volumes whose extension is not given in `fields`. Default `"nii.gz"`. */
  readonly volumes?: "nii" | "nii.gz";
  /** Id of an item in its shard, which becomes the KEY of its files. Default: its `__key__`, else its id. */
  readonly id?: (item: T, id: string) => string;
  /**
   * Whether to replace existing shards of this prefix. Those that this run does not write are removed, as are the
   * remains of a run that was killed. Default false: existing shards are an error.
   */
  readonly overwrite?: boolean;
}

/** The factory of {@link writeShards}: in a pipe `id` receives the items of the dataset. */
export type WriteShards = Late &
  (<T = unknown>(options: WriteShardsOptions<T>) => unknown extends T ? SameOperator<false> : Operator<T, T, false>);

const options = {
  dir: nonEmptySchema,
  prefix: v.optional(v.pipe(v.string(), v.regex(/^[^./\\\0][^/\\\0]*$/, "expected the start of a file name")), "shard"),
  maxBytes: v.optional(bytesSchema, "1GiB"),
  maxCount: v.optional(countSchema, 100_000),
  fields: v.optional(
    v.pipe(
      recordSchema(
        nonEmptySchema,
        v.pipe(v.string(), v.regex(/^[^./\\\0][^/\\\0]*[^./\\\0]$/, "expected a file extension such as nii.gz")),
      ),
      v.check((fields) => Object.keys(fields).length > 0, "expected at least one field"),
      v.check(
        (fields) => new Set(Object.values(fields).map((one) => one.toLowerCase())).size === Object.keys(fields).length,
        "expected a different extension for each field",
      ),
    ),
  ),
  volumes: v.optional(v.picklist(["nii", "nii.gz"]), "nii.gz"),
  id: v.optional(functionSchema<(item: unknown, id: string) => string>()),
  overwrite: v.optional(v.boolean(), false),
};

/**
 * Writes items to tar shards in WebDataset format, and passes them on unchanged. Volumes become `.nii.gz` (or `.nii`),
 * strings `.txt`, integers `.cls`, other plain values `.json`; bytes are written as they are. The same items make the
 * same shards, byte for byte: files are sorted, and times, owners and modes are fixed.
 *
 * Ids are KEYs as they are, `case/0001` for example, unless a file in a tar could not begin like that. Then what is in
 * the way is escaped as in a URL, and `readShards` gives the id itself back: `a.nii` is stored as `a%2Enii`, because
 * WebDataset ends the key at the first dot of the last part. Also escaped are dots at the start of a directory, slashes at
 * the start, at the end and after another one, backslashes, control characters, the first of two underscores at the
 * start, the colon of a drive (`c:`), and a percent sign that would be taken for the start of an escape. A lone surrogate
 * is `%uD800`, the empty id `%`.
 *
 * A shard appears, complete, when it is full or the run ends, with `NAME.tar.index.json` beside it: for each item the
 * positions and SHA-256 of its files, for `readShards(…, { indexed: true })`. If a run is closed before its end, its
 * last shard is left out: put `take` before this operator. A run that continues from a checkpoint starts again and
 * writes all shards, so it needs `overwrite`; it yields only the remaining items. NIfTI stores affines in single
 * precision, and gives 2D volumes of several channels a third axis of size 1. `readShards(…, { names: "field" })`
 * returns what was written, with float64 volumes as float32 unless its `dtype` says otherwise.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_UNCACHEABLE` for a field or id that can't be stored (a failure of that item)
 * @throws FormatError `VOXRX_WRITE_FAILED`, also when shards of this prefix exist
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { load, spacing, writeShards } from "voxrx/operators";
 * const cases = Dataset.from([{ image: "a.nii.gz", label: 1 }], { id: (_, n) => `case${n}` });
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
      // Writing does not change the items, but the positions are those of this operator.
      identity: { name: "writeShards", version: 1 },
      replays: true,
      start: (run, from) => new WriteCursor(input, checked, run, from),
    });
  },
});

type Settings = Checked<typeof options>;

/**
 * Writes the items that it pulls, and passes them on. Its position is the number of items pulled. It has to see all
 * items, so a run that continues starts again and drops the items before its position.
 */
class WriteCursor implements Cursor<unknown> {
  readonly #base: Cursor<unknown>;
  readonly #settings: Settings;
  readonly #signal: AbortSignal;
  readonly #writer: ShardWriter;
  readonly #drop: number;
  #pulled = 0;
  #lastKey: string | undefined;

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
    let sampleKey: string;
    let files: Awaited<ReturnType<typeof sampleFiles>>;
    try {
      const id = this.#idOf(entry);
      sampleKey = sampleKeyOf(id);
      if (sampleKey === this.#lastKey) {
        throw unstorable(
          `two consecutive items have the id ${JSON.stringify(id.slice(0, 200))}`,
          "They would become one sample: give them different ids with the option id.",
        );
      }
      files = await sampleFiles(entry.value, fields, volumes);
    } catch (error) {
      throw itemFailure(error, { operator: "writeShards", item: entry.id }, this.#signal);
    }
    await this.#writer.add(sampleKey, files);
    this.#lastKey = sampleKey;
  }

  #idOf({ id, value }: Entry<unknown>): string {
    const { id: idOf } = this.#settings;
    if (!idOf) {
      const ownKey = isRecord(value) && Object.hasOwn(value, "__key__") ? value.__key__ : undefined;
      return typeof ownKey === "string" ? ownKey : id;
    }
    const made: unknown = callUser("id", () => idOf(value, id));
    if (typeof made === "string") return made;
    throw unstorable(`the option id returned a value of type ${typeof made}`, "Return a string.");
  }
}
