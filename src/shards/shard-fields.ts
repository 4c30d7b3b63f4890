/** Types of the files of a WebDataset sample, from their names. */
import { decodableExtensions } from "../format/format-registry.ts";

/** Content type of a file of a sample. */
export type FieldType = "json" | "text" | "number" | "image";

const types: Readonly<Record<string, FieldType>> = {
  json: "json",
  txt: "text",
  text: "text",
  transcript: "text",
  cls: "number",
  cls2: "number",
  class: "number",
  count: "number",
  index: "number",
  inx: "number",
  id: "number",
};

/** The parts of a file name: `a/b/case1.seg.nii.gz` is `{ sampleKey: "a/b/case1", extension: "seg.nii.gz" }`. */
export interface SampleFile {
  readonly sampleKey: string;
  readonly extension: string;
}

/**
 * Splits a file name by WebDataset's rule: everything after the first dot of the last path segment is the extension,
 * everything before it the sample's key. Undefined for files that don't belong to a sample: without a dot, hidden, or
 * with a name that starts like `__meta__`.
 */
export function sampleFile(name: string): SampleFile | undefined {
  const start = name.lastIndexOf("/") + 1;
  const dot = name.indexOf(".", start);
  if (dot <= start || dot === name.length - 1 || /^__[^/]*__($|\/)/.test(name)) return undefined;
  return { sampleKey: name.slice(0, dot), extension: name.slice(dot + 1) };
}

/** The longest suffix of an extension whose type is known: `nii.gz` of `seg.nii.gz`. */
export function knownSuffix(extension: string): { readonly suffix: string; readonly type: FieldType } | undefined {
  const images = decodableExtensions();
  for (const suffix of suffixesOf(extension)) {
    const lower = suffix.toLowerCase();
    const type = Object.hasOwn(types, lower) ? types[lower] : images.has(`.${lower}`) ? "image" : undefined;
    if (type) return { suffix, type };
  }
  return undefined;
}

/** `seg.nii.gz`, `nii.gz`, `gz`: the whole extension, then the part after each dot. */
export function suffixesOf(extension: string): string[] {
  const parts = extension.split(".");
  return parts.map((_, at) => parts.slice(at).join("."));
}
