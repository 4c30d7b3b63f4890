/** Images at web addresses. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatBytes } from "../bytes.ts";
import { isVoxRxError, PipelineError, reviveError } from "../errors.ts";
import { decodeVolume, formatOfBytes, type ReadOptions, readVolume } from "../format/format.ts";
import type { Volume } from "../volume/volume.ts";
import { identifyAddress, rememberHeaders, unknownIdentity } from "./identify-url.ts";
import { readSource } from "./read-source.ts";
import { addressOf, publicUrl } from "./request.ts";

/** How {@link readAddress} is told. */
export interface AddressOptions extends ReadOptions {
  readonly signal: AbortSignal;
  /** Headers for the server. They go to no other origin and into no message. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes that the file may have: it is held in memory. */
  readonly maxBytes: number;
}

/**
 * Reads an image from a web address, as `readVolume` reads a file; nothing stays on disk. Formats that cannot be decoded from memory take the way
 * over a temporary file.
 *
 * @throws FormatError as `readVolume`
 * @throws DownloadError as `readSource`
 * @throws PipelineError `VOXRX_TOO_LARGE`
 */
export async function readAddress(address: string, options: AddressOptions): Promise<Volume> {
  const { signal, headers, maxBytes, onFile, dtype = "auto" } = options;
  const shown = publicUrl(addressOf(address));
  rememberHeaders(address, headers);
  // Where this fails, the transfer below fails too and says why, or has the patience for a line that was down for a moment.
  const identity = await identifyAddress(address, signal).catch(() => unknownIdentity(address));
  signal.throwIfAborted();
  onFile?.(identity);
  const bytes = await collect(readSource(address, { signal, headers }), maxBytes, shown);
  const format = await formatOfBytes(bytes, shown, signal);
  if (format.decode) return decodeVolume(bytes, { name: shown, dtype, signal });
  return overFile(bytes, shown, { dtype, signal });
}

async function collect(chunks: AsyncIterable<Uint8Array>, most: number, file: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > most) {
      throw new PipelineError("VOXRX_TOO_LARGE", `the file has more than ${formatBytes(most)}`, {
        file,
        remedy: "Raise maxBytes, or download() it first.",
      });
    }
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}

async function overFile(
  bytes: Uint8Array,
  shown: string,
  options: { readonly dtype: NonNullable<ReadOptions["dtype"]>; readonly signal: AbortSignal },
): Promise<Volume> {
  const folder = await mkdtemp(join(tmpdir(), "voxrx-url-"));
  try {
    const last = decodeURIComponent(shown.slice(shown.lastIndexOf("/") + 1));
    const path = join(folder, /^[\w.-]+$/.test(last) && !/^\.+$/.test(last) ? last : "image");
    await writeFile(path, bytes, { signal: options.signal });
    return (await readVolume(path, options)).withMeta({ source: shown });
  } catch (error) {
    options.signal.throwIfAborted();
    if (isVoxRxError(error) && error.file?.startsWith(folder)) throw reviveError({ ...error.toJSON(), file: shown });
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
