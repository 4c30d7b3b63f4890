import { type FileIdentity, localFileIdentity } from "../files/file-identity.ts";
import { identifyUrl } from "./identify-url.ts";
import { isUrl } from "./read-source.ts";

/**
 * The current identity of a file or URL. Take it before reading the file, so that a change during reading is noticed
 * later.
 */
export async function identifyFile(path: string): Promise<FileIdentity> {
  return isUrl(path) ? identifyUrl(path) : localFileIdentity(path);
}

/** Whether all files are unchanged. */
export async function areUnchanged(files: readonly FileIdentity[]): Promise<boolean> {
  const same = await Promise.all(
    files.map(async (file) => {
      const now = await identifyFile(file.path).catch(() => undefined);
      return now?.size === file.size && now.modified === file.modified && now.changed === file.changed;
    }),
  );
  return same.every(Boolean);
}
