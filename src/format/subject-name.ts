/** Names of subjects, for the files of their results: from the paths and URLs that images were read from. */
import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { idOfSampleKey } from "../archive/sample-key.ts";
import { isUrl } from "../http/read-source.ts";

/** Longest name in bytes. File systems allow 255; a postfix, an extension and the suffix of unfinished files are added. */
const maxNameBytes = 160;
const compoundExtensions = [".nii.gz", ".mgh.gz", ".tar.gz"];

/** What a path of an image consists of. */
interface SourceParts {
  /** The file or directory. Of a URL: the host and the path, after a slash. */
  readonly path: string;
  /** Series UID of `DIR?series=UID`, empty for files without one. */
  readonly series?: string;
  /** Name of the array of `FILE.npz?array=NAME`. */
  readonly array?: string;
}

function partsOf(source: string): SourceParts {
  if (isUrl(source)) return { path: pathOfUrl(source) };
  const [, dir, series] = /^(.+)\?series=([^/&]*)(?:&volumeBy=[A-Za-z,]+)?$/s.exec(source) ?? [];
  if (dir !== undefined) return { path: dir, series: decoded(series ?? "") };
  const [, file, array] = /^(.*\.npz)\?array=(.+)$/is.exec(source) ?? [];
  return file === undefined || array === undefined ? { path: source } : { path: file, array };
}

/** The path of a local image without what selects a part of it; of a URL `/HOST/PATH`, without user, query and hash. */
export function pathOfSource(source: string): string {
  return partsOf(source).path;
}

function pathOfUrl(url: string): string {
  const { host, pathname } = URL.canParse(url) ? new URL(url) : { host: "", pathname: withoutQuery(url) };
  const parts = [host, ...pathname.split("/").map(decoded)].filter((part) => part !== "");
  return `/${parts.map(safeName).join("/")}`;
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The name of a subject. Of a path or URL: the last part without its extension. Of `FILE.npz?array=NAME`: `FILE_NAME`.
 * Of `DIR?series=UID`: the directory, and the UID; with the header of the image, the series number, the description and
 * a short digest of the UID instead: `DIR_3_T1_axial_5c6ffbdd`. Of a file in a shard: the key of its sample. It depends on
 * nothing else, so it is the same in every run.
 */
export function subjectName(source: string, header: Readonly<Record<string, unknown>> = {}): string {
  const { path, series, array } = partsOf(source);
  const stored = isUrl(source) ? withoutQuery(source) : path;
  const sample = /\.(?:tar|tgz|tar\.gz)\/((?:.*\/)?[^/.]+)\.[^/]+$/is.exec(stored)?.[1];
  if (sample !== undefined) return safeName(joined(idOfSampleKey(sample)));
  const last = lastPart(path);
  // A URL without a path, whose host has no extension.
  if (isUrl(source) && path === `/${last}`) return last;
  if (array !== undefined) return safeName(`${withoutExtension(last)}_${array}`);
  if (series === undefined) return safeName(withoutExtension(last));
  // The name of the only directory that has no name of its own, such as "." or "..".
  const dir = /^\.*$/.test(last) ? basename(resolve(path)) : last;
  return safeName([dir, ...seriesWords(series, header)].filter((word) => word !== "").join("_"));
}

/** The number and description of a series are not unique, so a digest of the UID follows. */
function seriesWords(uid: string, { SeriesNumber, SeriesDescription }: Readonly<Record<string, unknown>>): string[] {
  const known = [SeriesNumber, SeriesDescription].filter(
    (fact) => typeof fact === "string" || typeof fact === "number",
  );
  if (known.length === 0) return [uid];
  return [...known.map((fact) => readable(String(fact))), digestOf(uid)];
}

/** Descriptions have all kinds of signs: `*T1 (axial) ` becomes `T1_axial`. */
function readable(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N}.+-]+/gu, "_").replace(/^_+|_+$/g, "");
}

/**
 * The name of a subject that is known only by its item's id. Ids of items that come from files are paths of images, and
 * give the name that the path gives; of any other id every part is needed: `case1/2` is `case1_2`.
 */
export function nameOfId(id: string, imageExtensions: Iterable<string>): string {
  const lower = id.toLowerCase();
  const isPath = isUrl(id) || [...imageExtensions].some((extension) => lower.endsWith(extension));
  return isPath ? subjectName(id) : safeName(joined(id));
}

function joined(parts: string): string {
  return parts
    .split(/[/\\]/)
    .filter((part) => part !== "")
    .join("_");
}

function lastPart(path: string): string {
  return path.split(/[/\\]/).findLast((part) => part !== "") ?? "";
}

function withoutExtension(name: string): string {
  const suffix = compoundExtensions.find((known) => name.toLowerCase().endsWith(known));
  if (suffix) return name.slice(0, -suffix.length);
  // An extension has a letter: "scan.01" and "scan.02" end in numbers that distinguish them.
  return name.replace(/(?<=.)\.(?=[^.]*[a-z])[^.]*$/i, "");
}

/**
 * A name that every file system takes, that can't leave its directory, that isn't empty and that needs no quotes in a
 * URL. One that is too long is cut, and ends with a digest of the whole.
 */
export function safeName(name: string): string {
  const plain = name
    .replace(/[/\\:*?"<>|=&#\p{Cc}\p{Cs}\u2028\u2029]/gu, "_")
    // Windows drops these at the end, and reserves the names of devices.
    .replace(/[. ]+$/, (end) => "_".repeat(end.length))
    .replace(/^(?=(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))/i, "_");
  if (plain === "") return "_";
  return Buffer.byteLength(plain) <= maxNameBytes ? plain : `${cut(plain, maxNameBytes - 9)}_${digestOf(name)}`;
}

/** The start of a string, in bytes of UTF-8, without half a character. */
function cut(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes)).replace(/\ufffd+$/, "");
}

function digestOf(text: string): string {
  return createHash("sha256").update(JSON.stringify(text)).digest("hex").slice(0, 8);
}
