/** What a file on a server is: told by its validators, which are asked for without its bytes. */
import { randomUUID } from "node:crypto";
import type { FileIdentity } from "../files/identify-file.ts";
import { discard, publicUrl, requestFile } from "./request.ts";
import { Passing, statusFailure } from "./transfer-failures.ts";

const patienceMs = 30_000;

/** Headers that addresses were read with in this process, so that a cache can ask for them again. Kept in memory only. */
const headersByAddress = new Map<string, Readonly<Record<string, string>>>();
const mostAddresses = 100_000;

/** Notes with which headers an address is read. */
export function rememberHeaders(address: string, headers: Readonly<Record<string, string>>): void {
  if (Object.keys(headers).length === 0) return;
  headersByAddress.delete(address);
  headersByAddress.set(address, headers);
  const [oldest] = headersByAddress.keys();
  if (headersByAddress.size > mostAddresses && oldest !== undefined) headersByAddress.delete(oldest);
}

/**
 * The identity of a file on a server as it is now: its length as `size`, its ETag as `modified` and its Last-Modified as `changed`. A server
 * that sends neither cannot say whether a file is unchanged: it has another identity each time, and nothing made from it stays in a cache.
 * One byte is asked for, since many servers answer GET and not HEAD.
 *
 * @throws DownloadError `VOXRX_HTTP_STATUS`, or what the connection threw
 */
export async function identifyAddress(address: string, signal?: AbortSignal): Promise<FileIdentity> {
  const url = new URL(address);
  const headers = headersByAddress.get(address) ?? {};
  const patience = AbortSignal.timeout(patienceMs);
  const asked = { url, headers, from: 0, to: 1, validator: undefined };
  const answer = await requestFile({ ...asked, signal: signal ? AbortSignal.any([signal, patience]) : patience });
  discard(answer.body);
  const { status, range, length, etag, lastModified } = answer;
  const isEmpty = status === 416;
  if (status !== 200 && status !== 206 && !isEmpty) {
    const fault = statusFailure(status, publicUrl(url), undefined);
    throw fault instanceof Passing ? fault.final : fault;
  }
  const size = status === 206 ? range?.total : isEmpty ? 0 : length;
  const isTold = (etag !== undefined || lastModified !== undefined) && size !== undefined;
  if (!isTold) return unknownIdentity(address);
  return { path: address, size, modified: etag ?? "", changed: lastModified ?? "" };
}

/** An identity that no other one equals: for what cannot be known to be unchanged. */
export function unknownIdentity(address: string): FileIdentity {
  return { path: address, size: 0, modified: `unknown ${randomUUID()}`, changed: "" };
}
