/** Checksums of files, and the error for a wrong one. */
import { createHash, type Hash } from "node:crypto";
import { open } from "node:fs/promises";
import { ChecksumError } from "../errors.ts";
import { whenFileFree } from "../files/when-file-free.ts";

/** Checksums, as lower-case hexadecimal strings. */
export interface Checksums {
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
}

/** Incremental checksums: always SHA-256, MD5 only on request (it is the slower one). */
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

  /** Returns the checksums; call it once. */
  finish(): FileChecksums {
    return { sha256: this.#sha256.digest("hex"), md5: this.#md5?.digest("hex") };
  }
}

/** Computed checksums. */
export interface FileChecksums extends Checksums {
  readonly sha256: string;
}

/** Feeds the first `bytes` bytes of a file to digests, 1 MiB at a time. */
export async function digestFile(path: string, digests: Digests, signal?: AbortSignal, bytes = Infinity) {
  if (bytes <= 0) return;
  const handle = await whenFileFree(() => open(path), signal);
  const stream = handle.createReadStream({
    highWaterMark: 2 ** 20,
    end: bytes - 1,
    ...(signal ? { signal: AbortSignal.any([signal]) } : {}),
  });
  for await (const chunk of stream) digests.update(chunk);
}

/** Whether every wanted checksum was computed and is equal. */
export function satisfies(found: Checksums, wanted: Checksums): boolean {
  const same = (name: "md5" | "sha256") => wanted[name] === undefined || wanted[name] === found[name];
  return same("md5") && same("sha256");
}

/** The error for bytes whose checksum isn't the published one. */
export function checksumMismatch(found: Checksums, wanted: Checksums, file: string): ChecksumError {
  const name = wanted.sha256 !== undefined && wanted.sha256 !== found.sha256 ? "sha256" : "md5";
  const fault = `expected ${name} ${wanted[name]}, got ${found[name]}`;
  return new ChecksumError("VOXRX_CHECKSUM_MISMATCH", fault, {
    file,
    remedy: "Compare the checksum with the publisher's. If it is right, the file or the transfer was tampered with.",
  });
}
