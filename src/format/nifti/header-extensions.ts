import { FormatError } from "../../errors.ts";

/** One extension of a header: what it is, not what it holds, unless that is a short text. */
export interface HeaderExtension {
  /** The registered code of who defines it: 4 is AFNI's XML, 6 a comment. */
  readonly code: number;
  /** Bytes of its content: text without the zeros that pad it, anything else with them. */
  readonly bytes: number;
  /** The content, where it is text of at most 1024 characters. */
  readonly text?: string;
}

const textCodes: readonly number[] = [4, 6];
const longestText = 1024;
const mostListed = 64;

/**
 * Lists the extensions in the bytes that follow a header, as nifti1.h defines them: four bytes of which the first says whether
 * there are any, then each with its size (a multiple of 16, itself included), its code and its content.
 *
 * A size of zero ends the list, as files exist that pad with zeros; sizes that are no multiple of 16 are believed, as nibabel does.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` where a size is negative, too small, or leads out of the header
 */
export function listExtensions(bytes: Uint8Array, littleEndian: boolean, path: string): HeaderExtension[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: HeaderExtension[] = [];
  if (bytes.length < 4 || bytes[0] === 0) return found;
  for (let at = 4; at + 8 <= bytes.length && found.length < mostListed; ) {
    const size = view.getInt32(at, littleEndian);
    if (size === 0) break;
    if (size < 8 || at + size > bytes.length) {
      throw new FormatError("VOXRX_BAD_HEADER", `a header extension announces a size of ${size} bytes`, {
        file: path,
        remedy: "Write the file anew, without extensions.",
      });
    }
    found.push(describe(view.getInt32(at + 4, littleEndian), bytes.subarray(at + 8, at + size)));
    at += size;
  }
  return found;
}

function describe(code: number, content: Uint8Array): HeaderExtension {
  if (!textCodes.includes(code)) return { code, bytes: content.length };
  let { length } = content;
  while (length > 0 && content[length - 1] === 0) length--;
  if (length > longestText) return { code, bytes: length };
  return { code, bytes: length, text: new TextDecoder().decode(content.subarray(0, length)) };
}
