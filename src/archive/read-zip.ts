/** Reads zip archives. The central directory at their end is checked completely before anything is written. */
import { open } from "node:fs/promises";
import { addAbortSignal } from "node:stream";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { ArchiveError } from "../errors.ts";
import { loadedOnUse } from "../files/load-module.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { contradiction } from "./contradiction.ts";
import { EscapedNames, nameOfBytes } from "./entry-bytes.ts";
import type { ReadArchive } from "./read-tar.ts";
import type { Admitted, EntryKind, Staging } from "./staging.ts";

const yauzl = loadedOnUse(() => import("yauzl"));

/** Passes every entry of a zip to the staging directory. */
export async function readZip({ archive, signal, onRead }: ReadArchive, staging: Staging): Promise<void> {
  const { openPromise } = await yauzl();
  const zip = await whenFileFree(() => openPromise(archive, { autoClose: false, decodeStrings: false }), signal);
  const names = new EscapedNames();
  try {
    const wanted: [Entry, Admitted][] = [];
    for await (const entry of zipEntries(zip, archive)) {
      const name = await zipEntryName(entry);
      const nameBytes = entry.fileNameRaw.toString("latin1");
      names.check(name, nameBytes);
      const admitted = await staging.admit({
        name,
        nameBytes,
        kind: kindOf(entry, name),
        size: entry.uncompressedSize,
      });
      if (admitted) wanted.push([entry, admitted]);
    }
    let read = 0;
    for (const [entry, admitted] of wanted) {
      await staging.write(admitted, contentOf(zip, entry, admitted.name, signal));
      onRead((read += entry.compressedSize));
    }
  } finally {
    zip.close();
  }
}

const entrySignature = 0x02014b50;

/**
 * All entries of an archive. Its end has their number in 16 bits, which writers without zip64 let overflow: the other
 * entries would be missing.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE` if the central directory goes on after that number of entries
 */
export async function* zipEntries(zip: ZipFile, archive: string): AsyncGenerator<Entry, void, void> {
  yield* zip.eachEntry();
  const end: unknown = zip.readEntryCursor; // a position, whatever the declared type says
  if (typeof end !== "number") return;
  await using file = await whenFileFree(() => open(archive, "r"));
  const { bytesRead, buffer } = await file.read(Buffer.alloc(4), 0, 4, end);
  if (bytesRead < 4 || buffer.readUInt32LE(0) !== entrySignature) return;
  throw new ArchiveError("VOXRX_BAD_ARCHIVE", `the archive lists more entries than the ${zip.entryCount} it counts`, {
    file: archive,
    remedy: "Extract it with another tool, or make it again with zip64: it may have more than 65535 entries.",
  });
}

/** The flag for a name in UTF-8 (APPNOTE 4.4.4, bit 11). */
const utf8Flag = 1 << 11;

/**
 * The name of an entry of an archive opened with `decodeStrings: false`: from the Unicode path extra field if it belongs
 * to the name (APPNOTE 4.6.9), else UTF-8 if flagged, else code page 437.
 */
export async function zipEntryName(entry: Entry): Promise<string> {
  const { getFileNameLowLevel } = await yauzl();
  const { generalPurposeBitFlag: flags, fileNameRaw, extraFields } = entry;
  const isUtf8 = (flags & utf8Flag) !== 0;
  const name = getFileNameLowLevel(flags, fileNameRaw, extraFields, true);
  // Decoding loses bytes that are not UTF-8.
  return isUtf8 && name.includes("\ufffd") ? nameOfBytes(fileNameRaw) : name;
}

/** The content of an entry, with its CRC-32 checked (yauzl leaves that to its caller). */
export async function* contentOf(
  zip: ZipFile,
  entry: Entry,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) throw contradiction(name, "is encrypted, which is not supported");
  if (!entry.canDecodeFileData())
    throw contradiction(name, `is compressed with method ${entry.compressionMethod}; only deflate is supported`);
  const content = await zip.openReadStreamPromise(entry);
  if (signal) addAbortSignal(signal, content);
  let sum = 0;
  for await (const chunk of content) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw contradiction(name, "is damaged: its CRC-32 is wrong");
}

/** The upper half of the attributes is the Unix mode if a Unix system wrote the archive, else zero. */
function kindOf(entry: Entry, name: string): EntryKind {
  const mode = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (mode === 0o120000) return "link";
  if (mode !== 0 && mode !== 0o100000 && mode !== 0o040000) return "special";
  return mode === 0o040000 || name.endsWith("/") ? "directory" : "file";
}
