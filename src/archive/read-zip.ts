/** Reads zip archives. The list at their end is checked as a whole before anything is written. */
import { addAbortSignal } from "node:stream";
import { crc32 } from "node:zlib";
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from "yauzl";
import type { ReadArchive } from "./read-tar.ts";
import { type Admitted, contradiction, type EntryKind, type Staging } from "./staging.ts";

/** Hands every entry of a zip to the staging folder. */
export async function readZip({ archive, signal, onRead }: ReadArchive, staging: Staging): Promise<void> {
  const zip = await openPromise(archive, { autoClose: false, decodeStrings: false });
  try {
    const wanted: [Entry, Admitted][] = [];
    for await (const entry of zip.eachEntry()) {
      const name = getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true);
      const admitted = await staging.admit({ name, kind: kindOf(entry, name), size: entry.uncompressedSize });
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

/** The content of an entry, checked against its CRC-32, which yauzl leaves to its caller. */
export async function* contentOf(
  zip: ZipFile,
  entry: Entry,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  if (entry.isEncrypted()) throw contradiction(name, "is encrypted, which is not read");
  if (!entry.canDecodeFileData())
    throw contradiction(name, `is packed by method ${entry.compressionMethod}, not by deflate`);
  const content = await zip.openReadStreamPromise(entry);
  if (signal) addAbortSignal(signal, content);
  let sum = 0;
  for await (const chunk of content) {
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (sum !== entry.crc32) throw contradiction(name, "is damaged: its CRC-32 is not the announced one");
}

/** The upper half of the attributes is a Unix mode where a Unix system wrote the archive, else zero. */
function kindOf(entry: Entry, name: string): EntryKind {
  const mode = (entry.externalFileAttributes >>> 16) & 0o170000;
  if (mode === 0o120000) return "link";
  if (mode !== 0 && mode !== 0o100000 && mode !== 0o040000) return "special";
  return mode === 0o040000 || name.endsWith("/") ? "directory" : "file";
}
