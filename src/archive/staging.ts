/** Where the files of an archive are collected before they move into place, and the limits that hold meanwhile. */
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { formatBytes } from "../bytes.ts";
import { ArchiveError } from "../errors.ts";
import { diskFailure, systemCode } from "../files/disk-failure.ts";
import { entryName, isMacExtra, refuseEntry } from "./entry-name.ts";

/** What an entry is. `link` and `special` are refused; `unknown` cannot be read. */
export type EntryKind = "file" | "directory" | "link" | "special" | "unknown";

/** One entry as an archive announces it. */
export interface ArchiveEntry {
  readonly name: string;
  readonly kind: EntryKind;
  /** Bytes that it will have. */
  readonly size: number;
}

/** An entry that will be written. */
export interface Admitted {
  readonly name: string;
  readonly size: number;
}

/** What {@link Staging} is told. */
export interface StagingOptions {
  readonly maxBytes: number;
  readonly maxEntries: number;
  readonly filter: ((name: string) => boolean) | undefined;
  /** Whether a file lies intact in the target already and need not be written again. */
  readonly isThere: (name: string) => boolean;
  readonly signal: AbortSignal | undefined;
}

/** Takes entries one after another. */
export class Staging {
  readonly folder: string;
  readonly #options: StagingOptions;
  readonly #files = new Map<string, number>();
  readonly #left = new Set<string>();
  #entries = 0;
  #bytes = 0;

  constructor(folder: string, options: StagingOptions) {
    this.folder = folder;
    this.#options = options;
  }

  /** Files that belong to the extracted tree, with their bytes. */
  get files(): ReadonlyMap<string, number> {
    return this.#files;
  }

  /** Files that the filter left out. */
  get leftOut(): ReadonlySet<string> {
    return this.#left;
  }

  /** Checks an entry; gives it back if it is a file that must be written. Throws for one that is unsafe or beyond a limit. */
  async admit(entry: ArchiveEntry): Promise<Admitted | undefined> {
    const { filter, isThere, maxEntries, signal } = this.#options;
    signal?.throwIfAborted();
    if (++this.#entries > maxEntries) throw beyondLimit(`holds more than ${maxEntries} entries`, "maxEntries");
    const name = entryName(entry.name);
    if (name === "" || isMacExtra(name)) return undefined;
    if (entry.kind === "directory") {
      await this.#makeFolder(join(this.folder, name));
      return undefined;
    }
    if (filter?.(name) === false) {
      this.#left.add(name);
      return undefined;
    }
    refuseKind(entry);
    this.#count(entry.size);
    this.#files.set(name, entry.size);
    return isThere(name) ? undefined : { name, size: entry.size };
  }

  /** Writes an admitted entry. It is an error if its content is not as long as announced. */
  async write({ name, size }: Admitted, content: AsyncIterable<Uint8Array>): Promise<void> {
    const path = join(this.folder, name);
    await this.#makeFolder(dirname(path));
    const handle = await open(path, "w").catch((error: unknown) => rethrow(error, path, name));
    try {
      let written = 0;
      for await (const chunk of content) {
        this.#options.signal?.throwIfAborted();
        if (written + chunk.byteLength > size) throw contradiction(name, `is longer than the ${size} bytes announced`);
        await handle.writev([chunk], written).catch((error: unknown) => rethrow(error, path, name));
        written += chunk.byteLength;
      }
      if (written < size) throw contradiction(name, `ends after ${written} of ${size} bytes`);
    } finally {
      await handle.close();
    }
  }

  #count(size: number): void {
    this.#bytes += size;
    const { maxBytes } = this.#options;
    if (this.#bytes > maxBytes) throw beyondLimit(`unpacks to more than ${formatBytes(maxBytes)}`, "maxBytes");
  }

  async #makeFolder(path: string): Promise<void> {
    await mkdir(path, { recursive: true }).catch((error: unknown) =>
      rethrow(error, path, path.slice(this.folder.length)),
    );
  }
}

/** An archive that cannot be believed. */
export function contradiction(name: string, fault: string, cause?: unknown): ArchiveError {
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `the entry ${JSON.stringify(name.slice(0, 200))} ${fault}`, {
    cause,
    remedy: "Download the archive again; if that does not help, it was published damaged.",
  });
}

/** @throws ArchiveError `VOXRX_UNSAFE_ENTRY`, `VOXRX_BAD_ARCHIVE` for an entry that is no file */
export function refuseKind({ name, kind }: ArchiveEntry): void {
  if (kind === "link") refuseEntry(name, "is a link; links of all sorts are refused (leave them out with filter)");
  if (kind === "special") refuseEntry(name, "is a device, a pipe or a socket");
  if (kind === "unknown") throw contradiction(name, "is of a kind that is not read (a sparse file, a volume label)");
}

function beyondLimit(fault: string, option: string): ArchiveError {
  return new ArchiveError("VOXRX_ARCHIVE_LIMIT", `the archive ${fault}`, {
    remedy: `Nothing was extracted. Raise ${option} if the archive is to be trusted.`,
  });
}

function rethrow(error: unknown, path: string, name: string): never {
  const code = systemCode(error);
  if (code === "EEXIST" || code === "ENOTDIR" || code === "EISDIR") {
    throw contradiction(name, "is a file and a folder at once", error);
  }
  if (code === "ENAMETOOLONG") throw contradiction(name, "has a name that this system cannot hold", error);
  throw diskFailure(error, path) ?? error;
}
