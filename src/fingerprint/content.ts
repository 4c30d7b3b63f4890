/** Digests of what may have no identity, to notice when it has changed. */

import { pathWithin } from "../item/walk-item.ts";
import { Volume } from "../volume/volume.ts";
import { NotCanonical } from "./canonical.ts";
import { digest, identityOf } from "./fingerprint.ts";

/**
 * A digest of a value, such as an item's record. Of what has no identity, the parts count: fields of an object and the text of its class,
 * elements of a list, map or set, the text of a function, bytes, and shape, affine, samples and meta of a volume. What
 * {@link hiddenIn} names doesn't.
 */
export function contentOf(value: unknown): string {
  return contentIn(value, new Map());
}

/** Each object is looked at once, however often and from wherever it is referred to. */
function contentIn(value: unknown, seen: Map<object, string>): string {
  const identity = identityIfAny(value);
  if (identity !== undefined) return identity;
  if (typeof value !== "object" || value === null) return digest(`${typeof value} ${String(value)}`);
  const known = seen.get(value);
  if (known !== undefined) return known;
  seen.set(value, "cycle");
  const parts = partsOf(value).map(([name, part]) => [name, contentIn(part, seen)]);
  const content = digest(JSON.stringify([classText(value), ...parts]));
  seen.set(value, content);
  return content;
}

function identityIfAny(value: unknown): string | undefined {
  try {
    return identityOf(value);
  } catch (error) {
    if (error instanceof NotCanonical) return undefined;
    throw error;
  }
}

type Parts = readonly (readonly [name: string, part: unknown])[];

/** Bytes, elements or fields of an object, and what it is made from. */
function partsOf(value: object): Parts {
  if (value instanceof Volume) {
    const { shape, dtype, affine, samples, meta } = value;
    return Object.entries({ shape, dtype, affine: [...affine], samples, meta });
  }
  return elementsOf(value) ?? fieldsOf(value);
}

/** What an object of a class of the system holds; undefined for others. */
function elementsOf(value: object): Parts | undefined {
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return [["bytes", new Uint8Array(value)]];
  for (const kind of listing)
    if (value instanceof kind) return [...Object.entries([...value]), ...Object.entries(value)];
  for (const kind of boxes) if (value instanceof kind) return [["value", value.valueOf()]];
  return undefined;
}

const listing = [Map, Set, URLSearchParams, Headers, FormData] as const;
const boxes = [Number, String, Boolean, BigInt, Symbol] as const;

/** All own fields, also those that are not listed (the message of an error) or are named by a symbol. */
function fieldsOf(value: object): Parts {
  if (Array.isArray(value)) return Object.entries(value);
  // Where an error was made says nothing of what it is.
  const names = Reflect.ownKeys(value).filter((name) => !(value instanceof Error && name === "stack"));
  return names.map((name) => [String(name), Reflect.get(value, name)]);
}

/** The classes of an object: their texts, and the name of one that is not written in JavaScript. */
function classText(value: object): string {
  const texts: string[] = [];
  for (let at: object | null = value; at; at = Object.getPrototypeOf(at)) {
    const { constructor: made } = at;
    if (typeof made !== "function") break;
    const text = isNative(made) ? made.name : String(made);
    if (texts.at(-1) !== text) texts.push(text);
    if (isNative(made)) break;
  }
  return texts.join("\n");
}

const isNative = (fn: object) => String(fn).endsWith("{ [native code] }");

/** A part of a record of which a change is not noticed. */
export interface HiddenPart {
  /** Where in the record it is. */
  readonly path: string;
  /** Name of its class. */
  readonly name: string;
}

/** The first part of a record that {@link contentOf} can't see: private fields, and what only the system can read. */
export function hiddenIn(value: unknown): HiddenPart | undefined {
  return isFlat(value) ? undefined : firstHidden(value, "", new Set());
}

/** Most records: a list has many, and each is looked at. */
function isFlat(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return (
    Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every((part) => typeof part !== "object")
  );
}

function firstHidden(value: unknown, path: string, seen: Set<object>): HiddenPart | undefined {
  if (typeof value !== "object" || value === null || seen.has(value) || isSeenWhole(value)) return undefined;
  seen.add(value);
  if (isHidden(value)) return { path, name: value.constructor.name };
  for (const [name, part] of partsOf(value)) {
    const hidden = firstHidden(part, pathWithin(path, Array.isArray(value) ? Number(name) : name), seen);
    if (hidden) return hidden;
  }
  return undefined;
}

function isSeenWhole(value: object): boolean {
  return ArrayBuffer.isView(value) || seenWhole.some((kind) => value instanceof kind);
}

const seenWhole = [Date, RegExp, URL, Volume] as const;

/** Whether an object has private fields by its class, or is of a class of the system that shows none of its content. */
function isHidden(value: object): boolean {
  if (elementsOf(value)) return false;
  if (value instanceof Blob) return true; // how its class hides the bytes differs between versions of Node
  for (let at: object | null = value; at; at = Object.getPrototypeOf(at)) {
    const { constructor: made } = at;
    if (typeof made !== "function" || plain.has(made)) return false;
    if (isNative(made) ? !(value instanceof Error) : /#[\w$]/.test(String(made))) return true;
  }
  return false;
}

const plain: ReadonlySet<object> = new Set([Object, Array]);
