import { stat } from "node:fs/promises";
import * as v from "valibot";
import { readZipMembers } from "../src/archive/zip-members.ts";
import { type Bytes, parseBytes } from "../src/bytes.ts";
import { Dataset, type IndexedDataset } from "../src/dataset.ts";
import { fileFault } from "../src/files/image-file.ts";
import { badHeader } from "../src/format/format-faults.ts";
import { decodeNpy, type NpyArray } from "../src/format/npy/npy-array.ts";
import { volumeOfArray } from "../src/format/npy/npy-format.ts";
import { checkUnique } from "../src/format/npy/npz-format.ts";
import { checkOptions, nonEmptySchema, numberSchema, recordSchema } from "../src/options.ts";
import { allocate, type Dtype, dtypeOf, type TypedArray } from "../src/samples.ts";
import type { Volume } from "../src/volume/volume.ts";

/** Options of {@link npz}. */
export interface NpzOptions<N extends string, V extends string> {
  /** Arrays to use: their names, or a record from names in the file to names of fields. Default: all. */
  readonly keys?: readonly N[] | Readonly<Record<string, N>>;
  /** Fields with images: `[n, x, y]`, `[n, x, y, z]` or `[n, c, x, y, z]` become volumes. Default: none. */
  readonly volumes?: readonly V[];
  /** Maximum size of the arrays together, in bytes. Default `"4GiB"`. */
  readonly maxBytes?: Bytes;
}

/** One row of an array with several axes. */
export interface NpzRow {
  /** Row-major: the last axis is the fastest. */
  readonly data: TypedArray;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** The i-th row of every array; for an array with one axis, a number. */
export type NpzItem<N extends string, V extends string> = {
  readonly [K in N | V]: K extends V ? Volume : number | NpzRow;
};

/**
 * The rows of the arrays in a NumPy `.npz` file, whose first axes must have the same length (MONAI:
 * `NPZDictItemDataset`). Item i is a record with the i-th row of each array. An indexed dataset; the first run reads
 * the whole file. Python objects are errors: nothing is executed.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws in the run: FormatError `VOXRX_FILE_MISSING`, `VOXRX_BAD_HEADER` (missing arrays, two of one name, different
 * lengths),
 * `VOXRX_UNSUPPORTED_DTYPE`, `VOXRX_TRUNCATED_FILE`; ArchiveError `VOXRX_BAD_ARCHIVE`, `VOXRX_ARCHIVE_LIMIT`
 * @example
 * ```ts
 * import { npz } from "voxrx/datasets";
 * const slices = npz("breastmnist.npz", {
 *   keys: { train_images: "image", train_labels: "label" },
 *   volumes: ["image"],
 * });
 * for await (const { image, label } of slices) console.log(image.shape, label);
 * ```
 */
export function npz<const N extends string = never, const V extends string = never>(
  path: string,
  options?: NpzOptions<N, V>,
): IndexedDataset<NpzItem<N, V>>;
export function npz(path: string, options: object = {}): IndexedDataset<Readonly<Record<string, unknown>>> {
  const { keys, volumes, maxBytes } = checkOptions("npz", schema, options);
  const most = parseBytes(maxBytes, "maxBytes", "npz");
  const list = async ({ signal }: { readonly signal: AbortSignal }) => {
    await stat(path).catch((cause) => {
      throw fileFault(cause, path);
    });
    const names = keys && new Map(Array.isArray(keys) ? keys.map((key) => [key, key]) : Object.entries(keys));
    const wanted = (file: string) => file.endsWith(".npy") && (names?.has(file.slice(0, -4)) ?? true);
    const select = (files: readonly string[]) => {
      const selected = files.filter(wanted);
      const found = selected.map((file) => file.slice(0, -4));
      checkUnique(found, found, path);
      return selected;
    };
    const members = await readZipMembers(path, select, most, signal);
    const absent = [...(names?.keys() ?? [])].find((name) => !members.has(`${name}.npy`));
    if (absent !== undefined)
      throw badHeader(`the file has no array "${absent}"`, path, "Name arrays that are in the file.");
    const arrays: [string, NpyArray][] = [];
    for (const [file, bytes] of members) {
      const name = file.slice(0, -4);
      arrays.push([names?.get(name) ?? name, await decodeNpy(bytes, `${path}/${file}`, { signal })]);
      // The array is decoded, so its bytes are not needed while the others are decoded.
      members.delete(file);
    }
    return rowsOf(arrays, new Set(volumes), path);
  };
  return Dataset.lazy(list, { name: "npz" });
}

const name = nonEmptySchema;
const schema = v.strictObject({
  keys: v.optional(
    v.pipe(
      v.union([v.pipe(v.array(name), v.minLength(1)), recordSchema(name, name)]),
      v.check((keys) => {
        const fields = Object.values(keys);
        return new Set(fields).size === fields.length;
      }, "two arrays have one field"),
    ),
  ),
  volumes: v.optional(v.array(name), []),
  maxBytes: v.optional(v.union([numberSchema, v.string()]), "4GiB"),
});

function rowsOf(
  arrays: readonly [string, NpyArray][],
  volumes: ReadonlySet<string>,
  path: string,
): Readonly<Record<string, unknown>>[] {
  const lengths = new Set(arrays.map(([, { shape }]) => shape[0] ?? -1));
  const [length = 0] = lengths;
  if (lengths.size > 1 || length < 0) {
    const sizes = arrays.map(([field, { shape }]) => `${field} [${shape}]`).join(", ");
    throw badHeader(
      `the arrays have different numbers of rows: ${sizes}`,
      path,
      "Select arrays of the same length with keys.",
    );
  }
  return Array.from({ length }, (_, row) =>
    Object.fromEntries(
      arrays.map(([field, array]) => {
        const part = rowOf(array, row, length);
        return [field, typeof part !== "number" && volumes.has(field) ? volumeOfArray(part, path) : asRow(part)];
      }),
    ),
  );
}

/** A row as a separate array; for an array with one axis, a number. */
function rowOf({ data, shape, fortranOrder, storedAs }: NpyArray, row: number, rows: number): NpyArray | number {
  const inner = shape.slice(1);
  if (inner.length === 0) return data[row] ?? Number.NaN;
  const count = inner.reduce((product, n) => product * n, 1);
  if (!fortranOrder) return { data: data.slice(row * count, (row + 1) * count), shape: inner, fortranOrder, storedAs };
  // The first axis is fastest: a row is every n-th number, for n rows. Its own first axis is fastest too.
  const own = allocate(dtypeOf(data), count);
  for (let n = 0; n < count; n++) own[n] = data[row + n * rows] ?? 0;
  return { data: own, shape: inner, fortranOrder, storedAs };
}

function asRow(part: NpyArray | number): NpzRow | number {
  if (typeof part === "number") return part;
  const { data, shape, fortranOrder } = part;
  if (!fortranOrder || shape.length < 2) return { data, shape, dtype: dtypeOf(data) };
  const rowMajor = allocate(dtypeOf(data), data.length);
  for (let n = 0; n < data.length; n++) rowMajor[n] = data[fortranPlace(n, shape)] ?? 0;
  return { data: rowMajor, shape, dtype: dtypeOf(data) };
}

/** Position, with the first axis fastest, of the n-th number in row-major order. */
function fortranPlace(n: number, shape: readonly number[]): number {
  let [rest, place] = [n, 0];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1;
    const step = shape.slice(0, axis).reduce((product, one) => product * one, 1);
    place += (rest % size) * step;
    rest = Math.floor(rest / size);
  }
  return place;
}
