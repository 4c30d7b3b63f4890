import { stat } from "node:fs/promises";

/** Identity of a file at the time it was read. If any field differs later, results computed from the file are stale. */
export interface FileIdentity {
  /** Path as it was opened, or URL. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Time of the last change of its bytes, in nanoseconds, as a decimal string. Of a URL: the ETag. */
  readonly modified: string;
  /**
   * Time of the last change of its inode, in nanoseconds, as a decimal string: changes even if `modified` was set back.
   * Of a URL: Last-Modified.
   */
  readonly changed: string;
}

/** The current identity of a local file. */
export async function localFileIdentity(path: string): Promise<FileIdentity> {
  const { size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return { path, size: Number(size), modified: String(mtimeNs), changed: String(ctimeNs) };
}
