/** Paths given to commands that can't be what they are to be: a mistake in the call, found before anything is done. */
import { lstat, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { UsageError } from "./new-command.ts";

/** What there is at a path. */
type Kind = "nothing" | "file" | "directory" | "dangling link" | "below a file" | "unreachable" | "other";

const shown: Readonly<Record<Kind, string>> = {
  nothing: "does not exist",
  file: "is a file",
  directory: "is a directory",
  "dangling link": "is a symbolic link that leads nowhere",
  "below a file": "lies below a file",
  unreachable: "is in a directory that this user may not enter",
  other: "is a device, a pipe or a socket",
};

/** A file that is to be read. @param expected what it is to be, such as `the module of a pipeline` */
export async function checkInputFile(argument: string, path: string, expected: string): Promise<void> {
  const kind = await kindOf(argument, path, expected);
  if (kind !== "file") throw wrong(argument, path, kind, expected);
}

/** A directory that is to be read. */
export async function checkInputDir(argument: string, path: string, expected: string): Promise<void> {
  const kind = await kindOf(argument, path, expected);
  if (kind !== "directory") throw wrong(argument, path, kind, expected);
}

/** A directory that is made if it is not there. */
export async function checkOutputDir(argument: string, path: string): Promise<void> {
  const expected = "a directory, which is made if it is not there";
  const kind = await kindOf(argument, path, expected);
  if (kind !== "directory" && kind !== "nothing") throw wrong(argument, path, kind, expected);
}

/** A file that is written, in a directory that is there. A pipe or device may be written to. */
export async function checkOutputFile(argument: string, path: string): Promise<void> {
  const expected = "a file in a directory that is there";
  const kind = await kindOf(argument, path, expected);
  if (kind === "directory" || kind === "below a file" || kind === "unreachable")
    throw wrong(argument, path, kind, expected);
  if (kind === "nothing" && (await kindOf(argument, dirname(path), expected)) !== "directory")
    throw new UsageError(`${argument}: there is no directory ${dirname(path)}. Make it, or correct the path.`);
}

/** Refuses an empty path, as of a variable of a shell that is not set. */
export function refuseEmpty(argument: string, path: string, expected: string): void {
  if (path === "") throw new UsageError(`${argument} is empty: expected ${expected}`);
}

/** A path as an argument of another command, which would take one that starts with `-` for an option. */
export function pathWord(path: string): string {
  return path.startsWith("-") ? `./${path}` : path;
}

async function kindOf(argument: string, path: string, expected: string): Promise<Kind> {
  refuseEmpty(argument, path, expected);
  try {
    const found = await stat(path);
    if (found.isDirectory()) return "directory";
    return found.isFile() ? "file" : "other";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOTDIR") return "below a file";
    if (code === "EACCES" || code === "EPERM") return "unreachable";
    const isLink = await lstat(path).then(
      (found) => found.isSymbolicLink(),
      () => false,
    );
    if (isLink) return "dangling link";
    if (code === "ENOENT") return "nothing";
    throw error;
  }
}

function wrong(argument: string, path: string, kind: Kind, expected: string): UsageError {
  const remedy = kind === "dangling link" ? "Make what it leads to, or remove the link." : "Correct the path.";
  return new UsageError(`${argument}: ${path} ${shown[kind]}: expected ${expected}. ${remedy}`);
}
