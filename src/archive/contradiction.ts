import { ArchiveError } from "../errors.ts";

/** The error for an archive that contradicts itself. */
export function contradiction(name: string, fault: string, cause?: unknown): ArchiveError {
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `the entry ${JSON.stringify(name.slice(0, 200))} ${fault}`, {
    cause,
    remedy: "Download the archive again. If that does not help, the published archive is damaged.",
  });
}
