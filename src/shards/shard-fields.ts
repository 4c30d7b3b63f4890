/** What the files of a WebDataset sample are, by their names. */
import { decodableExtensions } from "../format/format.ts";

/** What a file of a sample holds. */
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

/** The name of a file, taken apart: `a/b/case1.seg.nii.gz` is `{ key: "a/b/case1", extension: "seg.nii.gz" }`. */
export interface SampleFile {
  readonly key: string;
  readonly extension: string;
}

/**
 * WebDataset's rule: everything behind the first dot of the last part is the extension, everything before it the key. Undefined for files that
 * belong to no sample: without a dot, hidden, or in a place like `__meta__`.
 */
export function sampleFile(name: string): SampleFile | undefined {
  const start = name.lastIndexOf("/") + 1;
  const dot = name.indexOf(".", start);
  if (dot <= start || dot === name.length - 1 || /^__[^/]*__($|\/)/.test(name)) return undefined;
  return { key: name.slice(0, dot), extension: name.slice(dot + 1) };
}

/** What an extension ends in, if that is a type known here; the longest one: `nii.gz` of `seg.nii.gz`. */
export function typeEnding(extension: string): { readonly ending: string; readonly type: FieldType } | undefined {
  const images = decodableExtensions();
  for (const ending of endings(extension)) {
    const lower = ending.toLowerCase();
    const type = Object.hasOwn(types, lower) ? types[lower] : images.has(`.${lower}`) ? "image" : undefined;
    if (type) return { ending, type };
  }
  return undefined;
}

/** `seg.nii.gz`, `nii.gz`, `gz`: the whole, then what is behind each dot. */
export function endings(extension: string): string[] {
  const parts = extension.split(".");
  return parts.map((_, at) => parts.slice(at).join("."));
}
