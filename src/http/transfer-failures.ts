/** Which failures of a transfer are worth a retry, and the final error. */
import { DownloadError, isVoxRxError, messageOf, type VoxRxError } from "../errors.ts";
import { outOfFiles, systemCode } from "../files/disk-failure.ts";

/** A failure that may be gone at the next attempt. */
export class TransientFailure extends Error {
  /** The error to throw when no retries are left. */
  readonly final: VoxRxError;
  /** How long the server asks to wait, in milliseconds (Retry-After). */
  readonly waitMs: number | undefined;

  constructor(final: VoxRxError, waitMs?: number) {
    super(final.message, { cause: final });
    this.final = final;
    this.waitMs = waitMs;
  }
}

const unreachable = new Set(["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "ECONNREFUSED"]);
const transientStatus = new Set([408, 425, 429]);

/** The failure for a non-success HTTP status. */
export function statusFailure(status: number, file: string, waitMs: number | undefined): VoxRxError | TransientFailure {
  const fault = `the server responded with status ${status}`;
  const remedy = statusRemedy(status);
  const error = new DownloadError("VOXRX_HTTP_STATUS", fault, { file, remedy });
  return transientStatus.has(status) || status >= 500 ? new TransientFailure(error, waitMs) : error;
}

/** The failure for a connection that could not be made or was lost. Errors of VoxRx are returned as they are. */
export function connectionFailure(caught: unknown, file: string): unknown {
  if (caught instanceof TransientFailure || isVoxRxError(caught)) return caught;
  const code = systemCode(caught);
  if (code !== undefined && unreachable.has(code)) {
    return new TransientFailure(
      new DownloadError(
        "VOXRX_OFFLINE",
        `the server cannot be reached (${code}), and the file has not been downloaded yet`,
        {
          file,
          cause: caught,
          remedy: "Check the URL and the network. A file that is already downloaded needs no network.",
        },
      ),
    );
  }
  const tooMany = outOfFiles(caught, file);
  if (tooMany) return new TransientFailure(tooMany);
  const reason = messageOf(caught);
  return new TransientFailure(
    new DownloadError("VOXRX_DOWNLOAD_FAILED", `the transfer was interrupted: ${reason}`, {
      file,
      cause: caught,
      remedy: "Run again: the download resumes where it stopped if the server supports it. Or allow more retries.",
    }),
  );
}

/** The failure for a body that ended too early. */
export function incomplete(bytes: number, total: number, file: string, cause?: unknown): TransientFailure {
  return new TransientFailure(
    new DownloadError("VOXRX_INCOMPLETE_DOWNLOAD", `expected ${total} bytes, got ${bytes}`, {
      file,
      cause,
      remedy: "Run again: the download resumes where it stopped if the server supports it. Or allow more retries.",
    }),
  );
}

function statusRemedy(status: number): string {
  if (status === 401 || status === 403) return "Pass the required credentials in headers, or request access.";
  if (status === 404 || status === 410) return "Check the URL: the publisher may have moved the file.";
  if (status === 429) return "Wait a while, and download fewer files at once.";
  if (status >= 500) return "Try again later: the problem is on the server.";
  return "Check the URL and the options.";
}
