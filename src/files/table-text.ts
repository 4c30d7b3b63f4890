/** The text of a table from its bytes: gzip, encodings and line numbers. */
import type { FormatError } from "../errors.ts";
import { BadText, markedEncoding, TextPieces } from "./decode-text.ts";
import { badCompression, gunzip, isGzip } from "./gunzip.ts";
import { withHead } from "./with-head.ts";

/** Options of {@link tableText}. */
export interface TableTextOptions {
  /** For errors, and for its extension. */
  readonly file: string;
  /** Encoding of a table without a byte order mark. Default UTF-8. */
  readonly encoding: string | undefined;
  readonly signal: AbortSignal;
  /** Makes the error for bytes that are not text. */
  readonly fault: (fault: string, cause?: unknown) => FormatError;
}

/** First bytes of files that are given instead of a table. */
const foreign: readonly (readonly [what: string, magic: string])[] = [
  ["a zip or an Excel workbook (.xlsx)", "504b0304"],
  ["a zip without members", "504b0506"],
  ["an old Excel workbook (.xls)", "d0cf11e0"],
  ["a Parquet file", "50415231"],
  ["a PDF", "25504446"],
  ["a bzip2 file", "425a68"],
  ["an xz file", "fd377a58"],
  ["a Zstandard file", "28b52ffd"],
  ["gzip inside gzip", "1f8b"],
];

/**
 * The text of a table in pieces, without its byte order mark. Gzip is inflated. Bytes that are not in the encoding, and
 * NUL, are errors with line and column: nothing is replaced.
 */
export async function* tableText(
  bytes: AsyncGenerator<Uint8Array>,
  options: TableTextOptions,
): AsyncGenerator<string, void, void> {
  const { file, encoding, signal, fault } = options;
  try {
    const { head, whole } = await withHead(bytes, 4);
    const isPacked = isGzip(head);
    if (!isPacked && head.length > 0 && /\.gz($|\?)/i.test(file)) {
      throw badCompression("the file is named .gz but is not gzip", file);
    }
    const plain = isPacked ? gunzip(whole, { path: file, signal }) : whole;
    let pieces: TextPieces | undefined;
    for await (const chunk of plain) {
      pieces ??= textPieces(chunk, encoding, fault);
      yield pieces.next(chunk);
    }
    if (pieces) yield pieces.end();
  } catch (error) {
    if (!(error instanceof BadText)) throw error;
    const { line, column } = error.place;
    throw fault(`line ${line}, column ${column}: ${error.message}`, error);
  } finally {
    await bytes.return(undefined);
  }
}

function textPieces(first: Uint8Array, encoding: string | undefined, fault: TableTextOptions["fault"]): TextPieces {
  const hex = Buffer.from(first.subarray(0, 4)).toString("hex");
  const known = foreign.find(([, magic]) => hex.startsWith(magic));
  if (known) throw fault(`it is ${known[0]}, not a text table`);
  return new TextPieces(markedEncoding(first) ?? encoding ?? "utf-8");
}
