/** Errors for invalid files, used by all formats. */
import { FormatError } from "../errors.ts";

/** The error for a header that contradicts itself or its format. */
export function badHeader(fault: string, path: string, remedy?: string): FormatError {
  return new FormatError("VOXRX_BAD_HEADER", fault, {
    file: path,
    remedy: remedy ?? "The header is damaged or was written incorrectly: write the file again.",
  });
}

/** The error for a file that ends too early. */
export function truncated(fault: string, path: string): FormatError {
  return new FormatError("VOXRX_TRUNCATED_FILE", fault, {
    file: path,
    remedy: "Copy or download the file again: it was interrupted.",
  });
}

/** The error for samples in an unsupported encoding. */
export function unsupportedEncoding(fault: string, path: string, remedy: string): FormatError {
  return new FormatError("VOXRX_UNSUPPORTED_ENCODING", fault, { file: path, remedy });
}

/** The error for decoding one file of an image that is stored in several. */
export function separateFiles(name: string): FormatError {
  return new FormatError(
    "VOXRX_UNKNOWN_FORMAT",
    "header and samples are stored in separate files, and only one was given",
    {
      file: name,
      remedy: "Read the image from disk, or store it as one file.",
    },
  );
}
