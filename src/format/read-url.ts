/** Reading images from URLs. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatBytes } from "../bytes.ts";
import { isVoxRxError, PipelineError, reviveError } from "../errors.ts";
import { identifyUrl, rememberHeaders, unknownIdentity } from "../http/identify-url.ts";
import { readSource } from "../http/read-source.ts";
import { parseUrl } from "../http/request.ts";
import { shownUrl } from "../shown-url.ts";
import type { Volume } from "../volume/volume.ts";
import { decodeOr, type ReadOptions, type ReadRequest, readVolume } from "./read-volume.ts";

/** Options of {@link readUrl}. */
export interface UrlOptions extends ReadRequest {
  readonly signal: AbortSignal;
  /** HTTP headers for the server. Never sent to another origin, never shown in a message. */
  readonly headers: Readonly<Record<string, string>>;
  /** Largest file allowed, in bytes: the whole file is held in memory. */
  readonly maxBytes: number;
}

/**
 * Reads an image from a URL, as `readVolume` reads a file; nothing stays on disk. For formats that can't be decoded
 * from memory, a temporary file is written.
 *
 * @throws FormatError as `readVolume`
 * @throws DownloadError as `readSource`
 * @throws PipelineError `VOXRX_TOO_LARGE`
 */
export async function readUrl(url: string, options: UrlOptions): Promise<Volume> {
  const { signal, headers, maxBytes, onFile, memory, dtype = "auto" } = options;
  const shown = shownUrl(parseUrl(url));
  rememberHeaders(url, headers);
  if (onFile) {
    // If this fails, the transfer below either fails too and says why, or succeeds by retrying.
    const identity = await identifyUrl(url, signal).catch(() => unknownIdentity(url));
    signal.throwIfAborted();
    onFile(identity);
  }
  const bytes = await collect(readSource(url, { signal, headers }), maxBytes, shown).catch((error: unknown) => {
    // What the server failed to send may come another time, though nothing about the file has changed.
    if (!isVoxRxError(error, "VOXRX_TOO_LARGE")) onFile?.(unknownIdentity(url));
    throw error;
  });
  return decodeOr(bytes, { name: shown, dtype, signal, memory }, () =>
    readThroughFile(bytes, shown, { dtype, signal }),
  );
}

async function collect(chunks: AsyncIterable<Uint8Array>, maxBytes: number, file: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new PipelineError("VOXRX_TOO_LARGE", `the file is larger than ${formatBytes(maxBytes)}`, {
        file,
        remedy: "Raise maxBytes, or download the file first with download().",
      });
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

async function readThroughFile(
  bytes: Uint8Array,
  shown: string,
  options: { readonly dtype: NonNullable<ReadOptions["dtype"]>; readonly signal: AbortSignal },
): Promise<Volume> {
  const dir = await mkdtemp(join(tmpdir(), "voxrx-url-"));
  try {
    const last = decodeURIComponent(shown.slice(shown.lastIndexOf("/") + 1));
    const path = join(dir, /^[\w.-]+$/.test(last) && !/^\.+$/.test(last) ? last : "image");
    await writeFile(path, bytes, { signal: options.signal });
    return (await readVolume(path, options)).withMeta({ source: shown });
  } catch (error) {
    options.signal.throwIfAborted();
    if (isVoxRxError(error) && error.file?.startsWith(dir)) throw reviveError({ ...error.toJSON(), file: shown });
    throw error;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
