/** Transforms of volumes, bare or as fields of a record: one declaration serves both. */
import { PipelineError } from "../errors.ts";
import type { Random } from "../random/random.ts";
import { Volume } from "../volume/volume.ts";
import type { IndexedOperator } from "./dataset.ts";
import { type MaybePromise, whenReady } from "./maybe.ts";
import { transformOperator } from "./operator.ts";
import type { ItemContext } from "./transform.ts";

/** Which fields of an item a transform works on. */
export interface FieldOptions<K extends string> {
  /** Names of the fields that hold volumes. Leave out for a dataset of bare volumes. */
  readonly keys?: K | readonly K[];
  /** Whether items without one of the fields pass unchanged in it. Default false: they are an error. */
  readonly allowMissingKeys?: boolean;
}

/** Items that a transform of fields `K` takes: records with volumes in those fields; bare volumes if no field was named. */
export type ItemOf<K extends string> = [K] extends [never] ? Volume : Readonly<Record<K, Volume>>;

/**
 * A transform of the fields `K`, each a volume, or of bare volumes. `T` is the whole item, which keeps its other fields: the
 * compiler takes it from the dataset that the operator is piped into.
 */
export type VolumeOrFields<K extends string = never, T extends ItemOf<K> = ItemOf<K>> = IndexedOperator<T, T>;

/** What {@link volumeTransform} is told. Give `each` or, where fields depend on each other, `all`. */
export interface VolumeTransform<K extends string> {
  readonly name: string;
  /** Bumped whenever the numbers change. */
  readonly version: number;
  /** The options in effect, defaults filled in, keys included: plain data, the transform's identity. */
  readonly options: object;
  readonly fields: FieldOptions<K>;
  /**
   * Whether the result follows from the volumes' grids alone, by views, `resample`, `resized` without area, and padding with zeros or edges, so
   * that `lazy` can do several as one. Default false.
   */
  readonly geometric?: boolean;
  /** One volume to one volume; `field` is the position of its key (0 for a bare volume). */
  readonly each?: (volume: Volume, field: number, context: ItemContext) => MaybePromise<Volume>;
  /**
   * All fields' volumes, in the order of the keys, to as many. `item` is the whole item, to look at; `places` are the positions of their keys,
   * which differ from those of the volumes where a field is missing.
   */
  readonly all?: (
    volumes: readonly Volume[],
    context: ItemContext,
    item: unknown,
    places: readonly number[],
  ) => MaybePromise<readonly Volume[]>;
}

/** Makes a deterministic transform of bare volumes or of fields. */
export function volumeTransform<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  declaration: VolumeTransform<K>,
): VolumeOrFields<K, T> {
  const { name, version, options, fields, geometric, each, all } = declaration;
  return transformOperator<unknown, unknown, VolumeOrFields<K, T>>({
    name,
    version,
    options,
    geometric,
    apply: (item, context) =>
      onVolumes(item, fields, (volumes, places) =>
        all
          ? all(volumes, context, item, places)
          : eachOf(volumes, (volume, n) => each?.(volume, places[n] ?? n, context) ?? volume),
      ),
  });
}

/** What {@link randomVolumeTransform} is told. */
export interface RandomVolumeTransform<K extends string, P> {
  readonly name: string;
  readonly version: number;
  readonly options: object;
  readonly fields: FieldOptions<K>;
  /** As in {@link VolumeTransform}; what is drawn may depend on grids too, not on samples. Default false. */
  readonly geometric?: boolean;
  /** Probability that an item is transformed at all; drawn first. */
  readonly prob: number;
  /** Draws the parameters: plain data, shared by all fields of an item, noted on it. Must not change anything. */
  readonly draw: (random: Random, volumes: readonly Volume[], item: unknown) => P;
  /** The deterministic twin: applies what was drawn to one volume. */
  readonly apply: (volume: Volume, params: P, field: number, context: ItemContext) => MaybePromise<Volume>;
  /** What happens to an item that is not chosen. Default: nothing. */
  readonly otherwise?: (volume: Volume, field: number) => MaybePromise<Volume>;
}

