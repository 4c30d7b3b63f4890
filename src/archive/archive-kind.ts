import { open } from "node:fs/promises";
import { ArchiveError, FormatError } from "../errors.ts";
import { systemCode } from "../files/disk-failure.ts";
import { urlAsPath } from "../files/image-file.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { isTarHeader } from "./tar-header.ts";

/** Supported kinds of archives. */
export type ArchiveKind = "tar" | "tar.gz" | "zip";

/**
 * An empty tar consists of zeros, usually one record of 20 blocks. A longer file of zeros was never written completely.
 */
export const emptyTarBytes = 10240;

const foreign: readonly (readonly [name: string, magic: string])[] = [
  ["a bzip2 file", "425a68"],
  ["an xz file", "fd377a585a00"],
  ["a Zstandard file", "28b52ffd"],
  ["a 7-Zip archive", "377abcaf271c"],
  ["a RAR archive", "526172211a07"],
];

/**
 * The kind of an archive, detected from its first bytes, never from its name.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE`
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
 */
export async function archiveKind(archive: string): Promise<ArchiveKind> {
  const { head, size } = await readHead(archive);
  return kindOfHead(head, size, archive);
}

/**
 * {@link archiveKind} from an archive's first 512 bytes and its size, as far as it is known.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE`
 */
export function kindOfHead(head: Buffer, size: number, archive: string): ArchiveKind {
  const hex = head.toString("hex", 0, 8);
  if (hex.startsWith("1f8b")) return "tar.gz";
  // "PK00" marks a zip that could have become several parts but did not.
  if (/^504b(0304|0506|3030504b)/.test(hex)) return "zip";
  if (head.toString("latin1", 257, 262) === "ustar" || isTarHeader(head)) return "tar";
  const isZero = head.length === 512 && head.every((byte) => byte === 0);
  if (isZero && size <= emptyTarBytes) return "tar";
  const known = foreign.find(([, magic]) => hex.startsWith(magic));
  throw new ArchiveError(
    "VOXRX_BAD_ARCHIVE",
    size === 0 ? "the archive is empty" : `the file is ${known?.[0] ?? "not an archive"}`,
    {
      file: archive,
      remedy:
        "Use a tar, tar.gz or zip. If the file should be one, download it again; else unpack it with another tool.",
    },
  );
}

async function readHead(archive: string): Promise<{ readonly head: Buffer; readonly size: number }> {
  try {
    await using handle = await whenFileFree(() => open(archive, "r"));
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return { head: buffer.subarray(0, bytesRead), size: (await handle.stat()).size };
  } catch (cause) {
    const asPath = urlAsPath(archive);
    if (asPath) throw asPath;
    const isMissing = systemCode(cause) === "ENOENT";
    const fault = isMissing ? "the archive does not exist" : "the archive cannot be read";
    throw new FormatError(isMissing ? "VOXRX_FILE_MISSING" : "VOXRX_FILE_UNREADABLE", fault, {
      file: archive,
      cause,
      remedy: isMissing ? "Download it first." : "Check the path and its permissions.",
    });
  }
}
