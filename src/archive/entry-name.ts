import { ArchiveError } from "../errors.ts";
import { isRecordDirectory } from "../http/download-record.ts";

/** The longest path of Linux in bytes; other systems take less. */
const maxNameLength = 4096;

/**
 * The name of an entry as a path relative to the target directory, with `/` as separator; empty for the target itself.
 *
 * @throws ArchiveError `VOXRX_UNSAFE_ENTRY` for a name that is outside the target on any system
 */
export function entryName(name: string): string {
  if (name.length > maxNameLength) refuseEntry(name, `has a name of ${name.length} characters`);
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.includes("\0")) refuseEntry(name, "has a NUL in its name");
  if (name.includes("\\")) refuseEntry(name, "has a backslash in its name, which is a path separator on some systems");
  if (name.startsWith("/")) refuseEntry(name, "has an absolute name");
  if (/^[a-z]:/i.test(name)) refuseEntry(name, "has a drive letter in its name");
  if (parts.includes("..")) refuseEntry(name, "is outside the target directory");
  if (parts.some(isRecordDirectory)) refuseEntry(name, "would overwrite the records that VoxRx keeps");
  return parts.join("/");
}

/** Whether macOS added the entry: `__MACOSX/…` and AppleDouble files (`._name`). */
export function isMacExtra(name: string): boolean {
  const parts = name.split("/");
  return parts[0] === "__MACOSX" || (parts.at(-1)?.startsWith("._") ?? false);
}

/** @throws ArchiveError `VOXRX_UNSAFE_ENTRY` */
export function refuseEntry(name: string, fault: string): never {
  const shown = JSON.stringify(name.slice(0, 200));
  throw new ArchiveError("VOXRX_UNSAFE_ENTRY", `the entry ${shown} ${fault}`, {
    remedy: "Nothing was extracted. Don't trust the archive, or ask its publisher about the entry.",
  });
}
