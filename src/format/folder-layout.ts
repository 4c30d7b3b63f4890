import { isAbsolute, join, relative, resolve } from "node:path";
import { OptionError } from "../errors.ts";

/** Options of {@link folderLayout}. */
export interface FolderLayout {
  /** Output directory. */
  readonly dir: string;
  /** Name of the subject, or the path it was read from: its base name without the extension is used. */
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
   * A parent directory of the subject's path: the directories in between are recreated in `dir`. Default: they aren't.
   */
  readonly sourceDir?: string;
}

const compoundExtensions = [".nii.gz", ".mgh.gz", ".tar.gz"];

/**
 * The path of a result: `DIR[/FOLDERS][/SUBJECT]/SUBJECT[_POSTFIX][_IDX][_KEY-VALUE…][.EXT]` (MONAI: `FolderLayout`).
 * The path is always inside `dir`, whatever the names contain.
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
  const { dir, subject, postfix, idx, entities = {}, extension = "", separateFolder = false, sourceDir } = layout;
  const parts = subject.split(/[/\\]/);
  const name = safe(withoutExtension(parts.at(-1) ?? ""));
  const between = sourceDir === undefined ? [] : dirsBetween(sourceDir, subject);
  const words = [
    name,
    ...(postfix ? [safe(postfix)] : []),
    ...(idx === undefined ? [] : [safe(String(idx))]),
    ...Object.entries(entities).map(([key, value]) => safe(`${key}-${value}`)),
  ];
  const suffix = extension === "" ? "" : safe(extension.replace(/^\.?/, "."));
  return join(dir, ...between, ...(separateFolder ? [name] : []), `${words.join("_")}${suffix}`);
}

function withoutExtension(name: string): string {
  const suffix = compoundExtensions.find((known) => name.toLowerCase().endsWith(known));
  if (suffix) return name.slice(0, -suffix.length);
  // An extension has a letter: "scan.01" and "DIR?series=1.2.840" end in numbers that distinguish them.
  return name.replace(/(?<=.)\.(?=[^.]*[a-z])[^.]*$/i, "");
}

/** A name that can't leave its directory and isn't empty. */
function safe(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
  const plain = name.replace(/[/\\:*?"<>|\u0000-\u001f]/g, "_");
  return /^\.*$/.test(plain) ? `_${plain.slice(1)}` : plain;
}

function dirsBetween(root: string, subject: string): string[] {
  const below = relative(resolve(root), resolve(subject, ".."));
  if (below.startsWith("..") || isAbsolute(below)) {
    throw new OptionError("VOXRX_BAD_OPTION", `subject "${subject}" is not inside sourceDir`, {
      remedy: "Give a directory that contains all inputs.",
    });
  }
  return below === "" ? [] : below.split(/[/\\]/);
}
