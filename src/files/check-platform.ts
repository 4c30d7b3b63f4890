import { PipelineError } from "../errors.ts";

/**
 * Refuses to write or to lock files on Windows, which can't replace a file that someone reads: what VoxRx promises of
 * crashes and of several processes rests on that. Reading works everywhere.
 *
 * @throws PipelineError `VOXRX_UNSUPPORTED_PLATFORM`
 */
export function checkPlatform(): void {
  if (process.platform !== "win32") return;
  throw new PipelineError("VOXRX_UNSUPPORTED_PLATFORM", "VoxRx does not write files, caches or downloads on Windows", {
    remedy: "Run it in the Windows Subsystem for Linux (WSL).",
  });
}

/** A path such that two are equal if they are one file: on macOS, case and the normal form of Unicode make no difference. */
export function comparablePath(path: string): string {
  return process.platform === "darwin" ? path.normalize("NFC").toLowerCase() : path;
}
