import { isAbsolute, join, relative, resolve } from "node:path";
import { OptionError } from "../errors.ts";

/** How {@link folderLayout} is told. */
export interface FolderLayout {
  /** Folder that everything goes into. */
  readonly dir: string;
  /** Name of what is saved, or the path it was read from: its last part without its ending is taken. */
  readonly subject: string;
  /** Put behind the subject: `SUBJECT_POSTFIX`. Default: nothing. */
  readonly postfix?: string;
  /** Put behind that: `_00`. Default: nothing. */
  readonly idx?: string | number;
  /** Put behind that: `_KEY-VALUE` for each. Default: none. */
  readonly entities?: Readonly<Record<string, string | number>>;
  /** Ending, with or without its dot. Default: none. */
  readonly extension?: string;
  /** A folder for each subject. Default false. */
  readonly separateFolder?: boolean;
  /** Folder that the subject's path lies in: the folders between come again below `dir`. Default: they do not. */
  readonly dataRootDir?: string;
}

const endings = [".nii.gz", ".mgh.gz", ".tar.gz"];

/**
 * The path of a result: `DIR[/FOLDERS][/SUBJECT]/SUBJECT[_POSTFIX][_IDX][_KEY-VALUE…][.EXT]` (MONAI: `FolderLayout`). Whatever the names hold, the path lies in `dir`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a subject outside of `dataRootDir`
 * @example
 * ```ts
 * import { folderLayout } from "voxrx";
 * folderLayout({ dir: "out", subject: "scans/s1.nii.gz", postfix: "seg", extension: ".nii.gz" }); // => "out/s1_seg.nii.gz"
 * ```
 */
export function folderLayout(layout: FolderLayout): string {
  const { dir, subject, postfix, idx, entities = {}, extension = "", separateFolder = false, dataRootDir } = layout;
  const parts = subject.split(/[/\\]/);
  const name = safe(withoutEnding(parts.at(-1) ?? ""));
  const between = dataRootDir === undefined ? [] : foldersBetween(dataRootDir, subject);
  const words = [
    name,
    ...(postfix ? [safe(postfix)] : []),
    ...(idx === undefined ? [] : [safe(String(idx))]),
    ...Object.entries(entities).map(([key, value]) => safe(`${key}-${value}`)),
  ];
  const ending = extension === "" ? "" : safe(extension.replace(/^\.?/, "."));
  return join(dir, ...between, ...(separateFolder ? [name] : []), `${words.join("_")}${ending}`);
}

function withoutEnding(name: string): string {
  const ending = endings.find((known) => name.toLowerCase().endsWith(known));
  if (ending) return name.slice(0, -ending.length);
  // An ending has a letter: "scan.01" and "FOLDER?series=1.2.840" end in numbers that tell them apart.
  return name.replace(/(?<=.)\.(?=[^.]*[a-z])[^.]*$/i, "");
}

/** A name that can neither leave its folder nor be none. */
function safe(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be in a name
  const plain = name.replace(/[/\\:*?"<>|\u0000-\u001f]/g, "_");
  return /^\.*$/.test(plain) ? `_${plain.slice(1)}` : plain;
}

function foldersBetween(root: string, subject: string): string[] {
  const below = relative(resolve(root), resolve(subject, ".."));
  if (below.startsWith("..") || isAbsolute(below)) {
    throw new OptionError("VOXRX_BAD_OPTION", `"${subject}" does not lie in dataRootDir`, {
      remedy: "Give the folder that all inputs lie in.",
    });
  }
  return below === "" ? [] : below.split(/[/\\]/);
}
