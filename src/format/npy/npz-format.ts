/** One array of a NumPy `.npz` archive as an image. */
import { readZipMembers } from "../../archive/zip-members.ts";
import { FormatError } from "../../errors.ts";
import { type ByteReader, readerOver } from "../../files/byte-reader.ts";
import { bytesInMemory } from "../../files/byte-source.ts";
import type { Format, ReadContext } from "../format.ts";
import { badHeader } from "../samples/stored-image.ts";
import { readNpy, readNpyHeader } from "./npy-array.ts";
import { headerOfArray, imageOptions, volumeOfArray } from "./npy-format.ts";

const zipMagic = Buffer.from("PK");
/** Bytes that an array may have once unpacked. */
const maxBytes = 4 * 2 ** 30;

/**
 * Archives of arrays: the only one in it as an image, as `.npy` files are; or, by the path `FILE.npz?array=NAME`, the one of that name. Rows of
 * arrays are the dataset `npz`.
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
  const names: string[] = [];
  await readZipMembers(file, (name) => names.push(name) < 0, 0, signal);
  const arrays = names.filter((name) => name.endsWith(".npy")).map((name) => name.slice(0, -".npy".length));
  const chosen = choose(arrays, array, path);
  const members = await readZipMembers(file, (name) => name === `${chosen}.npy`, maxBytes, signal);
  const reader = await readerOver(bytesInMemory(members.get(`${chosen}.npy`) ?? new Uint8Array(0), path), { signal });
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}

function choose(arrays: readonly string[], wanted: string | undefined, path: string): string {
  const [only] = arrays;
  if (only === undefined) throw badHeader("there is no array in the archive", path, "Save one with numpy.savez.");
  if (wanted !== undefined && arrays.includes(wanted)) return wanted;
  if (wanted === undefined && arrays.length === 1) return only;
  const fault = wanted === undefined ? `there are ${arrays.length} arrays` : `there is no array "${wanted}"`;
  throw new FormatError("VOXRX_BAD_HEADER", `${fault}: the archive holds ${arrays.slice(0, 20).join(", ")}`, {
    file: path,
    remedy: `Name one in the path, such as FILE.npz?array=${only}; or take rows of them with the dataset npz().`,
  });
}
