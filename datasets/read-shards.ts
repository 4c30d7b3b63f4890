import { z } from "zod";
import { shuffle } from "../operators/flow/shuffle.ts";
import { whenReady } from "../src/async/maybe-promise.ts";
import { type Bytes, parseBytes } from "../src/bytes.ts";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { OptionError } from "../src/errors.ts";
import { formatsIdentity } from "../src/format/format.ts";
import { headersSchema } from "../src/http/request-headers.ts";
import { itemOperator } from "../src/operator/item-operator.ts";
import type { IndexedOperator } from "../src/operator/operator-types.ts";
import { checkOptions, countSchema } from "../src/options.ts";
import { type SourceContext, StreamStage } from "../src/plan/source-stages.ts";
import { badPosition, type Cursor, type Entry, type Position, type Run, type Stage } from "../src/plan/stage.ts";
import { Random, type Seed } from "../src/random/random.ts";
import { type Dtype, dtypes } from "../src/samples.ts";
import { decodeSample, type SampleDecoding, type ShardDecoder } from "./decode-sample.ts";
import { expandBraces } from "./expand-braces.ts";
import { placesOf, readPlace, type SamplePlace } from "./indexed-shards.ts";
import {
  firstPlace,
  namedShards,
  type PlacedSample,
  type RawSample,
  type SamplesPlace,
  type Shard,
  type ShardReading,
  samplesOf,
} from "./shard-samples.ts";

export type { ShardDecoder } from "./decode-sample.ts";

/** What is shuffled. */
export interface ShardShuffle {
  /** Whether the shards come in another order in every epoch, fixed by seed and epoch. Default true. */
  readonly shards?: boolean;
  /** Samples held to draw from, as by `shuffle({ buffer })`. Default: none, samples keep the order of their shard. */
  readonly buffer?: number;
}

/** Options of {@link readShards}. */
export interface ReadShardsOptions {
  /**
   * What is decoded: true (default) by extension (see {@link readShards}), false nothing, or decoders of your own by extension beside the
   * known ones, false for one that stays bytes: `{ jpg: decodeJpeg, "seg.nii.gz": false }`.
   */
  readonly decode?: boolean | Readonly<Record<string, ShardDecoder | false>>;
  /**
   * Names of the fields: `"extension"` (default, as in WebDataset: `image.nii.gz`, lower case) or `"field"`, without the part that says the type
   * (`image`; `cls` alone stays), which gives back what `writeShards` was given.
   */
  readonly names?: "extension" | "field";
  /** Type of the samples of volumes. Default `"auto"`, as in `load`: integers stay what they are, everything else becomes float32. */
  readonly dtype?: Dtype | "auto";
  /** What is shuffled. Default: nothing. */
  readonly shuffle?: ShardShuffle;
  /** This process among `worldSize`. Default 0. */
  readonly rank?: number;
  /** Processes that share the shards. Default 1. */
  readonly worldSize?: number;
  /** This worker of the process among `workers`. Default 0. */
  readonly worker?: number;
  /** Workers of each process that share its shards. Default 1. */
  readonly workers?: number;
  /** Whether a rank or worker may have no shard at all. Default false: too few shards are an error. */
  readonly allowEmpty?: boolean;
  /** Shards that are open at once and give samples in turn. It changes the order of samples. Default 1. */
  readonly interleave?: number;
  /** Samples decoded at once. Default 1. */
  readonly concurrency?: number;
  /** Bytes that one sample may have in its shard. Default `"2GiB"`. */
  readonly maxSampleBytes?: Bytes;
  /** Headers for the server (an authorization). They go to no other origin and into no message. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What randomness starts from. Default 0. */
  readonly seed?: Seed;
  /** Whether samples are read by the indexes that `writeShards` leaves beside its shards. Default false. */
  readonly indexed?: boolean;
}

/** {@link ReadShardsOptions} for samples by index: their order is a matter of `shuffle()`. */
export interface IndexedShardsOptions extends Omit<ReadShardsOptions, "shuffle" | "interleave"> {
  readonly indexed: true;
}

/** An item of `readShards`: the fields `T` that the caller expects, and where they come from. */
export type ShardItem<T> = T & {
  /** Name of the sample in its shard. */
  readonly __key__: string;
  /** Path of the shard, or its URL without user, password and query. */
  readonly __url__: string;
};

