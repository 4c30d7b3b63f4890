/** Which faults of a transfer are worth another try, and what to say in the end. */
import { DownloadError, isVoxRxError, type VoxRxError } from "../errors.ts";
import { systemCode } from "../files/disk-failure.ts";

/** A fault that may be gone at the next try. */
export class Passing extends Error {
  /** What to raise when no try is left. */
  readonly final: VoxRxError;
  /** How long the server wants to be left alone. */
  readonly waitMs: number | undefined;

  constructor(final: VoxRxError, waitMs?: number) {
    super(final.message, { cause: final });
    this.final = final;
    this.waitMs = waitMs;
  }
}

const unreachable = new Set(["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "ECONNREFUSED"]);
const passingStatus = new Set([408, 425, 429]);

/** The fault of a status that is no success. */
export function statusFailure(status: number, file: string, waitMs: number | undefined): VoxRxError | Passing {
  const fault = `the server answered with status ${status}`;
  const remedy = statusRemedy(status);
  const error = new DownloadError("VOXRX_HTTP_STATUS", fault, { file, remedy });
  return passingStatus.has(status) || status >= 500 ? new Passing(error, waitMs) : error;
}

/** The fault of a connection that could not be made or broke. What is an error of VoxRx or of the disk stays what it is. */
export function lineFailure(caught: unknown, file: string): unknown {
  if (caught instanceof Passing || isVoxRxError(caught)) return caught;
  const code = systemCode(caught);
  if (code !== undefined && unreachable.has(code)) {
    return new Passing(
      new DownloadError("VOXRX_OFFLINE", `the server cannot be reached (${code}), and the file is not here yet`, {
        file,
        cause: caught,
        remedy: "Check the address and the network; a file that is here already needs none.",
      }),
    );
  }
  const said = caught instanceof Error ? caught.message : String(caught);
  return new Passing(
    new DownloadError("VOXRX_DOWNLOAD_FAILED", `the transfer broke off: ${said}`, {
      file,
      cause: caught,
      remedy: "Run again: it goes on where it stopped, if the server can do that. Or allow more retries.",
    }),
  );
}

/** The fault of a body that ended too early. */
export function incomplete(bytes: number, total: number, file: string, cause?: unknown): Passing {
  return new Passing(
    new DownloadError("VOXRX_INCOMPLETE_DOWNLOAD", `only ${bytes} of ${total} bytes came`, {
      file,
      cause,
      remedy: "Run again: it goes on where it stopped, if the server can do that. Or allow more retries.",
    }),
  );
}

function statusRemedy(status: number): string {
  if (status === 401 || status === 403)
    return "Give the credentials that the server wants in headers, or ask for access.";
  if (status === 404 || status === 410) return "Check the address: the publisher may have moved the file.";
  if (status === 429) return "Wait a while, and download fewer files at once.";
  if (status >= 500) return "Try again later: the fault lies with the server.";
  return "Check the address and the options.";
}
