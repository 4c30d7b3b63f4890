/** The directory to which an archive is extracted before its files are moved into place, with checks and limits. */
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatBytes } from "../bytes.ts";
import { ArchiveError } from "../errors.ts";
import { diskFailure, systemCode } from "../files/disk-failure.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { whenFileFree } from "../files/when-file-free.ts";
import { writeFully } from "../files/write-fully.ts";
import { contradiction } from "./contradiction.ts";
import { sameName } from "./entry-bytes.ts";
import { entryName, isMacExtra, refuseEntry } from "./entry-name.ts";

/** Kind of an entry. `link` and `special` are errors; `unknown` is not supported. */
export type EntryKind = "file" | "directory" | "link" | "special" | "unknown";

/** One entry, as the archive describes it. */
export interface ArchiveEntry {
  readonly name: string;
  /** The bytes of the name in the archive, as a Latin-1 string: what tells entries apart. */
  readonly nameBytes: string;
  readonly kind: EntryKind;
  /** Size of its content in bytes. */
  readonly size: number;
}

/** An entry that will be written. */
export interface Admitted {
  readonly name: string;
  readonly nameBytes: string;
  readonly size: number;
}

/** Options of {@link Staging}. */
export interface StagingOptions {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly filter: ((name: string) => boolean) | undefined;
  /** Whether a file is already intact in the target and doesn't have to be written again. */
  readonly isThere: (name: string) => boolean;
  readonly signal: AbortSignal | undefined;
}

/** Accepts entries one after another. */
export class Staging {
  readonly dir: string;
  readonly #options: StagingOptions;
  readonly #files = new Map<string, number>();
  readonly #left = new Set<string>();
  /** The entry of each path. */
  readonly #bytesByPath = new Map<string, string>();
  readonly #written = new Set<string>();
  #entries = 0;
  #bytes = 0;

  constructor(dir: string, options: StagingOptions) {
    this.dir = dir;
    this.#options = options;
  }

  /** Files of the extracted tree, with their sizes in bytes. */
  get files(): ReadonlyMap<string, number> {
    return this.#files;
  }

  /** Files excluded by the filter. */
  get leftOut(): ReadonlySet<string> {
    return this.#left;
  }

  /** Checks an entry; returns it if it is a file to be written. Throws if it is unsafe or exceeds a limit. */
  async admit(entry: ArchiveEntry): Promise<Admitted | undefined> {
    const { filter, isThere, maxEntries, signal } = this.#options;
    signal?.throwIfAborted();
    if (++this.#entries > maxEntries) throw beyondLimit(`contains more than ${maxEntries} entries`, "maxEntries");
    const name = entryName(entry.name);
    if (name === "" || isMacExtra(name)) return undefined;
    if (entry.kind === "directory") {
      await this.#makeDirectory(join(this.dir, name));
      return undefined;
    }
    if (filter?.(name) === false) {
      this.#left.add(name);
      return undefined;
    }
    refuseKind(entry);
    const { size, nameBytes } = entry;
    const other = this.#bytesByPath.get(name);
    if (other !== undefined && other !== nameBytes) throw sameName(name, other, nameBytes);
    this.#bytesByPath.set(name, nameBytes);
    this.#count(size);
    this.#files.set(name, size);
    return isThere(name) ? undefined : { name, nameBytes, size };
  }

  /** Writes an admitted entry. Throws if its content doesn't have the announced size. */
  async write({ name, nameBytes, size }: Admitted, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = join(this.dir, name);
    await this.#makeDirectory(dirname(path));
    // A file system that ignores case or Unicode normalization opens the file of an entry with another name.
    const isNew = !this.#written.has(name);
    const handle = await whenFileFree(() => open(path, isNew ? "wx" : "w"), this.#options.signal).catch(
      (error: unknown) => {
        const other = isNew && systemCode(error) === "EEXIST" ? this.#writtenLike(name) : undefined;
        if (other !== undefined) throw sameName(name, this.#bytesByPath.get(other) ?? other, nameBytes);
        return rethrow(error, path, name);
      },
    );
    this.#written.add(name);
    try {
      let written = 0;
      for await (const chunk of content) {
        this.#options.signal?.throwIfAborted();
        if (written + chunk.byteLength > size) throw contradiction(name, `is longer than the ${size} bytes announced`);
        await writeFully(handle, [chunk]).catch((error: unknown) => rethrow(error, path, name));
        written += chunk.byteLength;
      }
      if (written < size) throw contradiction(name, `ends after ${written} of ${size} bytes`);
    } finally {
      await handle.close();
    }
  }

  #writtenLike(name: string): string | undefined {
    const alike = (one: string) => one.normalize("NFC").toLowerCase();
    return [...this.#written].find((other) => other !== name && alike(other) === alike(name));
  }

  #count(size: number): void {
    this.#bytes += size;
    const { maxBytes } = this.#options;
    if (this.#bytes > maxBytes) throw beyondLimit(`unpacks to more than ${formatBytes(maxBytes)}`, "maxBytes");
  }

  async #makeDirectory(path: string): Promise<void> {
    await makeDirectory(path).catch((error: unknown) => rethrow(error, path, path.slice(this.dir.length)));
  }
}

/** @throws ArchiveError `VOXRX_UNSAFE_ENTRY`, `VOXRX_BAD_ARCHIVE` for an entry that is not a file */
export function refuseKind({ name, kind }: ArchiveEntry): void {
  if (kind === "link") refuseEntry(name, "is a link, which is not allowed (exclude it with filter)");
  if (kind === "special") refuseEntry(name, "is a device, a pipe or a socket");
  if (kind === "unknown")
    throw contradiction(name, "is of an unsupported kind, such as a sparse file or a volume label");
}

function beyondLimit(fault: string, option: string): ArchiveError {
  return new ArchiveError("VOXRX_ARCHIVE_LIMIT", `the archive ${fault}`, {
    remedy: `Nothing was extracted. Raise ${option} if you trust the archive.`,
  });
}

function rethrow(error: unknown, path: string, name: string): never {
  const code = systemCode(error);
  if (code === "EEXIST" || code === "ENOTDIR" || code === "EISDIR") {
    throw contradiction(name, "is both a file and a directory", error);
  }
  if (code === "ENAMETOOLONG") throw contradiction(name, "has a name that is too long for this system", error);
  throw diskFailure(error, path) ?? error;
}
