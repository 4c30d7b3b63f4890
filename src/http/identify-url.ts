/** The identity of a file on a server, from its HTTP validators; the file isn't downloaded for it. */

import { createHash, randomUUID } from "node:crypto";
import type { FileIdentity } from "../files/file-identity.ts";
import { shownUrl } from "../shown-url.ts";
import { discard, parseUrl, requestFile } from "./request.ts";
import { statusFailure, TransientFailure } from "./transfer-failures.ts";

const timeoutMs = 30_000;

/**
 * Request headers used for each URL in this process, and whole URLs by what is stored of them, so that a cache can check
 * a URL again. Kept in memory only.
 */
const headersByUrl = new Map<string, Readonly<Record<string, string>>>();
const wholeUrls = new Map<string, string>();
const maxUrls = 100_000;

/** Remembers the request headers of a URL. */
export function rememberHeaders(url: string, headers: Readonly<Record<string, string>>): void {
  if (Object.keys(headers).length > 0) remember(headersByUrl, url, headers);
}

/** Remembers a URL, so that what was stored of it, or of another signed URL of the same file, can be checked. */
export function rememberUrl(url: string): void {
  const stored = storedUrl(url);
  remember(wholeUrls, stored, url);
  remember(wholeUrls, shownUrl(url), url);
}

function remember<T>(known: Map<string, T>, name: string, value: T): void {
  known.delete(name);
  known.set(name, value);
  const [oldest] = known.keys();
  if (known.size > maxUrls && oldest !== undefined) known.delete(oldest);
}

/** What a store keeps of a URL: the URL as it may be shown, and a digest of the whole if that is not all of it. */
function storedUrl(url: string): string {
  const shown = shownUrl(url);
  if (new URL(url).href === shown) return shown;
  return `${shown}#${createHash("sha256").update(url).digest("hex")}`;
}

/** Whether the parts of a URL that may hold a secret are left out, and a digest of the whole is there instead. */
export function isDigested(url: string): boolean {
  return /^[^?#]*#[\da-f]{64}$/.test(url) && shownUrl(url) === url.replace(/#.*$/, "");
}

/** The whole URL of what a store keeps of it. Without one, it can't be checked any more. */
function wholeUrl(given: string): string {
  // A whole URL is that of its own file, whatever others differ from it only in their query.
  if (!isDigested(given)) return given;
  const known = wholeUrls.get(given) ?? wholeUrls.get(shownUrl(given));
  if (known === undefined) throw new Error("the URL is not known in this process");
  return known;
}

/**
 * The current identity of a file on a server, from its URL or from what is stored of that: its length as `size`, its ETag as `modified` and its Last-Modified as
 * `changed`. If the server sends neither, changes can't be detected: the identity differs each time, so nothing
 * computed from the file stays in a cache. Requests one byte with GET, because many servers don't support HEAD.
 *
 * @throws DownloadError `VOXRX_HTTP_STATUS`, or what the connection threw
 */
export async function identifyUrl(given: string, signal?: AbortSignal): Promise<FileIdentity> {
  const url = wholeUrl(given);
  const parsed = parseUrl(url);
  rememberUrl(url);
  const headers = headersByUrl.get(url) ?? {};
  const timeout = AbortSignal.timeout(timeoutMs);
  const request = { url: parsed, headers, from: 0, to: 1, validator: undefined };
  const answer = await requestFile({ ...request, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  discard(answer.body);
  const { status, range, sentLength, etag, lastModified } = answer;
  const isEmpty = status === 416;
  if (status !== 200 && status !== 206 && !isEmpty) {
    const fault = statusFailure(status, shownUrl(parsed), undefined);
    throw fault instanceof TransientFailure ? fault.final : fault;
  }
  const size = status === 206 ? range?.total : isEmpty ? 0 : sentLength;
  const isKnown = (etag !== undefined || lastModified !== undefined) && size !== undefined;
  if (!isKnown) return unknownIdentity(url);
  return { path: storedUrl(url), size, modified: etag ?? "", changed: lastModified ?? "" };
}

/** An identity that equals no other, for files whose changes can't be detected. */
export function unknownIdentity(url: string): FileIdentity {
  return { path: storedUrl(url), size: 0, modified: `unknown ${randomUUID()}`, changed: "" };
}
