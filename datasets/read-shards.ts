import * as v from "valibot";
import { shuffle } from "../operators/flow/shuffle.ts";
import { whenReady } from "../src/async/maybe-promise.ts";
import { type Bytes, parseBytes } from "../src/bytes.ts";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { OptionError } from "../src/errors.ts";
import { formatsIdentity } from "../src/format/format-registry.ts";
import { headersSchema } from "../src/http/request-headers.ts";
import { itemOperator } from "../src/operator/item-operator.ts";
import {
  checkOptions,
  countSchema,
  integerSchema,
  nonEmptySchema,
  numberSchema,
  objectSchema,
  recordSchema,
} from "../src/options.ts";
import type { IndexedOperator } from "../src/plan/operator-types.ts";
import { type SourceContext, StreamStage } from "../src/plan/source-stages.ts";
import type { Cursor, Position, Run, Stage } from "../src/plan/stage.ts";
import { Random, type Seed } from "../src/random/random.ts";
import { type Dtype, dtypes } from "../src/samples.ts";
import { decodeSample, type SampleDecoding, type ShardDecoder } from "./decode-sample.ts";
import { expandBraces } from "./expand-braces.ts";
import { placesOf, readPlace, type SamplePlace } from "./indexed-shards.ts";
import {
  firstPlace,
  namedShards,
  type PlacedSample,
  placeIn,
  type RawSample,
  type Shard,
  type ShardReading,
  sampleEntry,
  samplesOf,
} from "./shard-samples.ts";

export type { ShardDecoder } from "./decode-sample.ts";

/** How shards and samples are shuffled. */
export interface ShardShuffle {
  /** Whether to shuffle the order of the shards in every epoch, determined by seed and epoch. Default true. */
  readonly shards?: boolean;
  /**
   * Size of the shuffle buffer in samples, as in `shuffle({ buffer })`. Default: samples keep the order of their shard.
   */
  readonly buffer?: number;
}

/** Options of {@link readShards}. */
export interface ReadShardsOptions {
  /**
   * How files are decoded. true (default): by extension (see {@link readShards}); false: not at all; or a record of
   * custom decoders by extension, in addition to the built-in ones: `{ jpg: decodeJpeg, "seg.nii.gz": false }`, where
   * false keeps the bytes.
   */
  readonly decode?: boolean | Readonly<Record<string, ShardDecoder | false>>;
  /**
   * Names of the fields: `"extension"` (default, as in WebDataset: `image.nii.gz`, lower case) or `"field"`, without
   * the part that determines the type (`image`; `cls` alone is kept), which restores the fields passed to
   * `writeShards`.
   */
  readonly names?: "extension" | "field";
  /** Sample type of volumes. Default `"auto"`, as in `load`: integers keep their type, others become float32. */
  readonly dtype?: Dtype | "auto";
  /** How shards and samples are shuffled. Default: not at all. */
  readonly shuffle?: ShardShuffle;
  /** Rank of this process, below `worldSize`. Default 0. */
  readonly rank?: number;
  /** Number of processes that share the shards. Default 1. */
  readonly worldSize?: number;
  /** Index of this worker in its process, below `workers`. Default 0. */
  readonly worker?: number;
  /** Number of workers of each process that share its shards. Default 1. */
  readonly workers?: number;
  /** Whether ranks or workers without a shard are allowed. Default false: too few shards are an error. */
  readonly allowEmpty?: boolean;
  /** Number of shards that are open at once and read in turn. Changes the order of samples. Default 1. */
  readonly interleave?: number;
  /** Number of samples decoded concurrently. Default 1. */
  readonly concurrency?: number;
  /** Largest sample allowed, in bytes as stored. Default `"2GiB"`. */
  readonly maxItemBytes?: Bytes;
  /** HTTP headers for the server. Never sent to another origin, never shown in a message. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seed of the shuffle and of random operators. Default 0. */
  readonly seed?: Seed;
  /** Whether to read samples by index, through the index files that `writeShards` writes. Default false. */
  readonly indexed?: boolean;
}

