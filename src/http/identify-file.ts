import { isOfSystem, systemCode } from "../files/disk-failure.ts";
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
 * The identities that the files have now, if their content is what it was; `changed` if that of any is another, or a
 * local file is missing; `unknown` if a file can't be looked at now, because its server does not answer for example.
 * Files that look as they did are not read; others are, if their hash is known.
 */
export async function renewedIdentities(
  files: readonly FileIdentity[],
): Promise<readonly FileIdentity[] | "changed" | "unknown"> {
  const looks = await Promise.all(files.map((file) => renewedIdentity(file).catch(faultOfLook)));
  if (looks.includes("changed")) return "changed";
  const renewed = looks.filter((look) => typeof look === "object");
  return renewed.length === files.length ? renewed : "unknown";
}

function faultOfLook(error: unknown): "changed" | "unknown" {
  const code = systemCode(error);
  return isOfSystem(error) && (code === "ENOENT" || code === "ENOTDIR") ? "changed" : "unknown";
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

function currentLook({ path, device }: FileIdentity): Promise<FileIdentity> {
  return isUrl(path) ? identifyUrl(path) : localFileIdentity(path, device);
}

async function renewedIdentity(file: FileIdentity): Promise<FileIdentity | "changed"> {
  const now = await currentLook(file);
  if (looksUnchanged(file, now) && !(file.isYoung && file.hash !== undefined)) return file;
  if (file.hash === undefined || now.size !== file.size) return "changed";
  const hashed = await hashedFileIdentity(file.path);
  return hashed.hash === file.hash ? hashed : "changed";
}
