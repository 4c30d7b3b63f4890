/** The retry and resume loop of one download. */
import { formatBytes } from "../bytes.ts";
import { DownloadError, PipelineError } from "../errors.ts";
import { diskFailure } from "../files/disk-failure.ts";
import { type Part, type PartNote, validatorOf } from "./partial-file.ts";
import { discard, type FileAnswer, publicUrl, requestFile } from "./request.ts";
import { Clock, pause } from "./retry-clock.ts";
import { incomplete, lineFailure, Passing, statusFailure } from "./transfer-failures.ts";

/** What {@link receive} is told. */
export interface Reception {
  readonly url: URL;
  /** Path that the file will have; for messages and to tell a page from a file. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly retries: number;
  readonly backoffMs: number;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  onBytes(bytes: number, total: number | undefined): void;
}

/** Bytes that a try must have brought beyond all before it to be no failed one: a long file may break off many times. */
const progressBytes = 2 ** 20;

/** Fills the part until it is whole. Rejects with the signal's reason at once when it is aborted. */
export async function receive(part: Part, asked: Reception): Promise<void> {
  let failures = 0;
  let furthest = part.bytes;
  while (!part.isWhole) {
    asked.signal.throwIfAborted();
    try {
      await receiveOnce(part, asked);
      return;
    } catch (caught) {
      asked.signal.throwIfAborted();
      const fault = diskFailure(caught, asked.path) ?? lineFailure(caught, publicUrl(asked.url));
      if (!(fault instanceof Passing)) throw fault;
      if (part.bytes >= furthest + progressBytes) failures = 0;
      furthest = Math.max(furthest, part.bytes);
      if (++failures > asked.retries) throw fault.final;
      await pause(failures, asked.backoffMs, fault.waitMs, asked.signal);
    }
  }
}

async function receiveOnce(part: Part, asked: Reception): Promise<void> {
  const clock = new Clock(asked.signal, asked.timeoutMs);
  let body: FileAnswer["body"] | undefined;
  try {
    const validator = part.note && validatorOf(part.note);
    if (part.bytes > 0 && validator === undefined) await part.restart(undefined);
    const { url, headers } = asked;
    const answer = await requestFile({ url, headers, from: part.bytes, validator, signal: clock.signal });
    body = answer.body;
    await begin(part, answer, asked);
    asked.onBytes(part.bytes, part.note?.total);
    await readBody(part, answer, asked, clock);
  } catch (error) {
    if (body) discard(body);
    throw clock.explain(error);
  } finally {
    clock.stop();
  }
}

async function readBody(part: Part, answer: FileAnswer, asked: Reception, clock: Clock): Promise<void> {
  const total = part.note?.total;
  const file = publicUrl(asked.url);
  try {
    for await (const chunk of answer.body) {
      clock.restart();
      if (part.bytes + chunk.byteLength > asked.maxBytes) throw await tooLarge(part, asked);
      await part.append(chunk);
      asked.onBytes(part.bytes, total);
      clock.restart();
    }
  } catch (error) {
    const broken = lineFailure(clock.explain(error), file);
    const isLine = broken instanceof Passing && !diskFailure(error, asked.path) && !asked.signal.aborted;
    throw isLine && total !== undefined && part.bytes < total ? incomplete(part.bytes, total, file, error) : error;
  }
  if (total !== undefined && part.bytes < total) throw incomplete(part.bytes, total, file);
  if (total !== undefined && part.bytes > total) throw await wrongRange(part, asked, `more than ${total} bytes came`);
}

/** Looks at the head of an answer and makes the part ready for its body. */
async function begin(part: Part, answer: FileAnswer, asked: Reception): Promise<void> {
  if (answer.status === 416 && part.bytes > 0) throw await beyondEnd(part, answer);
  if (answer.status !== 200 && answer.status !== 206) {
    throw statusFailure(answer.status, publicUrl(answer.url), answer.retryAfterMs);
  }
  refusePage(answer, asked.path);
  if (answer.status === 206) await checkRange(part, answer, asked);
  else await part.restart(noteOf(answer, asked.url));
  if ((part.note?.total ?? 0) > asked.maxBytes) throw await tooLarge(part, asked);
}

async function checkRange(part: Part, { range, etag }: FileAnswer, asked: Reception): Promise<void> {
  const total = part.note?.total;
  if (part.bytes === 0 || range?.start !== part.bytes) {
    const got = range ? `bytes from ${range.start}` : "a part without a range";
    throw await wrongRange(part, asked, `the server sent ${got} where bytes from ${part.bytes} were asked for`);
  }
  const known = part.note?.etag;
  const other = total !== undefined && range.total !== undefined && range.total !== total;
  if (other || (known !== undefined && etag !== undefined && etag !== known)) {
    throw await wrongRange(part, asked, "the server sent a part of another version of the file");
  }
}

async function wrongRange(part: Part, { url }: Reception, fault: string): Promise<DownloadError> {
  await part.restart(undefined);
  return new DownloadError("VOXRX_UNEXPECTED_CONTENT", fault, {
    file: publicUrl(url),
    remedy: "Run again: it starts anew. If that does not help, the server or a proxy is at fault.",
  });
}

/** The server's file is shorter than what is here: the next try begins anew. */
async function beyondEnd(part: Part, { url }: FileAnswer): Promise<Passing> {
  const fault = `the server has nothing from byte ${part.bytes} on (status 416)`;
  await part.restart(undefined);
  const remedy = "Run again: it starts anew.";
  return new Passing(new DownloadError("VOXRX_HTTP_STATUS", fault, { file: publicUrl(url), remedy }));
}

async function tooLarge(part: Part, { url, maxBytes }: Reception): Promise<PipelineError> {
  await part.restart(undefined);
  return new PipelineError("VOXRX_TOO_LARGE", `the file is larger than the ${formatBytes(maxBytes)} allowed`, {
    file: publicUrl(url),
    remedy: "Raise maxBytes if the file is what you want.",
  });
}

function noteOf(answer: FileAnswer, url: URL): PartNote {
  const { etag, lastModified, length: total } = answer;
  return { url: publicUrl(url), etag, lastModified, total };
}

/** A portal's login page or a moved-notice often comes with status 200. */
function refusePage(answer: FileAnswer, path: string): void {
  const isPage = /^\s*text\/html\b/i.test(answer.contentType);
  if (!isPage || /\.html?$/i.test(path) || /\.html?$/i.test(answer.url.pathname)) return;
  throw new DownloadError("VOXRX_UNEXPECTED_CONTENT", "the server sent a web page instead of a file", {
    file: publicUrl(answer.url),
    remedy: "Open the address in a browser: there may be a login, a consent form or a confirmation to pass first.",
  });
}
