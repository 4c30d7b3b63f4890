/** What two datasets have in common: files of both, and copies under other names. */
import type { Lock, LockedFile } from "./lock-document.ts";

/** A content that two datasets have in different files. */
interface Copies {
  readonly sha256: string;
  readonly size: number;
  /** A path of the first dataset and one of the second. */
  readonly paths: readonly [first: string, second: string];
}

/** What each two datasets have in common. */
export function commonFiles(names: readonly string[], files: readonly LockedFile[]): Lock["common"] {
  const pairs = names.flatMap((a, n) => names.slice(n + 1).map((b): [string, string] => [a, b]));
  return pairs.map((pair) => ({
    datasets: pair,
    files: filesOfBoth(files, pair).length,
    copies: copiesIn(files, pair).length,
  }));
}

/** The files that two datasets depend on. */
export function filesOfBoth(files: readonly LockedFile[], pair: readonly [string, string]): LockedFile[] {
  return files.filter(({ datasets }) => pair.every((name) => datasets.includes(name)));
}

/**
 * The contents that two datasets have in different files, the largest first: an image tells more than a label map, which
 * may be equal by nature. A content counts once, however many files have it, and not if it is that of a file of both.
 */
export function copiesIn(files: readonly LockedFile[], [first, second]: readonly [string, string]): Copies[] {
  const known = files.filter((file) => file.sha256 !== undefined && !isDirectory(file));
  const pathsOf = (name: string, other: string) => {
    const paths = new Map<string, string>();
    for (const { path, sha256 = "", datasets } of known)
      if (datasets.includes(name) && !datasets.includes(other) && !paths.has(sha256)) paths.set(sha256, path);
    return paths;
  };
  const [ofFirst, ofSecond] = [pathsOf(first, second), pathsOf(second, first)];
  const shared = new Set(filesOfBoth(files, [first, second]).map(({ sha256 }) => sha256));
  const sizes = new Map(known.map(({ sha256, size = 0 }) => [sha256, size]));
  return [...ofFirst]
    .flatMap(([sha256, path]) => {
      const other = ofSecond.get(sha256);
      const size = sizes.get(sha256) ?? 0;
      return other === undefined || shared.has(sha256) ? [] : [{ sha256, size, paths: [path, other] as const }];
    })
    .sort((a, b) => b.size - a.size);
}

/** Whether a file of a lock is a directory: its size is then a number of names. */
export function isDirectory({ path, directory }: LockedFile): boolean {
  return directory === true || path.endsWith("/");
}
