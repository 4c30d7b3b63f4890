/** Siemens mosaics: all slices of a volume as tiles of one image, described by a private header ("CSA", version 2). */
import { unsupportedEncoding } from "../format-faults.ts";
import type { DicomDataset } from "./element-values.ts";

/** The layout of a mosaic. */
export interface Mosaic {
  /** Number of tiles in each row, and in each column. */
  readonly across: number;
  /** Number of tiles that are slices; the rest of the image is black. */
  readonly tiles: number;
  /** Direction from one slice to the next; undefined if not in the header. */
  readonly normal: readonly [number, number, number] | undefined;
}

const maxEntries = 4096;

/** @throws FormatError `VOXRX_UNSUPPORTED_ENCODING` for a mosaic whose tiles can't be determined */
export function mosaicOf(dataset: DicomDataset, columns: number, rows: number, path: string): Mosaic | undefined {
  if (!dataset.text("ImageType")?.split("\\").includes("MOSAIC")) return undefined;
  const header = csaStrings(dataset.bytes("SiemensImageHeader") ?? new Uint8Array(0));
  const tiles = dataset.short("SiemensMosaicImages") ?? Number(header.get("NumberOfImagesInMosaic")?.[0] ?? 0);
  const across = Math.ceil(Math.sqrt(tiles));
  if (!(tiles > 0) || columns % across !== 0 || rows % across !== 0) {
    const fault = `a mosaic of ${columns} x ${rows} pixels cannot contain ${tiles} slices`;
    throw unsupportedEncoding(fault, path, "Convert the series with dcm2niix.");
  }
  const [x = Number.NaN, y = Number.NaN, z = Number.NaN] = (header.get("SliceNormalVector") ?? []).map(Number);
  const isDirection = Math.abs(Math.hypot(x, y, z) - 1) < 1e-3;
  return { across, tiles, normal: isDirection ? [x, y, z] : undefined };
}

/**
 * The values of a CSA header of version 2 by name, as strings. Layout: `SV10`, four bytes and a count, then entries
 * with a name (64 bytes), a multiplicity, a type, and items that each have a length and are padded to 4 bytes (as in
 * nibabel's `csareader`).
 */
function csaStrings(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (from: number, length: number) => {
    const latin = Buffer.from(bytes.subarray(from, from + length)).toString("latin1");
    return latin.split("\0", 1)[0]?.trim() ?? "";
  };
  if (text(0, 4) !== "SV10" || bytes.length < 16) return found;
  const entries = Math.min(view.getUint32(8, true), maxEntries);
  let at = 16;
  for (let entry = 0; entry < entries && at + 84 <= bytes.length; entry++) {
    const name = text(at, 64);
    const items = Math.min(view.getUint32(at + 76, true), maxEntries);
    at += 84;
    const values: string[] = [];
    for (let item = 0; item < items && at + 16 <= bytes.length; item++) {
      const length = view.getUint32(at + 4, true);
      at += 16;
      if (length > 0 && at + length <= bytes.length) values.push(text(at, length));
      at += Math.ceil(length / 4) * 4;
    }
    found.set(name, values);
  }
  return found;
}
