/** Streams the bytes of a file or URL without storing them. */

import type { ReadStream } from "node:fs";
import { open } from "node:fs/promises";
import * as v from "valibot";
import { DownloadError } from "../errors.ts";
import { fileFault } from "../files/image-file.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { checkOptions, integerSchema, numberSchema } from "../options.ts";
import { shownUrl } from "../shown-url.ts";
import { unexpected } from "./content-encoding.ts";
import { type FileVersion, isSameVersion } from "./partial-file.ts";
import { refusePage } from "./refuse-page.ts";
import { discard, type FileAnswer, parseUrl, requestFile } from "./request.ts";
import { headersSchema } from "./request-headers.ts";
import { retryDelay } from "./retry-delay.ts";
import { SilenceTimeout } from "./silence-timeout.ts";
import { connectionFailure, incomplete, statusFailure, TransientFailure } from "./transfer-failures.ts";

/** Options of {@link readSource}. */
export interface SourceReadOptions {
  readonly signal: AbortSignal;
  /** First byte to read. Default 0. */
  readonly from?: number | undefined;
  /** End of the range, exclusive. Default: the end of the file. */
  readonly to?: number | undefined;
  /** HTTP headers for the server. Never sent to another origin, never shown in a message. Default none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Retries after consecutive failures. Default 5. */
  readonly retries?: number | undefined;
  /** Delay before the first retry in milliseconds. Default 500. */
  readonly backoffMs?: number | undefined;
  /** Milliseconds without any data after which an attempt fails. Default 30000. */
  readonly timeoutMs?: number | undefined;
}

