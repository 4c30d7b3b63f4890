/** One HTTP request for a file or a range of it: redirects, credentials and response headers. */
import { unescape as percentDecoded } from "node:querystring";
import type { Dispatcher } from "undici";
import { DownloadError, OptionError } from "../errors.ts";
import { loadedOnUse } from "../files/load-module.ts";
import { shownUrl } from "../shown-url.ts";
import { encodingsOf, fileBytes } from "./content-encoding.ts";
import { poolsThatEndWell } from "./ended-while-paused.ts";
import { refusingPages } from "./refuse-page.ts";

const undici = loadedOnUse(() => import("undici"));

/** A request for a file or a range of it. */
export interface FileRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** First byte requested. 0 requests the file from its start. */
  readonly from: number;
  /** End of the range, exclusive. Default: the end of the file. */
  readonly to?: number | undefined;
  /** Validator of the bytes received so far; the server sends the whole file if it has changed. */
  readonly validator: string | undefined;
  readonly signal: AbortSignal;
}

/** A response whose body has not been read yet. */
export interface FileAnswer {
  readonly status: number;
  /** The body as it is sent; to {@link discard} it. */
  readonly body: Dispatcher.ResponseData["body"];
  /** The bytes of the file: the body with its encoding undone. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Whether the body is encoded: positions and lengths in it are not those of the file. */
  readonly isEncoded: boolean;
  /** URL after redirects. */
  readonly url: URL;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly contentType: string;
  /** Length of these bytes of the file, if the server reports it; never that of an encoded body. */
  readonly length: number | undefined;
  /** Length of the body as it is sent. */
  readonly sentLength: number | undefined;
  readonly range: ContentRange | undefined;
  /** Length of the whole file in an answer that the range can't be satisfied, if the server gives it. */
  readonly unsatisfied?: number | undefined;
  readonly retryAfterMs: number | undefined;
}

/** `Content-Range: bytes start-end/total`. */
interface ContentRange {
  readonly start: number;
  readonly total: number | undefined;
}

const maxRedirects = 10;
let agent: Dispatcher | undefined;

/**
 * Sends a request and follows redirects. The caller's headers are sent to the origin of `wanted.url` only.
 * `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are honored. There is no timeout: use the signal.
 */
export async function requestFile(wanted: FileRequest): Promise<FileAnswer> {
  // Loaded on first use: it takes tens of milliseconds, which programs that only read local files shouldn't pay for.
  const { EnvHttpProxyAgent, request, ...parts } = await undici();
  const factory = poolsThatEndWell(parts);
  agent ??= new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 }, factory });
  let url = wanted.url;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const answer = await request(url, {
      dispatcher: agent,
      signal: wanted.signal,
      headers: headersFor(wanted, url.origin === wanted.url.origin),
    });
    const location = firstOf(answer.headers.location);
    if (answer.statusCode < 300 || answer.statusCode > 399 || location === undefined)
      return readAnswer(answer, url, wanted);
    discard(answer.body);
    url = redirected(location, url);
  }
  throw new DownloadError("VOXRX_HTTP_STATUS", `the server redirected more than ${maxRedirects} times`, {
    file: shownUrl(wanted.url),
    remedy: "Open the URL in a browser and use the URL that it leads to.",
  });
}

/** Closes a body that won't be read, and its connection. */
export function discard(body: Dispatcher.ResponseData["body"]): void {
  body.on("error", () => {}); // destroying it emits an error
  body.destroy();
}

/**
 * Parses a URL.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, without user, password or query
 */
export function parseUrl(given: string): URL {
  if (URL.canParse(given)) return new URL(given);
  throw new OptionError("VOXRX_BAD_OPTION", "the URL is invalid", {
    file: given,
    remedy: "Check its host and port.",
  });
}

function headersFor(wanted: FileRequest, sameOrigin: boolean): Record<string, string> {
  const headers: Record<string, string> = { "user-agent": "voxrx" };
  const { username, password } = wanted.url;
  if (sameOrigin && username + password !== "") {
    const credentials = [username, password].map((part) => percentDecoded(part)).join(":");
    headers.authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  }
  if (sameOrigin) for (const [name, value] of Object.entries(wanted.headers)) headers[name.toLowerCase()] = value;
  headers["accept-encoding"] = "identity"; // the file is stored as published
  if (wanted.from > 0 || wanted.to !== undefined)
    headers.range = `bytes=${wanted.from}-${wanted.to === undefined ? "" : wanted.to - 1}`;
  if (wanted.from > 0 && wanted.validator !== undefined) headers["if-range"] = wanted.validator;
  return headers;
}

function redirected(location: string, from: URL): URL {
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new DownloadError("VOXRX_HTTP_STATUS", "the server redirects to something other than an http or https URL", {
    file: shownUrl(from),
    remedy: "Ask the publisher for the current URL of the file.",
  });
}

function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData, url: URL, wanted: FileRequest): FileAnswer {
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(firstOf(headers["content-range"]) ?? "");
  const unsatisfied = /^bytes \*\/(\d+)$/.exec(firstOf(headers["content-range"]) ?? "")?.[1];
  const encodings = encodingsOf([headers["content-encoding"] ?? ""].flat().join(","));
  const contentType = firstOf(headers["content-type"]) ?? "";
  const names = [wanted.url.pathname, url.pathname];
  const given = firstOf(headers["content-length"]);
  const sentLength = given === undefined ? undefined : Number(given);
  return {
    status: statusCode,
    body,
    bytes: refusingPages(fileBytes({ body, encodings, contentType, names, file: shownUrl(url) }), {
      isStart: statusCode === 200,
      contentType,
      names,
      file: shownUrl(url),
    }),
    isEncoded: encodings.length > 0,
    url,
    etag: firstOf(headers.etag),
    lastModified: firstOf(headers["last-modified"]),
    contentType,
    length: encodings.length > 0 ? undefined : sentLength,
    sentLength,
    range: range ? { start: Number(range[1]), total: range[2] === "*" ? undefined : Number(range[2]) } : undefined,
    ...(unsatisfied === undefined ? {} : { unsatisfied: Number(unsatisfied) }),
    retryAfterMs: retryAfter(firstOf(headers["retry-after"])),
  };
}

function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function firstOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
