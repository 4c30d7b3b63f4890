import { FormatError } from "../../errors.ts";

/** One header extension: its code and size, with its content only if that is a short string. */
export interface HeaderExtension {
  /** Registered code of the content: 4 is AFNI's XML, 6 a comment. */
  readonly code: number;
  /** Size of the content in bytes; for text, without the zero padding. */
  readonly bytes: number;
  /** The content, if it is text of at most 1024 bytes. */
  readonly text?: string;
}

const textCodes: readonly number[] = [4, 6];
const maxTextBytes = 1024;
const maxListed = 64;

/**
 * Lists the extensions in the bytes after a header, as defined in nifti1.h: four bytes, the first of which tells
 * whether there are extensions, then for each its size (a multiple of 16 that includes the size field itself), its code
 * and its content.
 *
 * A size of zero ends the list, because some files are padded with zeros. Sizes that are not a multiple of 16 are
 * accepted, as in nibabel.
 *
 * @throws FormatError `VOXRX_BAD_HEADER` if a size is negative, too small, or extends beyond the header
 */
export function listExtensions(bytes: Uint8Array, littleEndian: boolean, path: string): HeaderExtension[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: HeaderExtension[] = [];
  if (bytes.length < 4 || bytes[0] === 0) return found;
  for (let at = 4; at + 8 <= bytes.length && found.length < maxListed; ) {
    const size = view.getInt32(at, littleEndian);
    if (size === 0) break;
    if (size < 8 || at + size > bytes.length) {
      throw new FormatError("VOXRX_BAD_HEADER", `a header extension has an invalid size of ${size} bytes`, {
        file: path,
        remedy: "Write the file again, without extensions.",
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
  if (length > maxTextBytes) return { code, bytes: length };
  return { code, bytes: length, text: new TextDecoder().decode(content.subarray(0, length)) };
}
