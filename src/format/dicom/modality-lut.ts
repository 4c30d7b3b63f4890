/** The modality lookup table (PS3.3, C.11.1): a real value for each stored one. */
import { unsupportedEncoding } from "../format-faults.ts";
import type { DicomDataset } from "./element-values.ts";
import { badElement, nameOfElement } from "./tags.ts";

/** A lookup table. */
export interface ModalityLut {
  /** The stored value that the first entry is for. Lower ones get the first entry, higher ones the last. */
  readonly first: number;
  readonly values: Uint16Array;
}

/**
 * The table of a dataset, if it has one.
 *
 * @param isSigned whether pixels are signed: the descriptor's second value is then, too
 * @throws FormatError `VOXRX_BAD_HEADER`, `VOXRX_UNSUPPORTED_ENCODING`
 */
export function modalityLutOf(dataset: DicomDataset, isSigned: boolean, path: string): ModalityLut | undefined {
  const [item, ...others] = dataset.items("ModalityLUTSequence");
  if (!item) return undefined;
  if (others.length > 0) throw badElement("ModalityLUTSequence", "must have one item, but has several", path);
  const descriptor = item.shorts("LUTDescriptor", 3);
  if (!descriptor) throw badElement("LUTDescriptor", "is missing in the ModalityLUTSequence", path);
  const [announced = 0, first = 0, bits = 0] = descriptor;
  // Whatever the VR, the first value is unsigned, and 0 means 2^16.
  const count = announced & 0xffff || 65536;
  if (bits < 8 || bits > 16) throw badElement("LUTDescriptor", `must end with 8 to 16 bits, got ${bits}`, path);
  const values = entriesOf(item, count, bits, path);
  const isSignedFirst = isSigned || item.element("LUTDescriptor")?.vr === "SS";
  return { first: isSignedFirst ? (first << 16) >> 16 : first, values };
}

function entriesOf(item: DicomDataset, count: number, bits: number, path: string): Uint16Array {
  const data = item.element("LUTData");
  if (!data) throw badElement("LUTData", "is missing in the ModalityLUTSequence", path);
  const { value, vr, syntax } = data;
  if (!["OW", "OB", "US", "SS", "UN", ""].includes(vr)) {
    const fault = `${nameOfElement("LUTData")} has the value representation ${vr}`;
    throw unsupportedEncoding(fault, path, "Write the table as OW.");
  }
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (value.length === 2 * count) {
    return Uint16Array.from({ length: count }, (_, n) => view.getUint16(2 * n, syntax.littleEndian));
  }
  // Entries of 8 bits may take 8 bits each. In words (OW), big-endian files swap their pairs.
  if (bits !== 8 || value.length !== count + (count % 2)) {
    throw badElement("LUTData", `has ${value.length} bytes, but LUTDescriptor announces ${count} entries`, path);
  }
  const swap = syntax.littleEndian || vr === "OB" ? 0 : 1;
  return Uint16Array.from({ length: count }, (_, n) => value[n ^ swap] ?? 0);
}