/**
 * The samples of WebDataset shards: tar or tar.gz, on disk or on servers, streamed one after another. `shards` is a pattern
 * (`data-{000000..000127}.tar`, `{train,val}-{0..9}.tar`) or a list of them.
 *
 * Files that follow each other and share their name up to the first dot of its last part are one sample; what follows that dot is the field.
 * Files without a dot, hidden ones and `__meta__` belong to none. By their extensions `.json` is parsed, `.txt`, `.text` and `.transcript` become
 * texts, `.cls`, `.cls2`, `.class`, `.count`, `.index`, `.inx` and `.id` numbers, and images that can be decoded from memory (`.nii.gz`, `.nrrd`,
 * `.mha`, `.mgz`, `.dcm`, `.npy`, `.png`, …) volumes; all else stays bytes. The types of the fields are the caller's to state.
 *
 * Item ids are the shard's name and the sample's key. Ranks and workers share the shards, every `worldSize`-th to each: disjoint and covering, in
 * every epoch. Ranks may have a shard more or less than others, and shards differ in length: `take` the same number in each if they must agree.
 *
 * A run continues after any sample with the shards that were open then, which are read from their beginnings; those that were done are not
 * read again. With `indexed: true` it is an indexed dataset: `at(i)` reads one stretch of one shard and checks its SHA-256.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, also for fewer shards than ranks and workers
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE` (damaged, a field twice, not what its ending says), `VOXRX_UNSAFE_ENTRY`, `VOXRX_ARCHIVE_LIMIT`
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
  const maxSampleBytes = parseBytes(checked.maxSampleBytes, "maxSampleBytes", "readShards");
  const all = namedShards(checked.shards.flatMap(expandBraces));
  const { decode = true } = options;
  const settings = { ...checked, maxSampleBytes, all, decode };
  checkSplit(settings);
  if (checked.indexed) return indexedDataset(settings);
  const samples = new Dataset(new ShardStage(settings));
  const { buffer } = checked.shuffle ?? {};
  return (buffer === undefined ? samples : samples.pipe(shuffle({ buffer }))).pipe(decoder(settings));
}

const decoderSchema = z.custom<unknown>(
  (each) => each === false || typeof each === "function",
  "expected a function, or false",
);
const sourceSchema = z.string().min(1);
const namesSchema = z.enum(["extension", "field"]);
const dtypeSchema = z.enum(["auto", ...dtypes]);
const schema = z
  .strictObject({
    shards: z.union([sourceSchema.transform((one) => [one]), z.array(sourceSchema).min(1)]),
    decode: z.union([z.boolean(), z.record(z.string().min(1), decoderSchema)]).optional(),
    names: namesSchema.default("extension"),
    dtype: dtypeSchema.default("auto"),
    shuffle: z.strictObject({ shards: z.boolean().default(true), buffer: countSchema.optional() }).optional(),
    rank: z.int().min(0).default(0),
    worldSize: countSchema.default(1),
    worker: z.int().min(0).default(0),
    workers: countSchema.default(1),
    allowEmpty: z.boolean().default(false),
    interleave: countSchema.default(1),
    concurrency: countSchema.default(1),
    maxSampleBytes: z.union([z.number(), z.string()]).default("2GiB"),
    headers: headersSchema.optional(),
    seed: z.union([z.number(), z.string()]).default(0),
    indexed: z.boolean().default(false),
  })
  .refine(({ rank, worldSize }) => rank < worldSize, { path: ["rank"], message: "must be below worldSize" })
  .refine(({ worker, workers }) => worker < workers, { path: ["worker"], message: "must be below workers" })
  .refine(({ indexed, shuffle: order }) => !indexed || order === undefined, {
    path: ["shuffle"],
    message: "samples by index are shuffled by shuffle() after them",
  });

type Settings = Omit<z.output<typeof schema>, "maxSampleBytes" | "decode"> & {
  readonly all: readonly Shard[];
  readonly maxSampleBytes: number;
  readonly decode: NonNullable<ReadShardsOptions["decode"]>;
};

function checkSplit({ all, worldSize, workers, allowEmpty }: Settings): void {
  if (allowEmpty || all.length >= worldSize * workers) return;
  throw new OptionError(
    "VOXRX_BAD_OPTION",
    `${all.length} shards are too few for ${worldSize} ranks of ${workers} workers`,
    {
      operator: "readShards",
      remedy:
        "Write more and smaller shards, or set allowEmpty and see to it that nobody waits for a rank without items.",
    },
  );
}

/** The shards of this rank and worker, of all in the order given. */
function ownShards(order: readonly Shard[], { rank, worldSize, worker, workers }: Settings): Shard[] {
  return order.filter((_, n) => n % worldSize === rank).filter((_, n) => n % workers === worker);
}