/** Whether a path is a URL. */
export function isUrl(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

const chunkBytes = 2 ** 20;
const schema = v.object({
  from: v.optional(v.pipe(integerSchema, v.minValue(0)), 0),
  to: v.optional(v.pipe(integerSchema, v.minValue(0))),
  headers: v.optional(headersSchema, {}),
  retries: v.optional(v.pipe(integerSchema, v.minValue(0)), 5),
  backoffMs: v.optional(v.pipe(numberSchema, v.minValue(0)), 500),
  timeoutMs: v.optional(v.pipe(numberSchema, v.minValue(1)), 30_000),
});
type CheckedOptions = v.InferOutput<typeof schema>;

/**
 * Streams the bytes of a path or URL. An interrupted transfer resumes where it stopped if the server supports ranges;
 * no byte is yielded twice. A range that extends beyond the end of the file is cut there. Leaving the loop or aborting
 * the signal closes the file or socket at once.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 * @throws DownloadError `VOXRX_HTTP_STATUS`, `VOXRX_OFFLINE`, `VOXRX_DOWNLOAD_FAILED`, `VOXRX_INCOMPLETE_DOWNLOAD`,
 * `VOXRX_UNEXPECTED_CONTENT` if the file changes during the transfer, and for a web page or a range of an encoded body
 */
export async function* readSource(source: string, options: SourceReadOptions): AsyncGenerator<Uint8Array, void, void> {
  const { signal, ...given } = options;
  const checked = checkOptions("readSource", schema, given);
  signal.throwIfAborted();
  yield* isUrl(source) ? fromServer(parseUrl(source), checked, signal) : fromFile(source, checked, signal);
}

async function* fromFile(path: string, { from, to }: CheckedOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  if (to !== undefined && to <= from) return;
  const end = to === undefined ? {} : { end: to - 1 };
  let stream: ReadStream | undefined;
  try {
    const handle = await whenFileFree(() => open(path), signal);
    stream = handle.createReadStream({
      start: from,
      ...end,
      highWaterMark: chunkBytes,
      signal: AbortSignal.any([signal]),
    });
    for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    signal.throwIfAborted();
    throw fileFault(error, path);
  } finally {
    stream?.destroy();
  }
}

async function* fromServer(url: URL, options: CheckedOptions, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const transfer = new Transfer(url, options, signal);
  let failures = 0;
  while (!transfer.isComplete) {
    const before = transfer.position;
    try {
      yield* transfer.attempt();
      return;
    } catch (caught) {
      signal.throwIfAborted();
      const fault = connectionFailure(caught, shownUrl(url));
      if (!(fault instanceof TransientFailure)) throw fault;
      if (transfer.position > before) failures = 0;
      if (++failures > options.retries) throw fault.final;
      await retryDelay(failures, options.backoffMs, fault.waitMs, signal);
    }
  }
}

/** One transfer, possibly over several attempts. */
class Transfer {
  /** Position of the next byte to yield. */
  position: number;
  readonly #url: URL;
  readonly #options: CheckedOptions;
  readonly #signal: AbortSignal;
  /** Whether the server encodes the file: then each attempt reads it from its start, and skips what was yielded. */
  #isEncoded = false;
  #validator: string | undefined;
  #version: FileVersion = {};
  /** End position, exclusive, once it is known. */
  #end: number | undefined;

  constructor(url: URL, options: CheckedOptions, signal: AbortSignal) {
    this.#url = url;
    this.#options = options;
    this.#signal = signal;
    this.position = options.from;
    this.#end = options.to;
  }

  get isComplete(): boolean {
    return this.#end !== undefined && this.position >= this.#end;
  }

  async *attempt(): AsyncGenerator<Uint8Array> {
    const silence = new SilenceTimeout(this.#signal, this.#options.timeoutMs);
    let body: FileAnswer["body"] | undefined;
    try {
      const { headers } = this.#options;
      const { from, to } = this.#isEncoded ? { from: 0, to: undefined } : { from: this.position, to: this.#options.to };
      const answer = await requestFile({
        url: this.#url,
        headers,
        from,
        to,
        validator: this.#validator,
        signal: silence.signal,
      });
      body = answer.body;
      let at = this.#begin(answer);
      if (this.isComplete) return;
      for await (const chunk of answer.bytes) {
        silence.restart();
        const wanted = bytesWithin(chunk, at, this.position, this.#end);
        at += chunk.byteLength;
        if (wanted.byteLength === 0) continue;
        this.position += wanted.byteLength;
        silence.pause();
        yield wanted;
        silence.restart();
        if (this.isComplete) return;
      }
      if (this.#end !== undefined && !this.isComplete) {
        throw incomplete(this.position, this.#end, shownUrl(this.#url));
      }
    } catch (error) {
      throw silence.explain(error);
    } finally {
      silence.stop();
      if (body) discard(body);
    }
  }

  /** Checks the head of a response; returns the position of its first byte. */
  #begin(answer: FileAnswer): number {
    const { status, etag, lastModified, length, range, retryAfterMs } = answer;
    const file = shownUrl(this.#url);
    const { from, to } = this.#options;
    // The file ends before the range, unless none was asked for, or the server says that the file is longer.
    const isPart = from > 0 || to !== undefined;
    if (status === 416 && isPart && this.position === from && (answer.unsatisfied ?? 0) <= from) {
      this.#end = from;
      return from;
    }
    if (status !== 200 && status !== 206) throw statusFailure(status, file, retryAfterMs);
    refusePage({
      contentType: answer.contentType,
      names: [this.#url.pathname, answer.url.pathname],
      file: shownUrl(answer.url),
    });
    if (answer.isEncoded && status === 206) throw unexpected("the server sent a part of an encoded file", file);
    this.#isEncoded = answer.isEncoded;
    const validator = etag && !etag.startsWith("W/") ? etag : lastModified;
    const total = status === 200 ? length : range?.total;
    const version = { etag, lastModified, total };
    if (this.position > from) this.#refuseChanged(version, validator, file);
    else this.#end = to; // nothing was yielded: the file may be another one, of another length
    this.#validator = validator;
    this.#version = version;
    if (status === 206 && range === undefined) {
      // Several ranges in one body, or another unit: which bytes these are is not known.
      throw unexpected("the server sent a part of the file without saying which", file);
    }
    if (status === 206 && total === undefined && this.#end === undefined) {
      // Nothing says whether these are all bytes of the file.
      throw unexpected("the server sent a part of the file without its total size", file);
    }
    const start = status === 206 ? (range?.start ?? this.position) : 0;
    if (start > this.position) throw incomplete(this.position, start, file);
    if (total !== undefined) this.#end = Math.min(to ?? total, total);
    else if (length !== undefined) this.#end ??= start + length;
    return start;
  }

  /** Received bytes must not be joined with bytes of a file that may be a different one. */
  #refuseChanged(version: FileVersion, validator: string | undefined, file: string): void {
    if (this.#validator !== undefined && isSameVersion(this.#version, version)) return;
    const fault =
      validator === undefined
        ? "the transfer was interrupted, and the server does not report whether the file is still the same"
        : "the file on the server changed while it was being read";
    throw new DownloadError("VOXRX_UNEXPECTED_CONTENT", fault, {
      file,
      remedy: "Run again; the file is read from the start.",
    });
  }
}

/** The bytes of a chunk, which starts at `at`, that are between `from` and `to`. */
function bytesWithin(chunk: Uint8Array, at: number, from: number, to: number | undefined): Uint8Array {
  const start = Math.min(chunk.byteLength, Math.max(0, from - at));
  const end = to === undefined ? chunk.byteLength : Math.min(chunk.byteLength, Math.max(start, to - at));
  return start === 0 && end === chunk.byteLength ? chunk : chunk.subarray(start, end);
}
