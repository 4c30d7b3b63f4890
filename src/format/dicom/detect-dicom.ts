/** Tells DICOM files from others: the one rule for single files and for the files of a directory. */
import { isDicom, startsWithMark } from "./dicom-file.ts";

/** Extensions of DICOM files; many have none. */
export const dicomExtensions: readonly string[] = [".dcm", ".dicom", ".ima"];

/**
 * Whether a file starts like DICOM: with the mark, after the preamble (PS3.10, 7.1) or without it, or with elements, as
 * before PS3.10.
 *
 * @param firstBytes up to 1024
 */
export function startsLikeDicom(firstBytes: Uint8Array): boolean {
  return (
    isDicom(firstBytes) || startsWithMark(firstBytes) || [true, false].some((le) => startsWithElements(firstBytes, le))
  );
}

/** Whether a name has an extension of DICOM. */
export function isNamedLikeDicom(path: string): boolean {
  const name = path.toLowerCase();
  return dicomExtensions.some((extension) => name.endsWith(extension));
}

const shortForms = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US";
const longForms = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
/** The first elements are short. */
const maxFirstLength = 512;

// Two elements in increasing order, the first of group 2 (file meta information) or 8.
function startsWithElements(bytes: Uint8Array, littleEndian: boolean): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = headAt(view, 0, littleEndian);
  if (!first || (first.group !== 2 && first.group !== 8) || first.element > 0xff) return false;
  if (first.length > maxFirstLength || first.length % 2 > 0) return false;
  // The length of a group is a number of four bytes (PS3.5, 7.2). Samples of an image can look like a shorter one.
  if (first.element === 0 && first.length !== 4) return false;
  const next = headAt(view, first.end, littleEndian);
  if (!next) return false;
  const isLater = next.group > first.group || (next.group === first.group && next.element > first.element);
  return isLater && next.group <= 0x20;
}

function headAt(view: DataView, at: number, littleEndian: boolean) {
  if (at + 12 > view.byteLength) return undefined;
  const about = { group: view.getUint16(at, littleEndian), element: view.getUint16(at + 2, littleEndian) };
  const vr = String.fromCharCode(view.getUint8(at + 4), view.getUint8(at + 5));
  if (shortForms.split(" ").includes(vr)) {
    const length = view.getUint16(at + 6, littleEndian);
    return { ...about, length, end: at + 8 + length };
  }
  const isLong = longForms.split(" ").includes(vr);
  const length = view.getUint32(isLong ? at + 8 : at + 4, littleEndian);
  return { ...about, length, end: at + (isLong ? 12 : 8) + length };
}