/** Streams shards. A stage of its own, for the seed of a run decides about the order of the shards. */
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
    const { all, shuffle: order, headers, interleave, maxSampleBytes } = this.#settings;
    const random = new Random(run.seed ?? this.seed, run.epoch, "shards");
    const shards = ownShards(order?.shards ? random.shuffle(all) : all, this.#settings);
    const samples = ({ signal }: SourceContext) =>
      samplesOf(shards, interleave, { signal, headers, maxSampleBytes }, place);
    const cursor = new StreamStage<PlacedSample>(samples, { key: ({ sample }) => sample.id }).start(run);
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

/** The entry of a sample. Its position names the shards that are open: those that are done are not read again. */
function sampleEntry({ key, index, value: { sample, next } }: Entry<PlacedSample>, given: number): Entry<RawSample> {
  const { count, opened, waiting, turn } = next;
  return { key, index: given + index, value: sample, next: [count, opened, waiting, turn] };
}

const wholeNumber = z.int().min(0);
const positionSchema = z.tuple([wholeNumber, z.array(z.tuple([wholeNumber, wholeNumber])), wholeNumber, wholeNumber]);

/** The place that a position says. @throws PipelineError `VOXRX_BAD_POSITION` */
function placeIn(position: Position): SamplesPlace {
  const read = positionSchema.safeParse(position);
  if (!read.success) throw badPosition(position, "readShards");
  const [count, opened, waiting, turn] = read.data;
  return { count, opened, waiting, turn };
}

function indexedDataset(settings: Settings): IndexedDataset<Record<string, unknown>> {
  const { all, headers, maxSampleBytes, seed, concurrency } = settings;
  const shards = ownShards(all, settings);
  const places = Dataset.lazy<SamplePlace>(({ signal }) => placesOf(shards, { signal, headers, maxSampleBytes }), {
    name: "readShards",
    seed,
    key: ({ id }) => id,
  });
  return places.pipe(readSample({ shards, headers, maxSampleBytes, concurrency }), decoder(settings));
}

interface ReadSampleOptions extends Omit<ShardReading, "signal"> {
  readonly shards: readonly Shard[];
  readonly concurrency: number;
}

/** Reads the sample at a place. What it is follows from the checksums in its place, and from the names of the shards. */
const readSample = itemOperator<ReadSampleOptions>()({
  name: "readSample",
  version: 1,
  options: {
    shards: z.custom<readonly Shard[]>(),
    headers: headersSchema.optional(),
    maxSampleBytes: z.number(),
    concurrency: countSchema,
  },
  identity: ({ shards }) => ({ shards: shards.map(({ name }) => name) }),
  concurrency: ({ concurrency }) => concurrency,
  apply: (place: SamplePlace, { shards, headers, maxSampleBytes }, { signal }) =>
    readPlace(place, shards, { signal, headers, maxSampleBytes }),
});

function decoder({ decode, names, dtype, concurrency }: Settings): IndexedOperator<RawSample, Record<string, unknown>> {
  const own = typeof decode === "object" ? lowerCased(decode) : {};
  const isOwn = Object.values(own).some((each) => each !== false);
  const decodeSamples = itemOperator<SampleDecoding & { readonly concurrency: number }>()({
    name: "decodeSample",
    version: 1,
    kind: isOwn ? "opaque" : "deterministic",
    options: {
      known: z.boolean(),
      own: z.custom<SampleDecoding["own"]>(),
      names: namesSchema,
      dtype: dtypeSchema,
      concurrency: countSchema,
    },
    identity: ({ known, own: given }) => ({ known, names, dtype, bytes: Object.keys(given) }),
    surroundings: formatsIdentity,
    concurrency: (options) => options.concurrency,
    apply: (sample: RawSample, decoding, { signal }) => decodeSample(sample, decoding, signal),
  });
  return decodeSamples({ known: decode !== false, own, names, dtype, concurrency });
}

function lowerCased(decoders: Readonly<Record<string, ShardDecoder | false>>): Record<string, ShardDecoder | false> {
  return Object.fromEntries(
    Object.entries(decoders).map(([ending, each]) => [ending.replace(/^\./, "").toLowerCase(), each]),
  );
}
