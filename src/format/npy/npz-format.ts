/** One array of a NumPy `.npz` archive as an image. */
import { readZipMembers } from "../../archive/zip-members.ts";
import { FormatError } from "../../errors.ts";
import { type ByteReader, readerOver } from "../../files/byte-reader.ts";
import { bytesInMemory } from "../../files/byte-source.ts";
import type { Format, ReadContext } from "../format.ts";
import { badHeader } from "../format-faults.ts";
import { closing } from "../with-reader.ts";
import { readNpy, readNpyHeader } from "./npy-array.ts";
import { headerOfArray, imageOptions, volumeOfArray } from "./npy-format.ts";

const zipMagic = Buffer.from("PK");
/** Maximum size of an unpacked array in bytes. */
const maxBytes = 4 * 2 ** 30;

/**
 * One array of an archive as an image, like a `.npy` file: the only array, or with the path `FILE.npz?array=NAME` the
 * one of that name. To use the rows of arrays as items, see the dataset `npz`.
 */
export const npzFormat: Format = {
  name: "npz",
  version: 1,
  extensions: [".npz"],
  sniff: (firstBytes, path) => zipMagic.equals(firstBytes.subarray(0, 2)) && path.toLowerCase().endsWith(".npz"),
  claims: async (path) => placeOf(path).array !== undefined,
  read: (path, context) =>
    withArray(path, context, async (reader) =>
      volumeOfArray(await readNpy(reader, imageOptions(path, context.dtype)), path),
    ),
  header: (path, context) =>
    withArray(path, context, async (reader) => headerOfArray(await readNpyHeader(reader), path)),
};

function placeOf(path: string): { readonly file: string; readonly array: string | undefined } {
  const [, file, array] = /^(.*\.npz)\?array=(.+)$/i.exec(path) ?? [];
  return { file: file ?? path, array };
}

async function withArray<T>(
  path: string,
  { signal, noteFile }: ReadContext,
  use: (reader: ByteReader) => Promise<T>,
): Promise<T> {
  const { file, array } = placeOf(path);
  if (array !== undefined) await noteFile(file);
  const select = (names: readonly string[]) => {
    const arrays = names.filter((name) => name.endsWith(".npy")).map((name) => name.slice(0, -".npy".length));
    const chosen = choose(arrays, array, path);
    checkUnique(arrays, [chosen], path);
    return [`${chosen}.npy`];
  };
  const [bytes = new Uint8Array(0)] = (await readZipMembers(file, select, maxBytes, signal)).values();
  return closing(await readerOver(bytesInMemory(bytes, path), signal), use);
}

function choose(arrays: readonly string[], wanted: string | undefined, path: string): string {
  const [only] = arrays;
  if (only === undefined) throw badHeader("the archive contains no array", path, "Save one with numpy.savez.");
  if (wanted !== undefined && arrays.includes(wanted)) return wanted;
  if (wanted === undefined && arrays.length === 1) return only;
  const fault = wanted === undefined ? `there are ${arrays.length} arrays` : `there is no array "${wanted}"`;
  throw new FormatError("VOXRX_BAD_HEADER", `${fault}: the archive contains ${arrays.slice(0, 20).join(", ")}`, {
    file: path,
    remedy: `Name one in the path, such as FILE.npz?array=${only}, or use the rows as items with the dataset npz().`,
  });
}

/** @throws FormatError `VOXRX_BAD_HEADER` if an archive has two arrays with one of the names */
export function checkUnique(arrays: readonly string[], names: readonly string[], path: string): void {
  const counts = new Map<string, number>();
  for (const array of arrays) counts.set(array, (counts.get(array) ?? 0) + 1);
  const twice = names.find((name) => (counts.get(name) ?? 0) > 1);
  if (twice === undefined) return;
  const fault = `the archive contains ${counts.get(twice)} arrays ${JSON.stringify(twice)}`;
  throw badHeader(fault, path, "Save the arrays again, each under its own name.");
}
