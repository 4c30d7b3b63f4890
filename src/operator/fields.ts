/** The fields of an item, and the volumes in them. */
import { type MaybePromise, whenReady } from "../async/maybe-promise.ts";
import { PipelineError } from "../errors.ts";
import { fieldIn, hasField, isPlainRecord, isRecord, withFields } from "../item/record.ts";
import { isTensor } from "../volume/tensor.ts";
import { Volume } from "../volume/volume.ts";

/** Which fields of an item a transform works on. */
export interface FieldOptions {
  /** Names of the fields that hold volumes. Undefined for a dataset of bare volumes. */
  readonly keys?: string | readonly string[] | undefined;
  /** Whether an item without one of the fields passes with that field left out. Default false: it is an error. */
  readonly allowMissingKeys?: boolean | undefined;
}

/** The fields named by `keys`, as a list. */
export function keysOf(fields: FieldOptions): readonly string[] | undefined {
  const { keys } = fields;
  if (keys === undefined) return undefined;
  return typeof keys === "string" ? [keys] : keys;
}

/**
 * The value of a field, of any type.
 *
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for an item that is not a record
 */
export function fieldOf(item: unknown, key: string): unknown {
  const value = fieldIfThere(item, key);
  if (value !== undefined) return value;
  const names = Object.keys(Object(item)).join(", ");
  throw new PipelineError("VOXRX_MISSING_KEY", `the item has no field "${key}"; it has ${names || "no fields"}`, {
    remedy: "Name one of its fields; where the operator has it, allowMissingKeys passes items without the field.",
  });
}

/**
 * The value of a field; undefined if there is no field of that name.
 *
 * @throws PipelineError `VOXRX_WRONG_FIELD` for an item that is not a record
 */
function fieldIfThere(item: unknown, key: string): unknown {
  if (isRecord(item)) return fieldIn(item, key);
  throw new PipelineError("VOXRX_WRONG_FIELD", `the item is ${kindOf(item)}, which has no field "${key}"`, {
    remedy:
      item instanceof Volume ? "Leave out keys: these are bare volumes." : "Turn the items into records with map().",
  });
}

/**
 * The volume in a field, or the item itself without a key.
 *
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 */
export function volumeOf(item: unknown, key?: string): Volume {
  const value = key === undefined ? item : fieldOf(item, key);
  if (value instanceof Volume) return value;
  const where = key === undefined ? "the item" : `field "${key}"`;
  throw new PipelineError("VOXRX_WRONG_FIELD", `${where} is ${kindOf(value)}, not a volume`, {
    remedy: remedyFor(value, key),
  });
}

function remedyFor(value: unknown, key: string | undefined): string {
  if (typeof value === "string") return `Load it first: load(${key === undefined ? "" : `["${key}"]`}).`;
  if (isTensor(value)) return "Put the operator before batch, or unbatch() before the operator.";
  return "Name the fields that hold volumes with keys.";
}

/**
 * An item with work done on the volumes of its fields, or on itself. `places` are the positions of the volumes' keys,
 * which differ from the positions of the volumes if a field is missing.
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
    return withFields(
      item,
      present.map(([, key], n) => [key, results[n]] as const),
    );
  });
}

/**
 * The keys of the fields that an item has; all keys unless some may be missing.
 *
 * @throws PipelineError `VOXRX_MISSING_KEY`; `VOXRX_WRONG_FIELD` for an item that is not a record
 */
export function presentKeys(item: unknown, fields: FieldOptions): readonly string[] {
  const get = fields.allowMissingKeys ? fieldIfThere : fieldOf;
  return (keysOf(fields) ?? []).filter((key) => get(item, key) !== undefined);
}

/**
 * An item with work done on the values of its fields, one after the other, or on itself. `field` is the position of the
 * key.
 */
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
    if (!value) return withFields(item, done);
    const [key] = value;
    return whenReady(work(value[1], key, keys.indexOf(key)), (result) => {
      done.push([key, result]);
      return next();
    });
  };
  return next();
}

/**
 * Checks that an operator returned as many volumes as it received: a user's operator may be plain JavaScript, which no
 * compiler checked.
 */
function checkedResults(results: readonly unknown[], count: number): readonly unknown[] {
  const notVolume = results.find((result) => !(result instanceof Volume));
  if (results.length === count && results.every((result) => result instanceof Volume)) return results;
  const fault =
    results.length === count
      ? `the operator must return a volume, got ${kindOf(notVolume)}`
      : `the operator must return ${count} volumes, got ${results.length}`;
  throw new PipelineError("VOXRX_WRONG_FIELD", fault, {
    remedy: "Return a Volume for each volume: withSamples or mapSamples make one.",
  });
}

/** Does work on volumes one after the other; returns a promise only if the work is asynchronous. */
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

/** A value that is of the wrong kind, as messages name it. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 60))}`;
  if (typeof value !== "object") return `a ${typeof value}`;
  if (isTensor(value)) return "the tensor of a batch";
  if (isPlainRecord(value)) return `a record with ${Object.keys(value).join(", ") || "no fields"}`;
  // Not value.constructor, which may be a field of a record.
  const { constructor: made } = Object(Object.getPrototypeOf(value));
  return `an instance of ${typeof made === "function" && made.name ? made.name : "a class"}`;
}