/** {@link ReadShardsOptions} for samples by index. To shuffle them, use the operator `shuffle()`. */
export interface IndexedShardsOptions extends Omit<ReadShardsOptions, "shuffle" | "interleave"> {
  readonly indexed: true;
}

/** An item of `readShards`: the fields `T` that the caller expects, and their origin. */
export type ShardItem<T> = T & {
  /** Name of the sample in its shard. */
  readonly __key__: string;
  /** Path of the shard, or its URL without user, password and query. */
  readonly __url__: string;
};

/**
 * The samples of WebDataset shards: tar or tar.gz, on disk or on servers, streamed one after another. `shards` is a
 * pattern (`data-{000000..000127}.tar`, `{train,val}-{0..9}.tar`) or a list of them. `*` is not expanded: `listShards`
 * lists the shards of `voxrx run --out`.
 *
 * Consecutive files whose names are equal up to the first dot after the last `/` are one sample; the part after that
 * dot is the field. Files without a dot, hidden files and `__meta__` don't belong to any sample. Files are decoded by
 * extension: `.json` is parsed; `.txt`, `.text` and `.transcript` become strings; `.cls`, `.cls2`, `.class`, `.count`,
 * `.index`, `.inx` and `.id` become numbers; images that can be decoded from memory (`.nii.gz`, `.nrrd`, `.mha`,
 * `.mgz`, `.dcm`, `.npy`, `.png`, …) become volumes, also if they were compressed twice, as Python's `TarWriter` does
 * with bytes in `.nii.gz`; all other files stay bytes. The types of the fields are declared by the caller.
 *
 * The item id is the name of the shard and the key of the sample; `__key__` is the key. Ids that `writeShards` escaped in
 * the names of files (`a%2Enii`) come back as they were (`a.nii`); all other keys are as stored. Ranks and workers share the shards, each rank gets
 * every `worldSize`-th: disjoint and complete in every epoch. Some ranks may have one shard more than others, and
 * shards differ in length: if all ranks need the same number of items, use `take`.
 *
 * A run can resume after any sample. Shards that were open then are read from their start; finished shards are not read
 * again. With `indexed: true` the result is an indexed dataset: `at(i)` reads one range of one shard and verifies its
 * SHA-256.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for fewer shards than ranks and workers
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE` (damaged, a duplicate field, content that doesn't match its extension),
 * `VOXRX_UNSAFE_ENTRY`, `VOXRX_ARCHIVE_LIMIT`
 * @throws ChecksumError `VOXRX_CHECKSUM_MISMATCH` with `indexed`
 * @throws FormatError `VOXRX_FILE_MISSING`, and as `decodeVolume`
 * @throws DownloadError as `tarEntries`
 * @example
 * ```ts
 * import type { Volume } from "voxrx";
 * import { readShards } from "voxrx/datasets";
 * const training = readShards<{ "ct.nii.gz": Volume; cls: number }>("https://example.org/train-{0000..0063}.tar", {
 *   shuffle: { shards: true, buffer: 64 },
 *   rank: 0,
 *   worldSize: 8,
 * });
 * for await (const { __key__, cls, "ct.nii.gz": ct } of training) console.log(__key__, ct.shape, cls);
 * ```
 */
export function readShards<T extends object = Readonly<Record<string, unknown>>>(
  shards: string | readonly string[],
  options: IndexedShardsOptions,
): IndexedDataset<ShardItem<T>>;
export function readShards<T extends object = Readonly<Record<string, unknown>>>(
  shards: string | readonly string[],
  options?: ReadShardsOptions,
): Dataset<ShardItem<T>>;
export function readShards(
  given: string | readonly string[],
  options: ReadShardsOptions = {},
): Dataset<Record<string, unknown>> {
  const checked = checkOptions("readShards", schema, { ...options, shards: given });
  const maxItemBytes = parseBytes(checked.maxItemBytes, "maxItemBytes", "readShards");
  const all = namedShards(checked.shards.flatMap(expandBraces));
  const { decode = true } = options;
  const settings = { ...checked, maxItemBytes, all, decode };
  checkSplit(settings);
  if (checked.indexed) return indexedDataset(settings);
  const samples = new Dataset(new ShardStage(settings));
  const { buffer } = checked.shuffle ?? {};
  return (buffer === undefined ? samples : samples.pipe(shuffle({ buffer }))).pipe(decoder(settings));
}

