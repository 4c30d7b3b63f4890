/** The fields of an item, and the volumes in them. */
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import { Volume } from "../volume/volume.ts";

/** Which fields of an item a transform works on. */
export interface FieldOptions {
  /** Names of the fields that hold volumes. Undefined for a dataset of bare volumes. */
  readonly keys?: string | readonly string[] | undefined;
  /** Whether items without one of the fields pass unchanged in it. Default false: they are an error. */
  readonly allowMissingKeys?: boolean | undefined;
}

/** The fields named by `keys`, as a list. */
export function keysOf(fields: FieldOptions): readonly string[] | undefined {
  const { keys } = fields;
  if (keys === undefined) return undefined;
  return typeof keys === "string" ? [keys] : keys;
}

/** A field of an item, whatever it holds. @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for an item that is not a record */
export function fieldOf(item: unknown, key: string): unknown {
  const value = fieldIfThere(item, key);
  if (value !== undefined) return value;
  const names = Object.keys(Object(item)).join(", ");
  throw new PipelineError("VOXRX_MISSING_KEY", `the item has no field "${key}" but ${names}`, {
    remedy: "Name one of its fields, or set allowMissingKeys.",
  });
}

/** A field of an item; undefined if it has none of that name. @throws PipelineError `VOXRX_WRONG_FIELD` for an item that is not a record */
function fieldIfThere(item: unknown, key: string): unknown {
  if (isRecord(item)) return Object.hasOwn(item, key) ? Reflect.get(item, key) : undefined;
  throw new PipelineError("VOXRX_WRONG_FIELD", `the item is ${kindOf(item)}, which has no field "${key}"`, {
    remedy:
      item instanceof Volume ? "Leave out keys: these are bare volumes." : "Make records of the items with map().",
  });
}

function isRecord(item: unknown): item is object {
  return typeof item === "object" && item !== null && !(item instanceof Volume) && !Array.isArray(item);
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

/**
 * An item with work done on the volumes of its fields, or on itself. `places` are the positions of the volumes' keys, which differ
 * from those of the volumes where a field is missing.
 */
export function onVolumes(
  item: unknown,
  fields: FieldOptions,
  work: (volumes: readonly Volume[], places: readonly number[]) => MaybePromise<readonly Volume[]>,
): MaybePromise<unknown> {
  const keys = keysOf(fields);
  if (!keys) return whenReady(work([volumeOf(item)], [0]), (results) => checkedResults(results, 1)[0]);
  const present = [...keys.entries()].filter(([, key]) => !fields.allowMissingKeys || hasField(item, key));
  if (present.length === 0) return item;
  const volumes = present.map(([, key]) => volumeOf(item, key));
  const places = present.map(([place]) => place);
  return whenReady(work(volumes, places), (given) => {
    const results = checkedResults(given, volumes.length);
    const changed = Object.fromEntries(present.map(([, key], n) => [key, results[n]]));
    return Object.assign({}, item, changed);
  });
}

/**
 * The keys that an item has; all of them unless some may be missing.
 *
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_WRONG_FIELD` for an item that is not a record
 */
export function presentKeys(item: unknown, fields: FieldOptions): readonly string[] {
  const get = fields.allowMissingKeys ? fieldIfThere : fieldOf;
  return (keysOf(fields) ?? []).filter((key) => get(item, key) !== undefined);
}

/** An item with work done on what its fields hold, one after the other, or on itself. `field` is the position of the key. */
export function onFields(
  item: unknown,
  fields: FieldOptions,
  work: (value: unknown, key: string | undefined, field: number) => MaybePromise<unknown>,
): MaybePromise<unknown> {
  const keys = keysOf(fields);
  if (!keys) return work(item, undefined, 0);
  const values = presentKeys(item, fields).map((key) => [key, fieldOf(item, key)] as const);
  const done: [string, unknown][] = [];
  const next = (): MaybePromise<unknown> => {
    const value = values[done.length];
    if (!value) return Object.assign({}, item, Object.fromEntries(done));
    const [key] = value;
    return whenReady(work(value[1], key, keys.indexOf(key)), (result) => {
      done.push([key, result]);
      return next();
    });
  };
  return next();
}

/** What an operator gave, which must be as many volumes as it took: the compiler sees a user's operator only if it is compiled. */
function checkedResults(results: readonly unknown[], count: number): readonly unknown[] {
  const odd = results.find((result) => !(result instanceof Volume));
  if (results.length === count && results.every((result) => result instanceof Volume)) return results;
  const fault =
    results.length === count
      ? `it gave ${kindOf(odd)}, not a volume`
      : `it gave ${results.length} volumes for ${count}`;
  throw new PipelineError("VOXRX_WRONG_FIELD", fault, {
    remedy: "Return a Volume for each volume: withSamples or mapSamples make one.",
  });
}

/** Whether an item is a record that holds something in a field. */
export function hasField(item: unknown, key: string): boolean {
  return isRecord(item) && fieldIfThere(item, key) !== undefined;
}

/** Work done on volumes one after the other; no promise unless one of them needs it. */
export function eachOf(
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
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 60))}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  return `an instance of ${value.constructor?.name ?? "a class"}`;
}
