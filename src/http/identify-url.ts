/** The identity of a file on a server, from its HTTP validators; the file isn't downloaded for it. */
import { randomUUID } from "node:crypto";
import type { FileIdentity } from "../files/file-identity.ts";
import { discard, publicUrl, requestFile } from "./request.ts";
import { statusFailure, TransientFailure } from "./transfer-failures.ts";

const timeoutMs = 30_000;

/** Request headers used for each URL in this process, so that a cache can check the URL again. Kept in memory only. */
const headersByUrl = new Map<string, Readonly<Record<string, string>>>();
const maxUrls = 100_000;

/** Remembers the request headers of a URL. */
export function rememberHeaders(url: string, headers: Readonly<Record<string, string>>): void {
  if (Object.keys(headers).length === 0) return;
  headersByUrl.delete(url);
  headersByUrl.set(url, headers);
  const [oldest] = headersByUrl.keys();
  if (headersByUrl.size > maxUrls && oldest !== undefined) headersByUrl.delete(oldest);
}

/**
 * The current identity of a file on a server: its length as `size`, its ETag as `modified` and its Last-Modified as
 * `changed`. If the server sends neither, changes can't be detected: the identity differs each time, so nothing
 * computed from the file stays in a cache. Requests one byte with GET, because many servers don't support HEAD.
 *
 * @throws DownloadError `VOXRX_HTTP_STATUS`, or what the connection threw
 */
export async function identifyUrl(url: string, signal?: AbortSignal): Promise<FileIdentity> {
  const parsed = new URL(url);
  const headers = headersByUrl.get(url) ?? {};
  const timeout = AbortSignal.timeout(timeoutMs);
  const request = { url: parsed, headers, from: 0, to: 1, validator: undefined };
  const answer = await requestFile({ ...request, signal: signal ? AbortSignal.any([signal, timeout]) : timeout });
  discard(answer.body);
  const { status, range, sentLength, etag, lastModified } = answer;
  const isEmpty = status === 416;
  if (status !== 200 && status !== 206 && !isEmpty) {
    const fault = statusFailure(status, publicUrl(parsed), undefined);
    throw fault instanceof TransientFailure ? fault.final : fault;
  }
  const size = status === 206 ? range?.total : isEmpty ? 0 : sentLength;
  const isKnown = (etag !== undefined || lastModified !== undefined) && size !== undefined;
  if (!isKnown) return unknownIdentity(url);
  return { path: url, size, modified: etag ?? "", changed: lastModified ?? "" };
}

/** An identity that equals no other, for files whose changes can't be detected. */
export function unknownIdentity(url: string): FileIdentity {
  return { path: url, size: 0, modified: `unknown ${randomUUID()}`, changed: "" };
}
