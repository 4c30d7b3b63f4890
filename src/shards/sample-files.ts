/** The files that the fields of an item become in a shard. */
import { PipelineError } from "../errors.ts";
import { encodeNifti } from "../format/nifti/encode-nifti.ts";
import { isPlainRecord } from "../item/record.ts";
import { Volume } from "../volume/volume.ts";
import { type FieldType, knownSuffix, sampleFile } from "./shard-fields.ts";
import type { ShardFile } from "./unfinished-shard.ts";

/** The fields that `readShards` adds to an item: they are not files of the sample. */
const addedFields: ReadonlySet<string> = new Set(["__key__", "__url__"]);

/**
 * The files of one item, sorted by extension. `extensions` selects fields and gives the extensions of their files;
 * without it all fields are written.
 */
export async function sampleFiles(
  item: unknown,
  extensions: Readonly<Record<string, string>> | undefined,
  imageExtension: string,
): Promise<ShardFile[]> {
  if (
    typeof item !== "object" ||
    item === null ||
    item instanceof Volume ||
    ArrayBuffer.isView(item) ||
    Array.isArray(item)
  ) {
    throw unstorable("the item is not a record of fields", "Turn items into records with map().");
  }
  const fields = extensions ? Object.keys(extensions) : Object.keys(item).filter((name) => !addedFields.has(name));
  const files: ShardFile[] = [];
  for (const field of fields) {
    const value: unknown = Object.hasOwn(item, field) ? Reflect.get(item, field) : undefined;
    const extension = extensions?.[field] ?? extensionOf(field, value, imageExtension);
    if (!sampleFile(`key.${extension}`) || /[/\\\0]/.test(extension)) {
      throw unstorable(
        `"${extension}" is not a valid file extension`,
        "Rename the field, or give an extension for it with the option fields.",
      );
    }
    files.push({ extension, bytes: await encoded(field, value, extension) });
  }
  if (files.length === 0) throw unstorable("the item has no field to write", "Give it one, or filter the item out.");
  const sorted = files.sort((a, b) => (a.extension < b.extension ? -1 : 1));
  const seen = new Set<string>();
  for (const { extension } of sorted) {
    const lower = extension.toLowerCase(); // WebDataset ignores case
    if (seen.has(lower))
      throw unstorable(`two fields have the extension .${lower}`, "Give them different ones with the option fields.");
    seen.add(lower);
  }
  return sorted;
}

/**
 * A field whose name has a known extension for its type (`image.nii.gz`, `json`) keeps the name; others get an
 * extension added.
 */
function extensionOf(field: string, value: unknown, imageExtension: string): string {
  if (value instanceof Uint8Array) return field;
  const type = typeOf(value);
  if (knownSuffix(field)?.type === type) return field;
  return `${field}.${{ image: imageExtension, text: "txt", number: "cls", json: "json" }[type]}`;
}

function typeOf(value: unknown): FieldType {
  if (value instanceof Volume) return "image";
  if (typeof value === "string") return "text";
  return Number.isSafeInteger(value) ? "number" : "json";
}

async function encoded(field: string, value: unknown, extension: string): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return value;
  const known = knownSuffix(extension);
  const type = typeOf(value);
  const isOfType = known?.type === type || (known?.type === "json" && type === "number");
  if (!known || !isOfType)
    throw unstorable(
      `field "${field}" (${type}) cannot be written as .${extension}`,
      'Use "nii.gz" for volumes, "txt", "cls" or "json".',
    );
  if (value instanceof Volume) {
    const suffix = known.suffix.toLowerCase();
    if (suffix === "nii" || suffix === "nii.gz") return encodeNifti(value, { gzip: suffix === "nii.gz" });
    throw unstorable(`volumes cannot be written as .${known.suffix}`, 'Use "nii" or "nii.gz".');
  }
  if (typeof value === "string") return encodedText(field, value);
  if (known.type === "number") return Buffer.from(Object.is(value, -0) ? "-0" : String(value));
  if (!isJson(value)) {
    throw unstorable(
      `field "${field}" holds a value that JSON cannot express`,
      "Write volumes, bytes, strings, finite numbers, and records and lists of these.",
    );
  }
  return Buffer.from(JSON.stringify(value));
}

function encodedText(field: string, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  if (bytes.toString() === text) return bytes;
  throw unstorable(
    `field "${field}" is not a well-formed string`,
    "Repair its unpaired surrogates, for example with toWellFormed().",
  );
}

/** Whether a value survives JSON unchanged. */
function isJson(value: unknown): boolean {
  if (value === null || typeof value === "boolean" || typeof value === "string") return true;
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  if (Array.isArray(value)) return Object.keys(value).length === value.length && Array.from(value).every(isJson);
  if (!isPlainRecord(value) || Object.getOwnPropertySymbols(value).length > 0) return false;
  return Object.values(value).every(isJson);
}

/** The error for an item that can't be stored in a shard. */
export function unstorable(fault: string, remedy: string): PipelineError {
  return new PipelineError("VOXRX_UNCACHEABLE", fault, { remedy });
}
