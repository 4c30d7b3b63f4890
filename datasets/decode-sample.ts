/** Files of a sample to fields of an item. */

import { ArchiveError, isVoxRxError } from "../src/errors.ts";
import { decodeVolume } from "../src/format/format.ts";
import type { Dtype } from "../src/samples.ts";
import { endings, type FieldType, typeEnding } from "../src/shards/shard-fields.ts";
import type { Volume } from "../src/volume/volume.ts";
import type { RawSample } from "./shard-samples.ts";

/** Makes a field's value of the bytes of a file. */
export type ShardDecoder = (bytes: Uint8Array, file: { readonly key: string; readonly extension: string }) => unknown;

/** What becomes of the files of a sample. */
export interface SampleDecoding {
  /** Whether files of known extensions are decoded. */
  readonly known: boolean;
  /** Decoders by extension, before the known ones; false leaves bytes. */
  readonly own: Readonly<Record<string, ShardDecoder | false>>;
  /** `field`: the name of `image.nii.gz` is `image`; `extension`: it is all of it. */
  readonly names: "extension" | "field";
  readonly dtype: Dtype | "auto";
}

/** The item of a sample. @throws ArchiveError `VOXRX_BAD_ARCHIVE` for a file that is not what its ending says */
export async function decodeSample(
  { key, url, files }: RawSample,
  decoding: SampleDecoding,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const fields = new Map<string, unknown>([
    ["__key__", key],
    ["__url__", url],
  ]);
  for (const [extension, bytes] of files) {
    const field = fieldName(extension, decoding.names);
    if (fields.has(field)) {
      throw new ArchiveError("VOXRX_BAD_ARCHIVE", `two files of the sample "${key}" belong to the field "${field}"`, {
        file: url,
        remedy:
          decoding.names === "field"
            ? 'Read the shards with names: "extension".'
            : "Write the shard again: extensions that differ by case alone are one field to WebDataset.",
      });
    }
    fields.set(field, await decodeFile(bytes, { key, extension, url }, decoding, signal));
  }
  return Object.fromEntries(fields);
}

function fieldName(extension: string, names: SampleDecoding["names"]): string {
  if (names === "extension") return extension.toLowerCase();
  const known = typeEnding(extension);
  return known && known.ending.length < extension.length ? extension.slice(0, -known.ending.length - 1) : extension;
}

interface FileOfSample {
  readonly key: string;
  readonly extension: string;
  readonly url: string;
}

async function decodeFile(
  bytes: Uint8Array,
  file: FileOfSample,
  { known, own, dtype }: SampleDecoding,
  signal: AbortSignal,
): Promise<unknown> {
  const { key, extension, url } = file;
  const ending = endings(extension.toLowerCase()).find((each) => Object.hasOwn(own, each));
  const chosen = ending === undefined ? undefined : own[ending];
  if (chosen === false) return bytes;
  if (chosen) return chosen(bytes, { key, extension });
  const type = known ? typeEnding(extension)?.type : undefined;
  const name = `${url}/${key}.${extension}`;
  if (type === "image") return imageOf(bytes, name, { dtype, signal });
  return type ? decoders[type](bytes, name) : bytes;
}

const decoders: Readonly<Record<Exclude<FieldType, "image">, (bytes: Uint8Array, name: string) => unknown>> = {
  text: (bytes, name) => textOf(bytes, name),
  number(bytes, name) {
    const text = textOf(bytes, name).trim();
    const value = Number(text);
    const isRounded = Number.isInteger(value) && !Number.isSafeInteger(value);
    if (text !== "" && Number.isFinite(value) && !isRounded) return value;
    const fault = isRounded ? "is more than a number holds exactly" : "is not a number";
    throw notWhat(`${JSON.stringify(text.slice(0, 40))} ${fault}`, name);
  },
  json(bytes, name) {
    const text = textOf(bytes, name);
    try {
      return JSON.parse(text.replace(/^\ufeff/, ""));
    } catch (cause) {
      throw notWhat("it is not JSON", name, cause);
    }
  },
};

async function imageOf(
  bytes: Uint8Array,
  name: string,
  options: { readonly dtype: Dtype | "auto"; readonly signal: AbortSignal },
): Promise<Volume> {
  try {
    return await decodeVolume(bytes, { name, ...options });
  } catch (error) {
    throw isVoxRxError(error, "VOXRX_BAD_HEADER") ? notWhat(error.fault, name, error) : error;
  }
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw notWhat("it is not text in UTF-8", name, cause);
  }
}

function notWhat(fault: string, file: string, cause?: unknown): ArchiveError {
  return new ArchiveError("VOXRX_BAD_ARCHIVE", `a file of a sample is not what its ending says: ${fault}`, {
    file,
    cause,
    remedy: "Give its ending a decoder of your own, or false for its bytes: decode: { ENDING: false }.",
  });
}
