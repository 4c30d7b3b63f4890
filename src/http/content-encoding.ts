/** Undoes the encoding of a response (Content-Encoding), which some servers apply although none was accepted. */
import { pipeline, type Transform } from "node:stream";
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  gunzipSync,
} from "node:zlib";
import { DownloadError } from "../errors.ts";
import { isGzip } from "../files/gunzip.ts";
import { withHead } from "../files/with-head.ts";

/** A response body as it arrives. */
export interface EncodedBody {
  readonly body: AsyncIterable<Uint8Array>;
  /** What {@link encodingsOf} the header Content-Encoding gave. */
  readonly encodings: readonly string[];
  /** The header Content-Type. */
  readonly contentType: string;
  /** Names of the file: the paths of its URLs, before and after redirects. */
  readonly names: readonly string[];
  /** For errors. */
  readonly file: string;
}

/** The encodings in the header that change the bytes. `aws-chunked` is a leftover of uploads, undone by the store. */
export function encodingsOf(header: string): string[] {
  const names = header.toLowerCase().split(",");
  return names.map((name) => name.trim()).filter((name) => !["", "identity", "aws-chunked"].includes(name));
}

/**
 * The file's bytes of a body that may be encoded.
 *
 * Servers that take the extension `.gz` for an encoding label a gzip file's own compression (Apache's
 * `AddEncoding x-gzip .gz`): then the body as sent is the file. It is told by the name or type of the file, which says
 * gzip, and by the decoded bytes, which are not gzip. A gzip file that a server compressed once more is inflated once.
 *
 * @throws DownloadError `VOXRX_UNEXPECTED_CONTENT` for an unknown encoding, and for damaged bytes
 */
export async function* fileBytes(given: EncodedBody): AsyncGenerator<Uint8Array, void, void> {
  const { body, encodings, file } = given;
  const unknown = encodings.find((name) => !known.has(name));
  if (unknown !== undefined) {
    throw unexpected(`the server sent the file in the encoding ${JSON.stringify(unknown.slice(0, 40))}`, file);
  }
  if (encodings.length > mostEncodings) {
    throw unexpected(`the server says that it encoded the file ${encodings.length} times`, file);
  }
  if (encodings.length === 0) {
    yield* body;
    return;
  }
  const { head, whole } = await withHead(body, headBytes);
  if (head.length === 0) return;
  const [last = ""] = encodings.slice(-1);
  if (last.endsWith("gzip") && !isGzip(head)) {
    throw unexpected("the server labels the file as gzip, but it is not", file);
  }
  const isOwn = encodings.length === 1 && last.endsWith("gzip") && saysGzip(given) && !isGzip(inflatedStart(head));
  if (isOwn) {
    yield* whole;
    return;
  }
  let bytes = whole;
  for (const name of [...encodings].reverse()) bytes = decoded(name, bytes, file);
  yield* bytes;
}

const known: ReadonlySet<string> = new Set(["gzip", "x-gzip", "br", "deflate"]);
const headBytes = 1024;
/** Each takes memory. */
const mostEncodings = 4;

/** Whether name or type say that the file itself is gzip. */
function saysGzip({ names, contentType }: EncodedBody): boolean {
  const isNamed = names.some((name) => /\.(gz|tgz|mgz)$/i.test(name));
  return isNamed || /^\s*application\/(x-)?(gzip|gtar-compressed|compressed-tar|tgz)\b/i.test(contentType);
}

/** The first inflated bytes, as far as the given ones hold them. */
function inflatedStart(head: Buffer): Uint8Array {
  try {
    return gunzipSync(head.subarray(0, headBytes), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
}

async function* decoded(
  encoding: string,
  bytes: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<Uint8Array, void, void> {
  const { head, whole } = await withHead(bytes, headBytes);
  if (head.length === 0) return;
  const stream = pipeline(whole, decoderFor(encoding, head), () => {}); // errors surface when it is read
  try {
    for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    throw isDamage(error) ? unexpected("the encoded bytes from the server are damaged", file, error) : error;
  } finally {
    stream.destroy();
  }
}

function decoderFor(encoding: string, head: Buffer): Transform {
  if (encoding === "br") return createBrotliDecompress();
  if (encoding !== "deflate") return createGunzip();
  // Deflate is a zlib stream by the standard (RFC 9110), and a bare one from some servers.
  const isZlib = head.length > 1 && ((head[0] ?? 0) & 15) === 8 && head.readUInt16BE(0) % 31 === 0;
  return isZlib ? createInflate() : createInflateRaw();
}

/** Damage, in contrast to bytes that ended early or a connection that broke: another attempt may repair those. */
function isDamage(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return code === "Z_DATA_ERROR" || code.startsWith("ERR__ERROR_FORMAT") || code.startsWith("ERR_BROTLI");
}

/** The error for a response that is not the file. */
export function unexpected(fault: string, file: string, cause?: unknown): DownloadError {
  return new DownloadError("VOXRX_UNEXPECTED_CONTENT", fault, {
    file,
    cause,
    remedy: "Ask the publisher to send the file as it is, or download it with another program.",
  });
}
