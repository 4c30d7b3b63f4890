/** The retry and resume loop of one download. */

import { formatBytes } from "../bytes.ts";
import { DownloadError, PipelineError } from "../errors.ts";
import { diskFailure } from "../files/disk-failure.ts";
import { shownUrl } from "../shown-url.ts";
import { isSameVersion, type PartialFile, type PartialFileNote, validatorOf } from "./partial-file.ts";
import { refusePage } from "./refuse-page.ts";
import { discard, type FileAnswer, requestFile } from "./request.ts";
import { retryDelay } from "./retry-delay.ts";
import { SilenceTimeout } from "./silence-timeout.ts";
import { connectionFailure, incomplete, statusFailure, TransientFailure } from "./transfer-failures.ts";

/** Options of {@link receive}. */
export interface ReceiveOptions {
  readonly url: URL;
  /** Final path of the file, for messages and to recognize requested HTML files. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly retries: number;
  readonly backoffMs: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  onBytes(bytes: number, total: number | undefined): void;
}

/**
 * An attempt that gets this many bytes further resets the count of failures: large files may be interrupted many times.
 */
const progressBytes = 2 ** 20;

/** Fills the partial file until it is complete. Rejects with the signal's reason at once when it is aborted. */
export async function receive(part: PartialFile, options: ReceiveOptions): Promise<void> {
  let failures = 0;
  let furthest = part.bytes;
  while (!part.isComplete) {
    options.signal.throwIfAborted();
    try {
      await receiveOnce(part, options);
      return;
    } catch (caught) {
      options.signal.throwIfAborted();
      const fault = diskFailure(caught, options.path) ?? connectionFailure(caught, shownUrl(options.url));
      if (!(fault instanceof TransientFailure)) throw fault;
      if (part.bytes >= furthest + progressBytes) failures = 0;
      furthest = Math.max(furthest, part.bytes);
      if (++failures > options.retries) throw fault.final;
      await retryDelay(failures, options.backoffMs, fault.waitMs, options.signal);
    }
  }
}

async function receiveOnce(part: PartialFile, options: ReceiveOptions): Promise<void> {
  const silence = new SilenceTimeout(options.signal, options.timeoutMs);
  let body: FileAnswer["body"] | undefined;
  try {
    const validator = part.note && validatorOf(part.note);
    if (part.bytes > 0 && validator === undefined) await part.restart(undefined);
    const { url, headers } = options;
    const answer = await requestFile({ url, headers, from: part.bytes, validator, signal: silence.signal });
    body = answer.body;
    // A slow disk is not the server's silence.
    silence.pause();
    await begin(part, answer, options);
    options.onBytes(part.bytes, part.note?.total);
    silence.restart();
    await readBody(part, answer, options, silence);
  } catch (error) {
    if (body) discard(body);
    throw silence.explain(error);
  } finally {
    silence.stop();
  }
}

async function readBody(
  part: PartialFile,
  answer: FileAnswer,
  options: ReceiveOptions,
  silence: SilenceTimeout,
): Promise<void> {
  const total = part.note?.total;
  const file = shownUrl(options.url);
  try {
    for await (const chunk of answer.bytes) {
      silence.pause();
      if (part.bytes + chunk.byteLength > options.maxBytes) throw await tooLarge(part, options);
      await part.append(chunk);
      options.onBytes(part.bytes, total);
      silence.restart();
    }
  } catch (error) {
    const broken = connectionFailure(silence.explain(error), file);
    const isConnection =
      broken instanceof TransientFailure && !diskFailure(error, options.path) && !options.signal.aborted;
    throw isConnection && total !== undefined && part.bytes < total
      ? incomplete(part.bytes, total, file, error)
      : error;
  }
  if (total !== undefined && part.bytes < total) throw incomplete(part.bytes, total, file);
  if (total !== undefined && part.bytes > total)
    throw await wrongRange(part, options, `expected ${total} bytes, got more`);
}

/** Checks the head of a response and prepares the partial file for its body. */
async function begin(part: PartialFile, answer: FileAnswer, options: ReceiveOptions): Promise<void> {
  if (answer.status === 416 && part.bytes > 0) throw await beyondEnd(part, answer);
  if (answer.status !== 200 && answer.status !== 206) {
    throw statusFailure(answer.status, shownUrl(answer.url), answer.retryAfterMs);
  }
  refusePage({
    contentType: answer.contentType,
    names: [options.path, answer.url.pathname],
    file: shownUrl(answer.url),
  });
  if (answer.status === 206) await checkRange(part, answer, options);
  else await part.restart(noteOf(answer, options.url));
  if ((part.note?.total ?? 0) > options.maxBytes) throw await tooLarge(part, options);
}

async function checkRange(part: PartialFile, answer: FileAnswer, options: ReceiveOptions): Promise<void> {
  const { range, etag, lastModified, isEncoded } = answer;
  if (isEncoded) throw await wrongRange(part, options, "the server sent a part of an encoded file");
  if (part.bytes === 0 || range?.start !== part.bytes) {
    const got = range ? `bytes from ${range.start}` : "a part without saying which";
    const fault = part.bytes === 0 ? "expected the whole file" : `expected bytes from ${part.bytes}`;
    throw await wrongRange(part, options, `${fault}, got ${got}`);
  }
  if (isSameVersion(part.note ?? {}, { etag, lastModified, total: range.total })) return;
  // The next attempt starts from the beginning.
  throw new TransientFailure(await wrongRange(part, options, "the server sent bytes of another version of the file"));
}

async function wrongRange(part: PartialFile, { url }: ReceiveOptions, fault: string): Promise<DownloadError> {
  await part.restart(undefined);
  return new DownloadError("VOXRX_UNEXPECTED_CONTENT", fault, {
    file: shownUrl(url),
    remedy: "Run again; the download starts from scratch. If that does not help, the server or a proxy is at fault.",
  });
}

/** The server's file is shorter than the partial file: the next attempt starts from scratch. */
async function beyondEnd(part: PartialFile, { url }: FileAnswer): Promise<TransientFailure> {
  const fault = `the server has no bytes from ${part.bytes} on (status 416)`;
  await part.restart(undefined);
  const remedy = "Run again; the download starts from scratch.";
  return new TransientFailure(new DownloadError("VOXRX_HTTP_STATUS", fault, { file: shownUrl(url), remedy }));
}

async function tooLarge(part: PartialFile, { url, maxBytes }: ReceiveOptions): Promise<PipelineError> {
  await part.restart(undefined);
  return new PipelineError("VOXRX_TOO_LARGE", `the file is larger than ${formatBytes(maxBytes)}`, {
    file: shownUrl(url),
    remedy: "Raise maxBytes if this is the right file.",
  });
}

/** An encoded body can't be resumed: a position in the file is not one in the body. */
function noteOf(answer: FileAnswer, url: URL): PartialFileNote {
  const { etag, lastModified, length: total } = answer;
  if (answer.isEncoded) return { url: shownUrl(url) };
  return { url: shownUrl(url), etag, lastModified, total };
}
