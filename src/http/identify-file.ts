import { type FileIdentity, hashedFileIdentity, localFileIdentity, looksUnchanged } from "../files/file-identity.ts";
import { identifyUrl } from "./identify-url.ts";
import { isUrl } from "./read-source.ts";

/**
 * The current identity of a file or URL, with the hash of a local file's content. Take it before reading the file, so
 * that a change during reading is noticed later.
 */
export async function identifyFile(path: string): Promise<FileIdentity> {
  return isUrl(path) ? identifyUrl(path) : hashedFileIdentity(path);
}

/**
 * The identities that the files have now, if their content is what it was; undefined if that of any has changed. Files
 * that look as they did are not read; others are, if their hash is known.
 */
export async function renewedIdentities(files: readonly FileIdentity[]): Promise<readonly FileIdentity[] | undefined> {
  const renewed = await Promise.all(files.map((file) => renewedIdentity(file).catch(() => undefined)));
  return renewed.every((file) => file !== undefined) ? renewed : undefined;
}

/** Whether all files look as they did, without reading them. */
export async function lookUnchanged(files: readonly FileIdentity[]): Promise<boolean> {
  const same = await Promise.all(
    files.map(async (file) => {
      const now = file.isYoung ? undefined : await currentLook(file).catch(() => undefined);
      return now !== undefined && looksUnchanged(file, now);
    }),
  );
  return same.every(Boolean);
}

function currentLook({ path }: FileIdentity): Promise<FileIdentity> {
  return isUrl(path) ? identifyUrl(path) : localFileIdentity(path);
}

async function renewedIdentity(file: FileIdentity): Promise<FileIdentity | undefined> {
  const now = await currentLook(file);
  if (looksUnchanged(file, now) && !(file.isYoung && file.hash !== undefined)) return file;
  if (file.hash === undefined || now.size !== file.size) return undefined;
  const hashed = await hashedFileIdentity(file.path);
  return hashed.hash === file.hash ? hashed : undefined;
}
