import { stat } from "node:fs/promises";
import { identifyAddress } from "../http/identify-url.ts";
import { isUrl } from "../http/read-source.ts";

/** What a file was when it was read. If any of it differs later, what was computed from it is stale. */
export interface FileIdentity {
  /** Path as it was opened, or address. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Time of the last change of its bytes, in nanoseconds, as a decimal text. Of an address: the ETag. */
  readonly modified: string;
  /** Time of the last change of its inode, in nanoseconds, as a decimal text: moves even where `modified` was set back. Of an address: Last-Modified. */
  readonly changed: string;
}

/** The identity of a file as it is now. Take it before reading the file: a change while it is read then shows later. */
export async function identifyFile(path: string): Promise<FileIdentity> {
  if (isUrl(path)) return identifyAddress(path);
  const { size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return { path, size: Number(size), modified: String(mtimeNs), changed: String(ctimeNs) };
}

/** Whether every file still is what it was. */
export async function areUnchanged(files: readonly FileIdentity[]): Promise<boolean> {
  const same = await Promise.all(
    files.map(async (file) => {
      const now = await identifyFile(file.path).catch(() => undefined);
      return now?.size === file.size && now.modified === file.modified && now.changed === file.changed;
    }),
  );
  return same.every(Boolean);
}
