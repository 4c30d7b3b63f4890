/** The bytes of a file or an address, as a stream: nothing is kept. */
import { createReadStream } from "node:fs";
import { z } from "zod";
import { DownloadError } from "../errors.ts";
import { fileFault } from "../files/image-file.ts";
import { checkOptions } from "../options.ts";
import { addressOf, discard, type FileAnswer, publicUrl, requestFile } from "./request.ts";
import { headersSchema } from "./request-headers.ts";
import { Clock, pause } from "./retry-clock.ts";
import { incomplete, lineFailure, Passing, statusFailure } from "./transfer-failures.ts";

/** How {@link readSource} is told. */
export interface SourceReadOptions {
  readonly signal: AbortSignal;
  /** First byte wanted. Default 0. */
  readonly from?: number | undefined;
  /** The byte behind the last one wanted. Default: the end. */
  readonly to?: number | undefined;
  /** Headers for the server. They go to no other origin and into no message. Default none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Tries after the first that may fail in a row. Default 5. */
  readonly retries?: number | undefined;
  /** Pause before the second try in milliseconds. Default 500. */
  readonly backoffMs?: number | undefined;
  /** Milliseconds of silence after which a try is given up. Default 30000. */
  readonly timeoutMs?: number | undefined;
}

/** Whether a path is a web address. */
export function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

const chunkBytes = 2 ** 20;
const schema = z.object({
  from: z.int().min(0).default(0),
  to: z.int().min(0).optional(),
  headers: headersSchema.default({}),
  retries: z.int().min(0).default(5),
  backoffMs: z.number().min(0).default(500),
  timeoutMs: z.number().min(1).default(30_000),
});
type Checked = z.output<typeof schema>;

/**
 * Streams the bytes of a path or a web address. A transfer that breaks off goes on where it stopped, if the server knows ranges; bytes that
 * came already are never given twice. A part that reaches beyond the end is as short as the file. Leaving the loop, or the signal, closes the file or the socket at once.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 * @throws DownloadError `VOXRX_HTTP_STATUS`, `VOXRX_OFFLINE`, `VOXRX_DOWNLOAD_FAILED`, `VOXRX_INCOMPLETE_DOWNLOAD`, `VOXRX_UNEXPECTED_CONTENT` when the
 * file changes in between
 */
export async function* readSource(source: string, options: SourceReadOptions): AsyncGenerator<Uint8Array, void, void> {
  const { signal, ...given } = options;
  const asked = checkOptions("readSource", schema, given);
  signal.throwIfAborted();
  yield* isUrl(source) ? fromServer(addressOf(source), asked, signal) : fromFile(source, asked, signal);
}

async function* fromFile(path: string, { from, to }: Checked, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (to !== undefined && to <= from) return;
  const end = to === undefined ? {} : { end: to - 1 };
  const stream = createReadStream(path, { start: from, ...end, highWaterMark: chunkBytes, signal });
  try {
    for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    signal.throwIfAborted();
    throw fileFault(error, path);
  } finally {
    stream.destroy();
  }
}

async function* fromServer(url: URL, asked: Checked, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const transfer = new Transfer(url, asked, signal);
  let failures = 0;
  while (!transfer.isWhole) {
    const before = transfer.position;
    try {
      yield* transfer.try();
      return;
    } catch (caught) {
      signal.throwIfAborted();
      const fault = lineFailure(caught, publicUrl(url));
      if (!(fault instanceof Passing)) throw fault;
      if (transfer.position > before) failures = 0;
      if (++failures > asked.retries) throw fault.final;
      await pause(failures, asked.backoffMs, fault.waitMs, signal);
    }
  }
}

/** One transfer over several tries. */
class Transfer {
  /** The next byte to be given. */
  position: number;
  readonly #url: URL;
  readonly #asked: Checked;
  readonly #signal: AbortSignal;
  #validator: string | undefined;
  /** The byte behind the last one, once it is known. */
  #end: number | undefined;

  constructor(url: URL, asked: Checked, signal: AbortSignal) {
    this.#url = url;
    this.#asked = asked;
    this.#signal = signal;
    this.position = asked.from;
    this.#end = asked.to;
  }

  get isWhole(): boolean {
    return this.#end !== undefined && this.position >= this.#end;
  }

  async *try(): AsyncGenerator<Uint8Array> {
    const clock = new Clock(this.#signal, this.#asked.timeoutMs);
    let body: FileAnswer["body"] | undefined;
    try {
      const from = this.position;
      const { headers, to } = this.#asked;
      const answer = await requestFile({
        url: this.#url,
        headers,
        from,
        to,
        validator: this.#validator,
        signal: clock.signal,
      });
      body = answer.body;
      let at = this.#begin(answer);
      if (this.isWhole) return;
      for await (const chunk of body) {
        clock.restart();
        const wanted = part(chunk, at, this.position, this.#end);
        at += chunk.byteLength;
        if (wanted.byteLength === 0) continue;
        this.position += wanted.byteLength;
        clock.hold();
        yield wanted;
        clock.restart();
        if (this.isWhole) return;
      }
      if (this.#end !== undefined && !this.isWhole) {
        throw incomplete(this.position, this.#end, publicUrl(this.#url));
      }
    } catch (error) {
      throw clock.explain(error);
    } finally {
      clock.stop();
      if (body) discard(body);
    }
  }

  /** Looks at the head of an answer; gives the place of its first byte. */
  #begin({ status, etag, lastModified, length, range, retryAfterMs }: FileAnswer): number {
    const file = publicUrl(this.#url);
    const { from, to } = this.#asked;
    if (status === 416 && this.position === from) {
      this.#end = from; // the file ends before
      return from;
    }
    if (status !== 200 && status !== 206) throw statusFailure(status, file, retryAfterMs);
    const validator = etag && !etag.startsWith("W/") ? etag : lastModified;
    if (this.position > from) this.#refuseOther(validator, file);
    this.#validator = validator;
    const start = status === 206 ? (range?.start ?? this.position) : 0;
    if (start > this.position) throw incomplete(this.position, start, file);
    const total = status === 200 ? length : range?.total;
    if (total !== undefined) this.#end = Math.min(to ?? total, total);
    else if (length !== undefined) this.#end ??= start + length;
    return start;
  }

  /** Bytes that came must not be joined with those of a file that may be another one. */
  #refuseOther(validator: string | undefined, file: string): void {
    if (validator !== undefined && validator === this.#validator) return;
    const fault =
      validator === undefined
        ? "the transfer broke off, and the server does not say whether the file is still the same"
        : "the file on the server changed while it was read";
    throw new DownloadError("VOXRX_UNEXPECTED_CONTENT", fault, { file, remedy: "Run again, from the start." });
  }
}

/** What of a chunk that starts at `at` lies between `from` and `to`. */
function part(chunk: Uint8Array, at: number, from: number, to: number | undefined): Uint8Array {
  const start = Math.min(chunk.byteLength, Math.max(0, from - at));
  const end = to === undefined ? chunk.byteLength : Math.min(chunk.byteLength, Math.max(start, to - at));
  return start === 0 && end === chunk.byteLength ? chunk : chunk.subarray(start, end);
}
