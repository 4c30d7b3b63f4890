/** Lists that may only name files inside of a directory: those that came with the data, and those with a `root`. */
import { readlink, realpath, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { cameFromOutside } from "../archive/came-from-outside.ts";
import { imageExtensions } from "./format-registry.ts";
import { pathOfSource } from "./subject-name.ts";

/** Where the files of a list have to be. */
export interface Confinement {
  /** The directory as it was given. */
  readonly root: string;
  /** The directory without links. */
  readonly realRoot: string;
  /** Whether the option `root` names it; otherwise VoxRx downloaded or extracted the list. */
  readonly isGiven: boolean;
}

/**
 * Where the files of a list have to be: inside of `root` if it is given, else inside of `dir` if VoxRx downloaded the
 * list or extracted it from an archive, as its records in `.voxrx` say. Undefined for any other list: the user wrote it.
 */
export async function confinementOf(
  list: string,
  { root, dir = dirname(list) }: { readonly root?: string | undefined; readonly dir?: string },
): Promise<Confinement | undefined> {
  if (root === undefined && !(await cameFromOutside(list))) return undefined;
  return confinedTo(root ?? dir, root !== undefined);
}

/** Confines paths to a directory. */
export async function confinedTo(root: string, isGiven = true): Promise<Confinement> {
  const absolute = resolve(root);
  return { root: absolute, realRoot: await realPlace(absolute), isGiven };
}

/**
 * Why a path is not that of a file inside of the directory, as text that follows the path; undefined if it is. Relative
 * paths start from `base`. Links are resolved; of a path that doesn't exist, those of the part that does.
 */
export async function faultOfPath(path: string, base: string, limits: Confinement): Promise<string | undefined> {
  if (path.includes("\0")) return "contains a NUL";
  if (/^[a-z][a-z\d+.-]*:[\\/]{2}|^file:/i.test(path)) return "is a URL";
  // What is only a strange name here is a path elsewhere.
  const slashed = path.replaceAll("\\", "/");
  if (!isAbsolute(path) && (/^[a-z]:/i.test(path) || slashed.startsWith("/"))) return "is an absolute path of Windows";
  const place = resolve(base, pathOfSource(slashed));
  const real = await realPlace(resolve(base, pathOfSource(path)));
  if (!isInside(real, limits.realRoot)) {
    return isInside(place, limits.root) ? "leads outside of it through a link" : "is outside of it";
  }
  return isInside(place, limits.root) || isInside(place, limits.realRoot) ? undefined : "is outside of it";
}

/**
 * The same for text that may be a path, such as a cell of a table: it has a fault only if there is something at that
 * path, or it is the URL of an image.
 */
export async function faultOfText(text: string, base: string, limits: Confinement): Promise<string | undefined> {
  if (text === "" || text.length > 4096 || text.includes("\0")) return undefined;
  if (/^https?:\/\//i.test(text)) return isImageUrl(text) ? "is a URL" : undefined;
  if (/^file:/i.test(text)) return "is a URL";
  const path = resolve(base, pathOfSource(text));
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere ? faultOfPath(text, base, limits) : undefined;
}

/** What to do about a path outside, by why it is refused. */
export function confinementRemedy({ isGiven, root }: Confinement): string {
  if (isGiven) return `Correct the list, or give another root than ${root}.`;
  const trust = "If you trust it, set root to a directory above, or copy it to a file of your own in another directory";
  return `The list was downloaded or extracted, so it may not name any file. ${trust}.`;
}

function isImageUrl(text: string): boolean {
  const { pathname } = URL.canParse(text) ? new URL(text) : { pathname: text };
  const name = pathname.toLowerCase();
  return imageExtensions().some((extension) => name.endsWith(extension));
}

function isInside(path: string, dir: string): boolean {
  const way = relative(dir, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** A path without links; what doesn't exist of it stays as it is. */
async function realPlace(path: string, links = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    if (parent === path) return path;
    const place = join(await realPlace(parent, links), basename(path));
    // A link that leads nowhere now may lead somewhere when the file is read.
    const target = links < mostLinks ? await readlink(place).catch(() => undefined) : undefined;
    return target === undefined ? place : realPlace(resolve(dirname(place), target), links + 1);
  }
}

/** Links that lead nowhere, or in circles, are followed this often. */
const mostLinks = 40;
