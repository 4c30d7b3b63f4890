import { randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { ContentHash } from "./content-hash.ts";
import { lookAtFile } from "./look-at-file.ts";
import { whenFileFree } from "./when-file-free.ts";

/**
 * Identity of a file at the time it was read. The content counts: where anything else differs later, the bytes are
 * hashed again, and results computed from the file are stale if the hash differs.
 */
export interface FileIdentity {
  /** Path as it was opened, or URL. */
  readonly path: string;
  /** Size in bytes; 0 for a directory. */
  readonly size: number;
  /** Time of the last change of its bytes, in nanoseconds, as a decimal string. Of a URL: the ETag. */
  readonly modified: string;
  /**
   * Time of the last change of its inode, in nanoseconds, as a decimal string: changes even if `modified` was set back.
   * Of a URL: Last-Modified.
   */
  readonly changed: string;
  /** Absolute path, for a local file: a relative one names another file in another working directory. */
  readonly absolute?: string;
  /** Device and inode of a local file, as decimal strings. */
  readonly device?: string;
  readonly inode?: string;
  /** Hash of the bytes (XXH3, 128 bits, hexadecimal); of a directory: of the sorted names in it. */
  readonly hash?: string;
  /**
   * Set if the file had changed so shortly before it was read that a later change may leave its times as they are.
   * Its bytes are then always hashed.
   */
  readonly isYoung?: true;
}

/** A file system's clock moves in steps of up to 2 s (FAT); within one step a file can change and keep its times. */
const clockStepNs = 2_500_000_000n;

const pieceBytes = 2 ** 20;

/** The current identity of a local file, without its content. @param device where it was at an earlier look */
export async function localFileIdentity(path: string, device?: string): Promise<FileIdentity> {
  return identityFrom(path, await lookAtFile(path, device));
}

/** The current identity of a local file or directory with the hash of its content; without one for anything else. */
export async function hashedFileIdentity(path: string): Promise<FileIdentity> {
  const stats = await stat(path, { bigint: true });
  if (stats.isDirectory()) return directoryIdentity(path, stats);
  // Opening a named pipe would wait for its writer.
  if (!stats.isFile()) return identityFrom(path, stats);
  const handle = await whenFileFree(() => open(path, "r"));
  try {
    const before = identityFrom(path, await handle.stat({ bigint: true }));
    const hash = await ContentHash.start();
    const piece = new Uint8Array(Math.min(pieceBytes, before.size));
    for (let at = 0; ; ) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, at);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      at += bytesRead;
    }
    return withHash(before, identityFrom(path, await handle.stat({ bigint: true })), hash.digest());
  } finally {
    await handle.close();
  }
}

/** The identity of an open file from what the system says of it. */
export function identityFrom(path: string, stats: BigIntStats): FileIdentity {
  const { size, mtimeNs, ctimeNs, dev, ino } = stats;
  const isYoung = BigInt(Date.now()) * 1_000_000n - ctimeNs < clockStepNs;
  return {
    path,
    size: stats.isDirectory() ? 0 : Number(size),
    modified: String(mtimeNs),
    changed: String(ctimeNs),
    absolute: resolve(path),
    device: String(dev),
    inode: String(ino),
    ...(isYoung ? { isYoung } : {}),
  };
}

/** An identity with the hash of the bytes read between two looks at the file; unlike any other if it changed then. */
export function withHash(before: FileIdentity, after: FileIdentity, hash: string): FileIdentity {
  return { ...before, hash: looksUnchanged(before, after) ? hash : `changed while it was read ${randomUUID()}` };
}

/** Whether two identities of a path agree in all but the hash. */
export function looksUnchanged(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.size === b.size &&
    a.modified === b.modified &&
    a.changed === b.changed &&
    a.absolute === b.absolute &&
    a.device === b.device &&
    a.inode === b.inode
  );
}

async function directoryIdentity(path: string, stats: BigIntStats): Promise<FileIdentity> {
  const names = (await whenFileFree(() => readdir(path))).sort();
  const hash = await ContentHash.start();
  hash.update(Buffer.from(JSON.stringify(names)));
  return { ...identityFrom(path, stats), hash: hash.digest() };
}