const decoderSchema = v.custom<unknown>(
  (each) => each === false || typeof each === "function",
  "expected a function, or false",
);
const namesSchema = v.picklist(["extension", "field"]);
const dtypeSchema = v.picklist(["auto", ...dtypes]);
const schema = v.pipe(
  v.strictObject({
    shards: v.pipe(
      v.union([nonEmptySchema, v.pipe(v.array(nonEmptySchema), v.minLength(1))]),
      v.transform((given) => [given].flat()),
    ),
    decode: v.optional(v.union([v.boolean(), recordSchema(nonEmptySchema, decoderSchema)])),
    names: v.optional(namesSchema, "extension"),
    dtype: v.optional(dtypeSchema, "auto"),
    shuffle: v.optional(
      v.pipe(objectSchema, v.strictObject({ shards: v.optional(v.boolean(), true), buffer: v.optional(countSchema) })),
    ),
    rank: v.optional(v.pipe(integerSchema, v.minValue(0)), 0),
    worldSize: v.optional(countSchema, 1),
    worker: v.optional(v.pipe(integerSchema, v.minValue(0)), 0),
    workers: v.optional(countSchema, 1),
    allowEmpty: v.optional(v.boolean(), false),
    interleave: v.optional(countSchema, 1),
    concurrency: v.optional(countSchema, 1),
    maxItemBytes: v.optional(v.union([numberSchema, v.string()]), "2GiB"),
    headers: v.optional(headersSchema),
    seed: v.optional(v.union([numberSchema, v.string()]), 0),
    indexed: v.optional(v.boolean(), false),
  }),
  v.forward(
    v.check(({ rank, worldSize }) => rank < worldSize, "must be below worldSize"),
    ["rank"],
  ),
  v.forward(
    v.check(({ worker, workers }) => worker < workers, "must be below workers"),
    ["worker"],
  ),
  v.forward(
    v.check(
      ({ indexed, shuffle: order }) => !indexed || order === undefined,
      "samples by index are shuffled by shuffle() after them",
    ),
    ["shuffle"],
  ),
);

type Settings = Omit<v.InferOutput<typeof schema>, "maxItemBytes" | "decode"> & {
  readonly all: readonly Shard[];
  readonly maxItemBytes: number;
  readonly decode: NonNullable<ReadShardsOptions["decode"]>;
};

function checkSplit({ all, worldSize, workers, allowEmpty }: Settings): void {
  if (allowEmpty || all.length >= worldSize * workers) return;
  throw new OptionError(
    "VOXRX_BAD_OPTION",
    `${all.length} shards are too few for ${worldSize} ranks with ${workers} workers each`,
    {
      operator: "readShards",
      remedy:
        "Write more, smaller shards, or set allowEmpty and make sure that no process waits for a rank without items.",
    },
  );
}

/** The shards of this rank and worker, in the given order. */
function ownShards(order: readonly Shard[], { rank, worldSize, worker, workers }: Settings): Shard[] {
  return order.filter((_, n) => n % worldSize === rank).filter((_, n) => n % workers === worker);
}

