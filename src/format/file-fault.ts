import { type ErrorCode, FormatError, isVoxRxError, type VoxRxError } from "../errors.ts";

const faults: Readonly<Record<string, readonly [code: ErrorCode, fault: string, remedy: string]>> = {
  ENOENT: ["VOXRX_FILE_MISSING", "the file does not exist", "Correct the path, or fetch the file first."],
  ENOTDIR: ["VOXRX_FILE_MISSING", "a part of the path is no folder", "Correct the path."],
  EACCES: ["VOXRX_FILE_UNREADABLE", "the system denies reading", "Give this user the right to read the file."],
  EPERM: ["VOXRX_FILE_UNREADABLE", "the system denies reading", "Give this user the right to read the file."],
  EISDIR: ["VOXRX_FILE_UNREADABLE", "the path is a folder", "Name a file in it."],
  EMFILE: ["VOXRX_FILE_UNREADABLE", "too many files are open", "Lower concurrency, or raise the limit of open files."],
};

/** The error of VoxRx for what the system said when a file was opened or read. Errors of VoxRx pass unchanged. */
export function fileFault(caught: unknown, path: string): VoxRxError {
  if (isVoxRxError(caught)) return caught;
  const known = faults[systemCode(caught)];
  const said = caught instanceof Error ? caught.message : String(caught);
  const [code, fault, remedy] = known ?? ["VOXRX_FILE_UNREADABLE", `reading failed: ${said}`, "See the cause."];
  return new FormatError(code, fault, { file: path, remedy, cause: caught });
}

/** The code that Node gives to an error of the system or of zlib, such as `ENOENT`; empty where there is none. */
export function systemCode(caught: unknown): string {
  const coded = typeof caught === "object" && caught !== null && "code" in caught;
  return coded && typeof caught.code === "string" ? caught.code : "";
}
