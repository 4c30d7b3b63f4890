import { z } from "zod";
import { ShardWriter, type ShardWriterOptions } from "../../src/archive/shard-writer.ts";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import type { Operator } from "../../src/dataset/dataset.ts";
import { itemFailure } from "../../src/dataset/failure.ts";
import { stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import { type Cursor, type Entry, open, type Run, type Stage } from "../../src/dataset/stage.ts";
import { PipelineError } from "../../src/errors.ts";
import { checkOptions, countSchema } from "../../src/options.ts";
import { callUser } from "../../src/transfer/user-callback.ts";
import { checkSampleKey, shardFiles } from "./shard-values.ts";

/** Options of {@link writeShards}. */
export interface WriteShardsOptions<T = unknown> {
  /** Folder of the shards. Made if need be. */
  readonly dir: string;
  /** What the names begin with: `PREFIX-000000.tar`. Default `"shard"`. */
  readonly prefix?: string;
  /** Bytes of a shard; an item larger than this has one of its own. Default `"1GiB"`. */
  readonly maxBytes?: Bytes;
  /** Items of a shard. Default 100000. */
  readonly maxCount?: number;
  /**
   * Fields to be written, each with the ending of its file: `{ image: "nii.gz", label: "cls" }` makes `KEY.nii.gz` and `KEY.cls`. Default: all
   * fields, as `KEY.FIELD.nii.gz`, `KEY.FIELD.json` and so on.
   */
  readonly fields?: Readonly<Record<string, string>>;
  /** How volumes are written where `fields` does not say. Default `"nii.gz"`. */
  readonly volumes?: "nii" | "nii.gz";
  /** An item's name in its shard, without a dot in its last part. Default: its `__key__`, else the key that the engine knows it by. */
  readonly key?: (item: T, key: string) => string;
  /** Whether shards of this prefix that are there already are replaced, and removed where this run writes fewer, as is what a killed run left of one. Default false: an error. */
  readonly overwrite?: boolean;
}

/**
 * Writes items to tar shards by the rules of WebDataset as they pass, and gives them on unchanged. Volumes become `.nii.gz` (or `.nii`), texts
 * `.txt`, whole numbers `.cls`, other plain values `.json`, bytes stay what they are. The same items make the same shards, byte for byte:
 * files sorted, times, owners and modes fixed.
 *
 * A shard appears when it is full or the run ends, whole, with `NAME.tar.index.json` beside it: for each item where its files lie and their
 * SHA-256, for `readShards(…, { indexed: true })`. Of a run that is closed before its end the last shard is left out: put `take` before this.
 * NIfTI holds affines in single precision, and gives 2D volumes of several channels a third axis of size 1. `readShards(…, { names: "field" })` gives back what was written, float64 volumes as
 * float32 unless its `dtype` says otherwise.
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
export function writeShards<T extends object>(options: WriteShardsOptions<T>): Operator<T, T> {
  const checked = checkOptions("writeShards", schema, options);
  const { key } = options;
  const maxBytes = parseBytes(checked.maxBytes, "maxBytes", "writeShards");
  return stageOperator<Operator<T, T>>(
    (input) => new WriteStage(input, { ...checked, maxBytes, key: key && believed(key) }),
  );
}

const schema = z.strictObject({
  dir: z.string().min(1),
  prefix: z
    .string()
    .regex(/^[^./\\\0][^/\\\0]*$/, "no name of a file")
    .default("shard"),
  maxBytes: z.union([z.number(), z.string()]).default("1GiB"),
  maxCount: countSchema.default(100_000),
  fields: z
    .record(z.string().min(1), z.string().regex(/^[^./\\\0][^/\\\0]*[^./\\\0]$/, "no ending of a file, such as nii.gz"))
    .refine((fields) => Object.keys(fields).length > 0, "no field is named")
    .refine(
      (fields) =>
        new Set(Object.values(fields).map((ending) => ending.toLowerCase())).size === Object.keys(fields).length,
      "two fields share an ending",
    )
    .optional(),
  volumes: z.enum(["nii", "nii.gz"]).default("nii.gz"),
  key: z.custom<unknown>((given) => typeof given === "function").optional(),
  overwrite: z.boolean().default(false),
});

type KeyFunction = (item: unknown, key: string) => string;
type Checked = ShardWriterOptions &
  Omit<z.output<typeof schema>, "key"> & { readonly key: KeyFunction | undefined; readonly maxBytes: number };

/** The items that pass are those that the operator's type names. */
function believed<T>(key: (item: T, key: string) => string): KeyFunction;
function believed(key: unknown): unknown {
  return key;
}

class WriteStage extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #options: Checked;

  constructor(input: Stage<unknown>, options: Checked) {
    super(input);
    this.#input = input;
    this.#options = options;
  }

  start(run: Run): Cursor<unknown> {
    const base = open(this.#input, run);
    const writer = new ShardWriter(this.#options);
    let last: string | undefined;
    const write = async (entry: Entry<unknown>): Promise<void> => {
      const { fields, volumes } = this.#options;
      let files: Awaited<ReturnType<typeof shardFiles>>;
      let key: string;
      try {
        key = checkSampleKey(this.#keyOf(entry));
        if (key === last)
          throw new PipelineError("VOXRX_UNCACHEABLE", `two items in a row have the key "${key}"`, {
            remedy: "They would become one: give each a key of its own with key.",
          });
        files = await shardFiles(entry.value, fields, volumes);
      } catch (error) {
        throw itemFailure(error, { operator: "writeShards", item: entry.key }, run.signal);
      }
      await writer.add(key, files);
      last = key;
    };
    return {
      async next() {
        const entry = await base.next();
        if (entry) await write(entry);
        else await writer.finish();
        return entry;
      },
      async close() {
        await base.close();
        await writer.abandon();
      },
    };
  }

  describe() {
    const { dir, prefix, maxCount } = this.#options;
    return [{ name: "writeShards", detail: `dir=${dir} prefix=${prefix} maxCount=${maxCount}` }];
  }

  #keyOf({ key, value }: Entry<unknown>): string {
    const own = this.#options.key;
    if (own) return callUser("key", () => own(value, key));
    const noted = typeof value === "object" && value !== null && "__key__" in value ? value.__key__ : undefined;
    return typeof noted === "string" ? noted : key;
  }
}
