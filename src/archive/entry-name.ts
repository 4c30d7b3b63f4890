import { ArchiveError } from "../errors.ts";
import { recordFolder } from "../http/download-record.ts";

/**
 * The name of an entry as a path below the target, `/` between its parts; empty for the target itself.
 *
 * @throws ArchiveError `VOXRX_UNSAFE_ENTRY` for a name that leads out of the target, on any system
 */
export function entryName(name: string): string {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.includes("\0")) refuseEntry(name, "has a NUL in its name");
  if (name.includes("\\")) refuseEntry(name, "has a backslash in its name, which separates folders on some systems");
  if (name.startsWith("/")) refuseEntry(name, "has an absolute name");
  if (/^[a-z]:/i.test(name)) refuseEntry(name, "names a drive");
  if (parts.includes("..")) refuseEntry(name, "leads out of the target folder");
  if (parts[0]?.toLowerCase() === recordFolder) refuseEntry(name, "would overwrite the records of VoxRx");
  return parts.join("/");
}

/** Whether an entry is one that macOS adds beside the real ones: `__MACOSX/…` and AppleDouble files (`._name`). */
export function isMacExtra(name: string): boolean {
  const parts = name.split("/");
  return parts[0] === "__MACOSX" || (parts.at(-1)?.startsWith("._") ?? false);
}

/** @throws ArchiveError `VOXRX_UNSAFE_ENTRY` */
export function refuseEntry(name: string, fault: string): never {
  const shown = JSON.stringify(name.slice(0, 200));
  throw new ArchiveError("VOXRX_UNSAFE_ENTRY", `the entry ${shown} ${fault}`, {
    remedy: "Nothing was extracted. Do not trust the archive, or ask its publisher about the entry.",
  });
}
