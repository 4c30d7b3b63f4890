/** Siemens mosaics: all slices of a volume as tiles of one image, described by a private header ("CSA", version 2). */
import type { FormatError } from "../../errors.ts";
import { unsupportedEncoding } from "../format-faults.ts";
import { decimalOf } from "./element-numbers.ts";
import type { DicomDataset } from "./element-values.ts";
import { badElement } from "./tags.ts";

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

/** @throws FormatError `VOXRX_UNSUPPORTED_ENCODING` for a mosaic whose tiles can't be determined, `VOXRX_BAD_HEADER` */
export function mosaicOf(dataset: DicomDataset, columns: number, rows: number, path: string): Mosaic | undefined {
  if (!dataset.text("ImageType")?.split("\\").includes("MOSAIC")) return undefined;
  const header = csaStrings(dataset.bytes("SiemensImageHeader") ?? new Uint8Array(0));
  const [announced] = csaNumbers(header, "NumberOfImagesInMosaic", path) ?? [];
  const tiles = dataset.short("SiemensMosaicImages") ?? announced ?? 0;
  const across = Math.ceil(Math.sqrt(tiles));
  if (!(Number.isInteger(tiles) && tiles > 0) || columns % across !== 0 || rows % across !== 0) {
    const fault = `a mosaic of ${columns} x ${rows} pixels cannot contain ${tiles} slices`;
    throw unsupportedEncoding(fault, path, "Convert the series with dcm2niix.");
  }
  const [x = 0, y = 0, z = 0, ...others] = csaNumbers(header, "SliceNormalVector", path) ?? [];
  const length = Math.hypot(x, y, z);
  if (length === 0 && others.length === 0) return { across, tiles, normal: undefined };
  if (Math.abs(length - 1) < 1e-3 && others.length === 0) return { across, tiles, normal: [x, y, z] };
  throw badCsa("SliceNormalVector", [x, y, z, ...others].join(", "), "a unit vector", path);
}

/** A field of the private header as numbers; undefined if it is not there. */
function csaNumbers(header: CsaHeader, name: string, path: string): number[] | undefined {
  const texts = header.get(name)?.filter((text) => text !== "");
  return texts?.map((text) => {
    const number = decimalOf(text);
    if (number === undefined) throw badCsa(name, JSON.stringify(text.slice(0, 64)), "a decimal number", path);
    return number;
  });
}

function badCsa(name: string, value: string, wanted: string, path: string): FormatError {
  return badElement("SiemensImageHeader", `has a ${name} of ${value}, which is not ${wanted}`, path);
}

type CsaHeader = ReadonlyMap<string, readonly string[]>;

/**
 * The values of a CSA header of version 2 by name, as strings. Layout: `SV10`, four bytes and a count, then entries
 * with a name (64 bytes), a multiplicity, a type, and items that each have a length and are padded to 4 bytes (as in
 * nibabel's `csareader`).
 */
function csaStrings(bytes: Uint8Array): CsaHeader {
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