/** Streams shards. A separate stage, because the order of the shards depends on the seed of the run. */
class ShardStage implements Stage<RawSample> {
  readonly inputs = [];
  readonly randomCount = 0;
  readonly seed: Seed;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.seed = settings.seed;
  }

  start(run: Run, from?: Position): Cursor<RawSample> {
    const place = from === undefined ? firstPlace : placeIn(from);
    const { all, shuffle: order, headers, interleave, maxItemBytes } = this.#settings;
    const random = new Random(run.seed ?? this.seed, run.epoch, "shards");
    const shards = ownShards(order?.shards ? random.shuffle(all) : all, this.#settings);
    const samples = ({ signal }: SourceContext) =>
      samplesOf(shards, interleave, { signal, headers, maxItemBytes }, place);
    const cursor = new StreamStage<PlacedSample>(samples, { id: ({ sample }) => sample.id }).start(run);
    return {
      next: () => whenReady(cursor.next(), (entry) => entry && sampleEntry(entry, place.count)),
      close: () => cursor.close(),
    };
  }

  get identity(): unknown {
    const { all, shuffle: order, rank, worldSize, worker, workers, interleave } = this.#settings;
    const shards = all.map(({ name }) => name);
    const shares = { rank, worldSize, worker, workers };
    return {
      name: "readShards",
      version: 1,
      seed: this.seed,
      shards,
      shuffled: order?.shards ?? false,
      interleave,
      ...shares,
    };
  }

  describe() {
    const { all, shuffle: order, rank, worldSize, interleave } = this.#settings;
    const detail = `${all.length} shards, rank ${rank} of ${worldSize}, interleave ${interleave}, seed ${this.seed}`;
    return [{ name: "readShards", detail, notes: order?.shards ? ["shards shuffled"] : [] }];
  }
}

function indexedDataset(settings: Settings): IndexedDataset<Record<string, unknown>> {
  const { all, headers, maxItemBytes, seed, concurrency } = settings;
  const shards = ownShards(all, settings);
  const places = Dataset.lazy<SamplePlace>(({ signal }) => placesOf(shards, { signal, headers, maxItemBytes }), {
    name: "readShards",
    seed,
    id: ({ id }) => id,
  });
  return places.pipe(readSample({ shards, headers, maxItemBytes, concurrency }), decoder(settings));
}

interface ReadSampleOptions extends Omit<ShardReading, "signal"> {
  readonly shards: readonly Shard[];
  readonly concurrency: number;
}

/** Reads the sample at a position. Its identity consists of the checksums there and the names of the shards. */
const readSample = itemOperator<ReadSampleOptions>()({
  name: "readSample",
  version: 1,
  options: {
    shards: v.custom<readonly Shard[]>(() => true),
    headers: v.optional(headersSchema),
    maxItemBytes: numberSchema,
    concurrency: countSchema,
  },
  identity: ({ shards }) => ({ shards: shards.map(({ name }) => name) }),
  concurrency: ({ concurrency }) => concurrency,
  apply: (place: SamplePlace, { shards, headers, maxItemBytes }, { signal }) =>
    readPlace(place, shards, { signal, headers, maxItemBytes }),
});

function decoder(settings: Settings): IndexedOperator<RawSample, Record<string, unknown>> {
  const { decode, names, dtype, maxItemBytes, concurrency } = settings;
  const own = typeof decode === "object" ? lowerCased(decode) : {};
  const isOwn = Object.values(own).some((each) => each !== false);
  const decodeSamples = itemOperator<SampleDecoding & { readonly concurrency: number }>()({
    name: "decodeSample",
    version: 1,
    kind: isOwn ? "opaque" : "deterministic",
    options: {
      known: v.boolean(),
      own: v.custom<SampleDecoding["own"]>(() => true),
      names: namesSchema,
      dtype: dtypeSchema,
      maxItemBytes: numberSchema,
      concurrency: countSchema,
    },
    identity: ({ known, own: given }) => ({ known, names, dtype, bytes: Object.keys(given) }),
    surroundings: formatsIdentity,
    concurrency: (options) => options.concurrency,
    apply: (sample: RawSample, decoding, { signal }) => decodeSample(sample, decoding, signal),
  });
  return decodeSamples({ known: decode !== false, own, names, dtype, maxItemBytes, concurrency });
}

function lowerCased(decoders: Readonly<Record<string, ShardDecoder | false>>): Record<string, ShardDecoder | false> {
  return Object.fromEntries(
    Object.entries(decoders).map(([extension, each]) => [extension.replace(/^\./, "").toLowerCase(), each]),
  );
}
