/** Members of a zip archive, read into memory. */
import type { Entry } from "yauzl";
import { ArchiveError, isVoxRxError, messageOf } from "../errors.ts";
import { loadedOnUse } from "../files/load-module.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { contradiction } from "./contradiction.ts";
import { contentOf, zipEntries, zipEntryName } from "./read-zip.ts";

const yauzl = loadedOnUse(() => import("yauzl"));

/**
 * The content of the selected members by name, with each CRC-32 checked. The archive is opened once. Two selected members with one
 * name are an error.
 *
 * @param select the names to read, of those in the archive
 * @param maxBytes maximum size of the selected members together, in bytes
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE`, `VOXRX_ARCHIVE_LIMIT`
 */
export async function readZipMembers(
  path: string,
  select: (names: readonly string[]) => readonly string[],
  maxBytes: number,
  signal: AbortSignal | undefined,
): Promise<Map<string, Uint8Array>> {
  const { openPromise } = await yauzl();
  const zip = await whenFileFree(() => openPromise(path, { autoClose: false, decodeStrings: false }), signal).catch(
    (cause: unknown) => {
      throw badArchive(path, cause);
    },
  );
  const members = new Map<string, Uint8Array>();
  let left = maxBytes;
  try {
    const entries: { readonly name: string; readonly entry: Entry }[] = [];
    for await (const entry of zipEntries(zip, path)) entries.push({ name: await zipEntryName(entry), entry });
    const selected = new Set(select(entries.map(({ name }) => name)));
    const chosen = entries.filter(({ name }) => selected.has(name));
    const twice = chosen.find(({ name }) => !selected.delete(name));
    if (twice) throw contradiction(twice.name, "is in the archive more than once");
    for (const { name, entry } of chosen) {
      left -= entry.uncompressedSize;
      if (left < 0) throw tooLarge(path, maxBytes);
      const chunks: Uint8Array[] = [];
      for await (const chunk of contentOf(zip, entry, name, signal)) chunks.push(chunk);
      members.set(name, Buffer.concat(chunks));
    }
    return members;
  } catch (error) {
    signal?.throwIfAborted();
    throw isVoxRxError(error) ? error.locate({ file: path }) : badArchive(path, error);
  } finally {
    zip.close();
  }
}

function tooLarge(path: string, maxBytes: number): ArchiveError {
  return new ArchiveError("VOXRX_ARCHIVE_LIMIT", `the archive's members are larger than ${maxBytes} bytes`, {
    file: path,
    remedy: "Raise maxBytes if this is the right file.",
  });
}

function badArchive(path: string, cause: unknown): ArchiveError {
  const reason = messageOf(cause);
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `the archive cannot be read: ${reason}`, {
    file: path,
    cause,
    remedy: "Download it again.",
  });
}
