/** Reads zip archives. The central directory at their end is checked completely before anything is written. */
import { addAbortSignal } from "node:stream";
import { crc32 } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import type { ReadArchive } from "./read-tar.ts";
import { type Admitted, contradiction, type EntryKind, type Staging } from "./staging.ts";

/** Passes every entry of a zip to the staging directory. */
export async function readZip({ archive, signal, onRead }: ReadArchive, staging: Staging): Promise<void> {
  const { getFileNameLowLevel, openPromise } = await import("yauzl");
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
