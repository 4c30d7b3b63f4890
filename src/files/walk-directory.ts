/** Lists a directory tree. Links are followed as if what they lead to were there; a loop of links ends. */
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "../errors.ts";
import { fileFault } from "./image-file.ts";
import { whenFileFree } from "./when-file-free.ts";

/** A file of a tree. */
interface TreeFile {
  /** Path relative to the root, with `/`. */
  readonly name: string;
  /** Path without links: the same for all names of one file. Undefined for a link that leads nowhere. */
  readonly realPath: string | undefined;
}

/** What is in a directory tree. */
export interface DirectoryTree {
  /** Directories relative to the root, with `/`, each before those in it. The root itself is `""`. */
  readonly dirs: readonly string[];
  /** Regular files, links to them, and links that lead nowhere. */
  readonly files: readonly TreeFile[];
}

/** More visits of one directory mean that links lead back and forth between directories. */
const maxVisits = 1000;

/**
 * Lists all directories and files below a directory, in the order of their names. Hidden ones (`.name`) are skipped,
 * including those that macOS adds to archives (`._name`), and so is what is neither a file nor a directory. A link to a
 * directory that contains the link is listed, but not followed.
 *
 * @throws FormatError `VOXRX_FILE_MISSING`, `VOXRX_FILE_UNREADABLE` for a directory that can't be read, a name that is
 * not UTF-8, or links that multiply a directory
 */
export async function walkDirectory(root: string, signal: AbortSignal | undefined): Promise<DirectoryTree> {
  const dirs: string[] = [];
  const files: TreeFile[] = [];
  const visits = new Map<string, number>();

  const walk = async (dir: string, realDir: string, above: readonly string[]): Promise<void> => {
    const path = join(root, dir);
    const count = (visits.get(realDir) ?? 0) + 1;
    visits.set(realDir, count);
    if (count > maxVisits) throw multiplied(path, realDir);
    dirs.push(dir);
    const chain = [...above, realDir];
    const entries = await whenFileFree(() => readdir(path, { withFileTypes: true }), signal).catch((cause) => {
      throw fileFault(cause, path, "directory");
    });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      signal?.throwIfAborted();
      if (entry.name.startsWith(".")) continue;
      const name = dir === "" ? entry.name : `${dir}/${entry.name}`;
      await checkName(join(path, entry.name));
      const isLink = entry.isSymbolicLink();
      const kind = isLink ? await kindOfTarget(join(path, entry.name)) : kindOf(entry);
      if (kind === "other") continue;
      if (kind === "nothing") {
        files.push({ name, realPath: undefined });
        continue;
      }
      const real = isLink ? await realPathOf(join(root, name)) : join(realDir, entry.name);
      if (kind === "file") files.push({ name, realPath: real });
      else if (chain.includes(real)) dirs.push(name);
      else await walk(name, real, chain);
    }
  };

  await walk("", await realPathOf(root), []);
  return { dirs, files };
}

interface HasKind {
  isFile(): boolean;
  isDirectory(): boolean;
}

function kindOf(entry: HasKind): "file" | "directory" | "other" {
  if (entry.isDirectory()) return "directory";
  return entry.isFile() ? "file" : "other";
}

async function kindOfTarget(path: string): Promise<"file" | "directory" | "other" | "nothing"> {
  try {
    return kindOf(await stat(path));
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR" || code === "ELOOP") return "nothing";
    throw fileFault(cause, path, "path");
  }
}

async function realPathOf(path: string): Promise<string> {
  return realpath(path).catch((cause) => {
    throw fileFault(cause, path, "directory");
  });
}

// Bytes that are not UTF-8 become U+FFFD: the name then leads nowhere, and two names can become the same.
async function checkName(path: string): Promise<void> {
  if (!path.includes("\uFFFD")) return;
  const isThere = await lstat(path).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  throw new FormatError("VOXRX_FILE_UNREADABLE", "the name is not UTF-8, so the file can't be opened", {
    file: path,
    remedy: "Rename the file, for example with convmv.",
  });
}

function multiplied(path: string, realDir: string): FormatError {
  return new FormatError("VOXRX_FILE_UNREADABLE", `links lead to ${realDir} more than ${maxVisits} times`, {
    file: path,
    remedy: "Remove the links between directories that lead back and forth.",
  });
}

/** The error for a link that leads nowhere. */
export function brokenLink(path: string): FormatError {
  return new FormatError("VOXRX_FILE_MISSING", "the link leads to something that does not exist", {
    file: path,
    remedy: "Get what it leads to (git-annex and DataLad: `get`), or remove the link.",
  });
}
