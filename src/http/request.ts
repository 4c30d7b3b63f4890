/** One HTTP request for a file or the rest of one: redirects, time limits, and what the answer's headers say. */
import { unescape as percentDecoded } from "node:querystring";
import { type Dispatcher, EnvHttpProxyAgent, request } from "undici";
import { DownloadError, OptionError } from "../errors.ts";

/** What is asked for. */
export interface FileRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that are here already. 0 asks for the whole file. */
  readonly from: number;
  /** Where to stop: the byte behind the last one wanted. Default: the end of the file. */
  readonly to?: number | undefined;
  /** Strong validator of what is here; the server sends the whole file if it has another now. */
  readonly validator: string | undefined;
  readonly signal: AbortSignal;
}

/** An answer whose body is still to come. */
export interface FileAnswer {
  readonly status: number;
  readonly body: Dispatcher.ResponseData["body"];
  /** URL after redirects. */
  readonly url: URL;
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly contentType: string;
  /** Bytes of this body, where the server says so. */
  readonly length: number | undefined;
  readonly range: ContentRange | undefined;
  readonly retryAfterMs: number | undefined;
}

/** `Content-Range: bytes start-end/total`. */
export interface ContentRange {
  readonly start: number;
  readonly total: number | undefined;
}

const maxRedirects = 10;
let agent: Dispatcher | undefined;

/**
 * Sends a request and follows redirects. The caller's headers go to the origin that they were given for and to no other.
 * `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are honoured. Time limits are the signal's business.
 */
export async function requestFile(asked: FileRequest): Promise<FileAnswer> {
  agent ??= new EnvHttpProxyAgent({ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } });
  let url = asked.url;
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const answer = await request(url, {
      dispatcher: agent,
      signal: asked.signal,
      headers: headersFor(asked, url.origin === asked.url.origin),
    });
    const location = one(answer.headers.location);
    if (answer.statusCode < 300 || answer.statusCode > 399 || location === undefined) return readAnswer(answer, url);
    discard(answer.body);
    url = redirected(location, url);
  }
  throw new DownloadError("VOXRX_HTTP_STATUS", `the server redirected more than ${maxRedirects} times`, {
    file: publicUrl(asked.url),
    remedy: "Open the address in a browser and give the one where it ends.",
  });
}

/** Closes a body that nobody will read. Its connection goes with it. */
export function discard(body: Dispatcher.ResponseData["body"]): void {
  body.on("error", () => {}); // the error that destroying it makes
  body.destroy();
}

/** A URL as it may be shown and stored: without user, password and query, which may hold secrets. */
export function publicUrl(url: URL): string {
  return url.origin + url.pathname;
}

/**
 * A web address.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`, which shows no user, password or query
 */
export function addressOf(text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new OptionError("VOXRX_BAD_OPTION", "the web address cannot be understood", {
    file: text.replace(/\/\/[^/]*@/, "//").replace(/[?#].*$/s, ""),
    remedy: "Check its host and port.",
  });
}

function headersFor(asked: FileRequest, sameOrigin: boolean): Record<string, string> {
  const headers: Record<string, string> = { "user-agent": "voxrx" };
  const { username, password } = asked.url;
  if (sameOrigin && username + password !== "") {
    const credentials = [username, password].map((part) => percentDecoded(part)).join(":");
    headers.authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
  }
  if (sameOrigin) for (const [name, value] of Object.entries(asked.headers)) headers[name.toLowerCase()] = value;
  headers["accept-encoding"] = "identity"; // a file is stored as it is published
  if (asked.from > 0 || asked.to !== undefined)
    headers.range = `bytes=${asked.from}-${asked.to === undefined ? "" : asked.to - 1}`;
  if (asked.from > 0 && asked.validator !== undefined) headers["if-range"] = asked.validator;
  return headers;
}

function redirected(location: string, from: URL): URL {
  const url = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new DownloadError("VOXRX_HTTP_STATUS", "the server redirects to something that is no web address", {
    file: publicUrl(from),
    remedy: "Ask the publisher for the file's present address.",
  });
}

function readAnswer({ statusCode, headers, body }: Dispatcher.ResponseData, url: URL): FileAnswer {
  const length = one(headers["content-length"]);
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(one(headers["content-range"]) ?? "");
  return {
    status: statusCode,
    body,
    url,
    etag: one(headers.etag),
    lastModified: one(headers["last-modified"]),
    contentType: one(headers["content-type"]) ?? "",
    length: length === undefined ? undefined : Number(length),
    range: range ? { start: Number(range[1]), total: range[2] === "*" ? undefined : Number(range[2]) } : undefined,
    retryAfterMs: retryAfter(one(headers["retry-after"])),
  };
}

function retryAfter(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
