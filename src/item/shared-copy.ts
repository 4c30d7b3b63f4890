/** What may lie in a store, and how it leaves one without a way back for changes. */

import type { StoredItem } from "../cache/store.ts";
import { PipelineError } from "../errors.ts";
import { Volume, type VolumeMeta } from "../volume/volume.ts";

/** How deep an item may be nested. Also ends the walk through an item that contains itself. */
export const maxDepth = 100;

/** Typed arrays that may be bare in a record, by name. */
export const plainArrays = {
  Uint8Array,
  Uint8ClampedArray,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
} as const;

/** A name of {@link plainArrays}. */
export type PlainArrayName = keyof typeof plainArrays;

/** The names of {@link plainArrays}, in a fixed order. */
export const arrayNames: readonly PlainArrayName[] = [
  "Uint8Array",
  "Uint8ClampedArray",
  "Int8Array",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];

/** An array that may be bare in a record. */
export type PlainArray = InstanceType<(typeof plainArrays)[PlainArrayName]>;

/** What an item is made of, told apart by `kind`. */
export type Part =
  | { readonly kind: "plain"; readonly value: string | number | bigint | boolean | null | undefined }
  | { readonly kind: "volume"; readonly value: Volume }
  | { readonly kind: "array"; readonly value: PlainArray; readonly name: PlainArrayName }
  | { readonly kind: "date"; readonly value: Date }
  | { readonly kind: "list"; readonly value: readonly unknown[] }
  | { readonly kind: "record"; readonly value: object };

/**
 * What a value is to a store.
 *
 * @throws PipelineError `VOXRX_UNCACHEABLE` naming `path` when it is something that has no stored form
 */
export function partOf(value: unknown, path: string, depth: number): Part {
  if (depth > maxDepth) throw uncacheable(path, `nested deeper than ${maxDepth} levels, or within itself`);
  switch (typeof value) {
    case "string":
    case "number":
    case "bigint":
    case "boolean":
    case "undefined":
      return { kind: "plain", value };
    case "object":
      return value === null ? { kind: "plain", value } : objectPart(value, path);
    default:
      throw uncacheable(path, `a ${typeof value}`);
  }
}

/** Path of a field or place within the value at `path`. */
export function inside(path: string, name: string | number): string {
  if (typeof name === "number") return `${path}[${name}]`;
  return path ? `${path}.${name}` : name;
}

/**
 * A value that its taker may change without changing `value`: fresh records and lists, copies of bare typed arrays, and volumes
 * that share their samples until one of them is written to. Copies no samples of volumes.
 *
 * @throws PipelineError `VOXRX_UNCACHEABLE` naming the place of what cannot be handed out so
 */
export function handOut(value: unknown): unknown {
  return rebuild(value, sharing, "", 0);
}

/** A whole entry, handed out as its value is. */
export function handOutItem({ value, files }: StoredItem): StoredItem {
  return { value: handOut(value), files: files.map((file) => ({ ...file })) };
}

/**
 * Like {@link handOut}, for a value that is to be kept for long: where its volumes look at much larger memory than they span (a
 * crop of a scan), their samples are copied, so that what is kept holds not much more memory than it counts.
 */
export function keepable(value: unknown): unknown {
  const shared = handOut(value);
  const { spanned, held } = memoryOf(shared);
  return held <= 1.25 * spanned + 65_536 ? shared : rebuild(shared, copying, "", 0);
}

/** Bytes of memory that an item keeps alive, with the whole of every buffer that it looks at (`held`), and those that its
 * samples span (`spanned`). */
export function memoryOf(value: unknown): { readonly spanned: number; readonly held: number } {
  const buffers = new Set<ArrayBufferLike>();
  let [spanned, held] = [0, 0];
  const count = (view: ArrayBufferView, bytes: number) => {
    spanned += bytes;
    held += buffers.has(view.buffer) ? 0 : view.buffer.byteLength;
    buffers.add(view.buffer);
  };
  const counting: Taker = {
    volume: (volume) => {
      count(volume.storage, volume.size * volume.storage.BYTES_PER_ELEMENT);
      return volume;
    },
    array: (array) => {
      count(array, array.byteLength);
      return array;
    },
  };
  rebuild(value, counting, "", 0);
  return { spanned, held };
}

/** What becomes of the parts of an item that hold memory, when it is built anew. */
interface Taker {
  volume(volume: Volume, path: string): Volume;
  array(array: PlainArray): PlainArray;
}

const sharing: Taker = { volume: shareVolume, array: (array) => array.slice() };
const copying: Taker = { volume: copyVolume, array: (array) => array };

function rebuild(value: unknown, take: Taker, path: string, depth: number): unknown {
  const part = partOf(value, path, depth);
  const within = (inner: unknown, name: string | number) => rebuild(inner, take, inside(path, name), depth + 1);
  switch (part.kind) {
    case "plain":
      return part.value;
    case "volume":
      return take.volume(part.value, path);
    case "array":
      return take.array(part.value);
    case "date":
      return new Date(part.value.getTime());
    case "list":
      return Array.from(part.value, within);
    case "record":
      return Object.fromEntries(Object.entries(part.value).map(([name, inner]) => [name, within(inner, name)]));
  }
}

/** Facts are frozen, but a typed array among them would not be: they are rebuilt as well. */
function shareVolume(volume: Volume, path: string): Volume {
  return volume.withMeta(metaOf(volume, path));
}

function copyVolume(volume: Volume, path: string): Volume {
  const plain = volume.toContiguous();
  const data = plain.storage === volume.storage ? plain.storage.slice() : plain.storage;
  return plain.withSamples({ data, layout: "x-fastest", meta: metaOf(volume, path) });
}

function metaOf(volume: Volume, path: string): VolumeMeta {
  const within = inside(path, "meta");
  const facts = Object.entries(volume.meta).map(([name, fact]) => {
    return [name, rebuild(fact, sharing, inside(within, name), 0)] as const;
  });
  return Object.fromEntries(facts);
}

function objectPart(value: object, path: string): Part {
  if (value instanceof Volume) return { kind: "volume", value };
  if (Array.isArray(value)) return { kind: "list", value };
  if (value instanceof Date) return { kind: "date", value };
  const name = arrayNameOf(value);
  if (name && isPlainArray(value)) return { kind: "array", value, name };
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return { kind: "record", value };
  throw uncacheable(path, `an instance of ${value.constructor?.name ?? "a class"}`);
}

function arrayNameOf(value: object): PlainArrayName | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  return arrayNames.find((name) => plainArrays[name].prototype === prototype);
}

function isPlainArray(value: object): value is PlainArray {
  return ArrayBuffer.isView(value) && arrayNameOf(value) !== undefined;
}

function uncacheable(path: string, what: string): PipelineError {
  return new PipelineError("VOXRX_UNCACHEABLE", `${path || "the item"} is ${what}, which a store cannot keep`, {
    remedy:
      "Keep volumes, typed arrays, numbers, texts, dates, records and lists in items; add the rest behind the cache.",
  });
}
