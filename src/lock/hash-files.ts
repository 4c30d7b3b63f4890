/** Sizes and checksums of local files, each read once. */
import { createHash } from "node:crypto";
import type { Stats } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { eachInOrder } from "../async/each-in-order.ts";
import { FormatError } from "../errors.ts";
import { fileFault } from "../files/image-file.ts";
import { whenFileFree } from "../files/when-file-free.ts";

/** The content of a file or directory. */
export interface FileContent {
  readonly isDirectory: boolean;
  /** Bytes of a file; number of names in a directory. */
  readonly size: number;
  /** Of the bytes; of a directory: of the sorted names in it. */
  readonly sha256: string;
  /** Of a file: time of the last change of its bytes, in nanoseconds, as a decimal string. */
  readonly modified?: string;
}

const pieceBytes = 2 ** 20;
/** More at once is not faster on one disk, and not much faster on others: hashing takes a core. */
export const filesAtOnce = 4;

/** Hashes files, and keeps what it found. */
export class FileHasher {
  readonly #ownFile: string;
  readonly #onFile: ((files: number) => void) | undefined;
  readonly #known = new Map<string, FileContent>();

  /** @param ownFile absolute path of the lock: what it writes into a directory does not change the directory */
  constructor(ownFile: string, onFile?: (files: number) => void) {
    this.#ownFile = ownFile;
    this.#onFile = onFile;
  }

  /**
   * The contents of files, by absolute path.
   *
   * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
   */
  async contents(paths: Iterable<string>): Promise<ReadonlyMap<string, FileContent>> {
    const found = new Map<string, FileContent>();
    const use = (content: FileContent, path: string) => {
      found.set(path, content);
    };
    await eachInOrder(paths, filesAtOnce, (path) => this.content(path), use);
    return found;
  }

  /**
   * The content of a file.
   *
   * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE`
   */
  async content(path: string): Promise<FileContent> {
    const known = this.#known.get(path);
    if (known) return known;
    const content = await contentOf(path, this.#ownFile).catch((cause) => {
      throw fileFault(cause, path);
    });
    this.#known.set(path, content);
    this.#onFile?.(this.#known.size);
    return content;
  }

  /** The size of a file, without reading it. @throws as {@link content} */
  async size(path: string): Promise<Omit<FileContent, "sha256">> {
    const known = this.#known.get(path);
    if (known) return known;
    const stats = await statOf(path).catch((cause) => {
      throw fileFault(cause, path);
    });
    return stats.isDirectory() ? this.content(path) : { isDirectory: false, size: stats.size };
  }
}

async function contentOf(path: string, ownFile: string): Promise<FileContent> {
  if ((await statOf(path)).isDirectory()) {
    const names = (await readdir(path)).filter((name) => join(path, name) !== ownFile).sort();
    const sha256 = createHash("sha256").update(JSON.stringify(names)).digest("hex");
    return { isDirectory: true, size: names.length, sha256 };
  }
  const handle = await whenFileFree(() => open(path, "r"));
  try {
    const content = await bytesOf(handle);
    const { mtimeNs } = await handle.stat({ bigint: true });
    return { isDirectory: false, ...content, modified: String(mtimeNs) };
  } finally {
    await handle.close();
  }
}

/** What the system says of a file that can be read more than once: opening a pipe would wait for its writer. */
async function statOf(path: string): Promise<Stats> {
  const stats = await stat(path);
  if (stats.isFile() || stats.isDirectory()) return stats;
  throw new FormatError("VOXRX_FILE_UNREADABLE", "the path is neither a file nor a directory", {
    file: path,
    remedy: "Use regular files: what a pipe or a device gives can't be read a second time.",
  });
}

async function bytesOf(handle: FileHandle): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  const piece = new Uint8Array(pieceBytes);
  for (let size = 0; ; ) {
    const { bytesRead } = await handle.read(piece, 0, piece.length, size);
    if (bytesRead === 0) return { size, sha256: hash.digest("hex") };
    hash.update(piece.subarray(0, bytesRead));
    size += bytesRead;
  }
}
