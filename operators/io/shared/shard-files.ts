/** The files that the fields of an item become in a shard. */
import { entryName } from "../../../src/archive/entry-name.ts";
import { PipelineError } from "../../../src/errors.ts";
import { encodeNifti } from "../../../src/format/nifti/encode-nifti.ts";
import { type FieldType, sampleFile, typeEnding } from "../../../src/shards/shard-fields.ts";
import type { ShardFile } from "../../../src/shards/shard-writer.ts";
import { Volume } from "../../../src/volume/volume.ts";

/** The files of one item, sorted by extension. `extensions` chooses fields and names their files; left out, all fields are written. */
export async function shardFiles(
  item: unknown,
  extensions: Readonly<Record<string, string>> | undefined,
  imageEnding: string,
): Promise<ShardFile[]> {
  if (typeof item !== "object" || item === null || item instanceof Volume || ArrayBuffer.isView(item)) {
    throw unstorable("the item is not a record of fields", "Make records of the items with map().");
  }
  const fields = extensions ? Object.keys(extensions) : Object.keys(item).filter((name) => !/^__.*__$/.test(name));
  const files: ShardFile[] = [];
  for (const field of fields) {
    const value: unknown = Object.hasOwn(item, field) ? Reflect.get(item, field) : undefined;
    const extension = extensions?.[field] ?? extensionOf(field, value, imageEnding);
    if (!sampleFile(`key.${extension}`) || /[/\\\0]/.test(extension)) {
      throw unstorable(
        `"${extension}" cannot end the name of a file`,
        "Rename the field, or give its file's extension with fields.",
      );
    }
    files.push({ extension, bytes: await encoded(field, value, extension) });
  }
  if (files.length === 0) throw unstorable("the item has no field to be written", "Give it one, or filter it out.");
  const sorted = files.sort((a, b) => (a.extension < b.extension ? -1 : 1));
  const seen = new Set<string>();
  for (const { extension } of sorted) {
    const lower = extension.toLowerCase(); // WebDataset does not tell cases apart
    if (seen.has(lower))
      throw unstorable(`two fields would become .${lower}`, "Give them different extensions with fields.");
    seen.add(lower);
  }
  return sorted;
}

/** @throws PipelineError `VOXRX_UNCACHEABLE` for a key that would not come back as it is */
export function checkSampleKey(key: string): string {
  if (sampleFile(`${key}.x`)?.key === key && isPlainName(key)) return key;
  throw unstorable(
    `the key ${JSON.stringify(key)} cannot name files of a shard: its last part must have no dot`,
    "Give key: (item) => …, such as the subject's name.",
  );
}

function isPlainName(name: string): boolean {
  try {
    return entryName(name) === name;
  } catch {
    return false; // it would be refused when it is read
  }
}

/** A field that names its type already (`image.nii.gz`, `json`) keeps its name; one is added to the others. */
function extensionOf(field: string, value: unknown, imageEnding: string): string {
  if (value instanceof Uint8Array) return field;
  const type = typeOf(value);
  if (typeEnding(field)?.type === type) return field;
  return `${field}.${{ image: imageEnding, text: "txt", number: "cls", json: "json" }[type]}`;
}

function typeOf(value: unknown): FieldType {
  if (value instanceof Volume) return "image";
  if (typeof value === "string") return "text";
  return Number.isSafeInteger(value) ? "number" : "json";
}

async function encoded(field: string, value: unknown, extension: string): Promise<Uint8Array> {
  if (value instanceof Uint8Array) return value;
  const known = typeEnding(extension);
  const type = typeOf(value);
  const isOfType = known?.type === type || (known?.type === "json" && type === "number");
  if (!known || !isOfType)
    throw unstorable(
      `field "${field}" cannot be written as .${extension}`,
      'Use "nii.gz" for volumes, "txt", "cls" or "json".',
    );
  if (value instanceof Volume) {
    const ending = known.ending.toLowerCase();
    if (ending === "nii" || ending === "nii.gz") return encodeNifti(value, { gzip: ending === "nii.gz" });
    throw unstorable(`volumes are not written as .${known.ending}`, 'Use "nii" or "nii.gz".');
  }
  if (typeof value === "string") return encodedText(field, value);
  if (known.type === "number") return Buffer.from(Object.is(value, -0) ? "-0" : String(value));
  if (!isJson(value)) {
    throw unstorable(
      `field "${field}" holds what JSON cannot express`,
      "Write volumes, bytes, strings, finite numbers, and records and lists of these.",
    );
  }
  return Buffer.from(JSON.stringify(value));
}

function encodedText(field: string, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  if (bytes.toString() === text) return bytes;
  throw unstorable(`field "${field}" is not a well-formed string`, "It has halves of characters: repair it.");
}

/** Whether a value comes back from JSON as it is. */
function isJson(value: unknown): boolean {
  if (value === null || typeof value === "boolean" || typeof value === "string") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(isJson);
}

function unstorable(fault: string, remedy: string): PipelineError {
  return new PipelineError("VOXRX_UNCACHEABLE", fault, { remedy });
}