/** Makes a random transform: it draws once per item, then hands to its deterministic twin. */
export function randomVolumeTransform<P, K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  declaration: RandomVolumeTransform<K, P>,
): VolumeOrFields<K, T> {
  const { name, version, options, fields, geometric, prob, draw, apply, otherwise } = declaration;
  return transformOperator<unknown, unknown, VolumeOrFields<K, T>>({
    name,
    version,
    options,
    kind: "random",
    geometric,
    apply: (item, context) =>
      onVolumes(item, fields, (volumes, places) => {
        const random = context.random();
        if (!random.chance(prob))
          return otherwise ? eachOf(volumes, (volume, n) => otherwise(volume, places[n] ?? n)) : volumes;
        const params = draw(random, volumes, item);
        context.drew(params);
        return eachOf(volumes, (volume, n) => apply(volume, params, places[n] ?? n, context));
      }),
  });
}

/** The fields named by `keys`, as a list. */
export function keysOf<K extends string>(fields: FieldOptions<K>): readonly K[] | undefined {
  const { keys } = fields;
  if (keys === undefined) return undefined;
  return typeof keys === "string" ? [keys] : keys;
}

/** A field of an item, whatever it holds. @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for what is no record */
export function fieldOf(item: unknown, key: string): unknown {
  if (typeof item !== "object" || item === null || item instanceof Volume || Array.isArray(item)) {
    throw new PipelineError("VOXRX_WRONG_FIELD", `the item is ${kindOf(item)}, which has no field "${key}"`, {
      remedy:
        item instanceof Volume ? "Leave out keys: these are bare volumes." : "Make records of the items with map().",
    });
  }
  const value: unknown = Object.hasOwn(item, key) ? Reflect.get(item, key) : undefined;
  if (value !== undefined) return value;
  throw new PipelineError("VOXRX_MISSING_KEY", `the item has no field "${key}" but ${Object.keys(item).join(", ")}`, {
    remedy: "Name one of its fields, or set allowMissingKeys.",
  });
}

/** A field that must hold a volume. @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` */
export function volumeOf(item: unknown, key?: string): Volume {
  const value = key === undefined ? item : fieldOf(item, key);
  if (value instanceof Volume) return value;
  const where = key === undefined ? "the item" : `field "${key}"`;
  throw new PipelineError("VOXRX_WRONG_FIELD", `${where} is ${kindOf(value)}, not a volume`, {
    remedy:
      typeof value === "string"
        ? `Load it first: load(${key === undefined ? "" : `["${key}"]`}).`
        : "Name the fields that hold volumes with keys.",
  });
}

function onVolumes<K extends string>(
  item: unknown,
  fields: FieldOptions<K>,
  work: (volumes: readonly Volume[], places: readonly number[]) => MaybePromise<readonly Volume[]>,
): MaybePromise<unknown> {
  const keys = keysOf(fields);
  if (!keys) return whenReady(work([volumeOf(item)], [0]), ([volume]) => volume);
  const isThere = (key: K) => typeof item === "object" && item !== null && Reflect.get(item, key) !== undefined;
  const present = [...keys.entries()].filter(([, key]) => !fields.allowMissingKeys || isThere(key));
  if (present.length === 0) return item;
  const volumes = present.map(([, key]) => volumeOf(item, key));
  const places = present.map(([place]) => place);
  return whenReady(work(volumes, places), (results) => {
    const changed = Object.fromEntries(present.map(([, key], n) => [key, results[n]]));
    return Object.assign({}, item, changed);
  });
}

function eachOf(
  volumes: readonly Volume[],
  work: (volume: Volume, field: number) => MaybePromise<Volume>,
): MaybePromise<readonly Volume[]> {
  const done: Volume[] = [];
  const next = (): MaybePromise<readonly Volume[]> => {
    const volume = volumes[done.length];
    if (!volume) return done;
    return whenReady(work(volume, done.length), (result) => {
      done.push(result);
      return next();
    });
  };
  return next();
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the text ${JSON.stringify(value.slice(0, 60))}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  return `an instance of ${value.constructor?.name ?? "a class"}`;
}
