import { isAbsolute, join, relative, resolve } from "node:path";
import { OptionError } from "../errors.ts";
import { pathOfSource, safeName, subjectName } from "./subject-name.ts";

/** Options of {@link folderLayout}. */
export interface FolderLayout {
  /** Output directory. */
  readonly dir: string;
  /** Name of the subject, or the path or URL that it was read from: its base name without the extension is used. */
  readonly subject: string;
  /** Appended to the subject: `SUBJECT_POSTFIX`. Default: nothing. */
  readonly postfix?: string;
  /** Appended after the postfix: `_00`. Default: nothing. */
  readonly idx?: string | number;
  /** Appended after the index: `_KEY-VALUE` for each. Default: none. */
  readonly entities?: Readonly<Record<string, string | number>>;
  /** File extension, with or without the dot. Default: none. */
  readonly extension?: string;
  /** Whether to use a separate directory for each subject. Default false. */
  readonly separateFolder?: boolean;
  /**
   * A parent directory (or URL) of the subject's path: the directories in between are recreated in `dir`. Default: they aren't.
   */
  readonly sourceDir?: string;
}

/**
 * The path of a result: `DIR[/FOLDERS][/SUBJECT]/SUBJECT[_POSTFIX][_IDX][_KEY-VALUE…][.EXT]` (MONAI: `FolderLayout`).
 * The path is always inside `dir`, whatever the names contain: characters that a file system refuses, and `=`, `&` and
 * `#`, become `_`. A URL gives its path without user, query and hash; `DIR?series=UID` gives `DIR_UID`, and
 * `FILE.npz?array=NAME` gives `FILE_NAME`. A name of more than 160 bytes is cut, and ends with a digest of the whole.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a subject outside of `sourceDir`
 * @example
 * ```ts
 * import { folderLayout } from "voxrx";
 * folderLayout({ dir: "out", subject: "scans/s1.nii.gz", postfix: "seg", extension: ".nii.gz" }); // =>
 * "out/s1_seg.nii.gz"
 * ```
 */
export function folderLayout(layout: FolderLayout): string {
  return pathOfResult(subjectName(layout.subject), layout);
}

/** {@link folderLayout} with a name for the subject. */
export function pathOfResult(name: string, layout: FolderLayout): string {
  const { dir, subject, postfix, idx, entities = {}, extension = "", separateFolder = false, sourceDir } = layout;
  const between = sourceDir === undefined ? [] : dirsBetween(sourceDir, subject);
  const words = [
    name,
    ...(postfix ? [safeName(postfix)] : []),
    ...(idx === undefined ? [] : [safeName(String(idx))]),
    ...Object.entries(entities).map(([key, value]) => safeName(`${key}-${value}`)),
  ];
  const suffix = extension === "" ? "" : safeName(extension.replace(/^\.?/, "."));
  return join(dir, ...between, ...(separateFolder ? [name] : []), `${words.join("_")}${suffix}`);
}

function dirsBetween(root: string, subject: string): string[] {
  const below = relative(resolve(pathOfSource(root)), resolve(pathOfSource(subject), ".."));
  if (below.startsWith("..") || isAbsolute(below)) {
    throw new OptionError("VOXRX_BAD_OPTION", `subject "${subject}" is not inside sourceDir`, {
      remedy: "Give a directory that contains all inputs.",
    });
  }
  return below === "" ? [] : below.split(/[/\\]/);
}
