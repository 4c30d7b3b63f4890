/** Digests of files, and what to say when one is not what was published. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { ChecksumError } from "../errors.ts";

/** Checksums, as lower-case hexadecimal texts. */
export interface Checksums {
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
}

/** Checksums of bytes that come along: sha256 always, md5 where it is asked for (it is the slower one). */
export class Digests {
  readonly #sha256: Hash;
  readonly #md5: Hash | undefined;

  constructor(withMd5: boolean) {
    this.#sha256 = createHash("sha256");
    this.#md5 = withMd5 ? createHash("md5") : undefined;
  }

  update(bytes: Uint8Array): void {
    this.#sha256.update(bytes);
    this.#md5?.update(bytes);
  }

  /** Ends the digests; call it once. */
  finish(): FileChecksums {
    return { sha256: this.#sha256.digest("hex"), md5: this.#md5?.digest("hex") };
  }
}

/** Checksums as they were computed. */
export interface FileChecksums extends Checksums {
  readonly sha256: string;
}

/** Feeds the first `bytes` bytes of a file to digests, 1 MiB at a time. */
export async function digestFile(path: string, digests: Digests, signal?: AbortSignal, bytes = Infinity) {
  if (bytes <= 0) return;
  const stream = createReadStream(path, { highWaterMark: 2 ** 20, end: bytes - 1, ...(signal ? { signal } : {}) });
  for await (const chunk of stream) digests.update(chunk);
}

/** Whether checksums agree as far as both are known, and all that are wanted are known. */
export function satisfies(found: Checksums, wanted: Checksums): boolean {
  const same = (name: "md5" | "sha256") => wanted[name] === undefined || wanted[name] === found[name];
  return same("md5") && same("sha256");
}

/** The error for bytes that are not the published ones. */
export function checksumMismatch(found: Checksums, wanted: Checksums, file: string): ChecksumError {
  const name = wanted.sha256 !== undefined && wanted.sha256 !== found.sha256 ? "sha256" : "md5";
  const fault = `the ${name} of what came is ${found[name]}, but ${wanted[name]} was expected`;
  return new ChecksumError("VOXRX_CHECKSUM_MISMATCH", fault, {
    file,
    remedy:
      "Compare the checksum with the publisher's; if it is right, the file was changed or the transfer was tampered with.",
  });
}
