/** Decodes the files of a sample into the fields of an item. */

import { ArchiveError, isVoxRxError } from "../src/errors.ts";
import { gunzip, isGzip } from "../src/files/gunzip.ts";
import { BadJson, parseJsonBytes } from "../src/files/read-json.ts";
import { decodeVolume } from "../src/format/read-volume.ts";
import type { Dtype } from "../src/samples.ts";
import { type FieldType, knownSuffix, suffixesOf } from "../src/shards/shard-fields.ts";
import type { Volume } from "../src/volume/volume.ts";
import { type RawSample, tooLarge } from "./shard-samples.ts";

/** Decodes the bytes of a file into the value of a field. */
export type ShardDecoder = (
  bytes: Uint8Array,
  file: { readonly sampleKey: string; readonly extension: string },
) => unknown;

/** How the files of a sample are decoded. */
export interface SampleDecoding {
  /** Whether files with known extensions are decoded. */
  readonly known: boolean;
  /** Decoders by extension, which take precedence over the built-in ones; false keeps the bytes. */
  readonly own: Readonly<Record<string, ShardDecoder | false>>;
  /** Name of the field of `image.nii.gz`: `image` with `field`, `image.nii.gz` with `extension`. */
  readonly names: "extension" | "field";
  readonly dtype: Dtype | "auto";
  /** The most that a file which was compressed twice may hold. */
  readonly maxItemBytes: number;
}

/**
 * Decodes a sample into an item.
 *
 * @throws ArchiveError `VOXRX_BAD_ARCHIVE` if the content of a file doesn't match its extension
 */
export async function decodeSample(
  { sampleKey, storedKey, url, files }: RawSample,
  decoding: SampleDecoding,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const fields = new Map<string, unknown>([
    ["__key__", sampleKey],
    ["__url__", url],
  ]);
  for (const [extension, bytes] of files) {
    const field = fieldName(extension, decoding.names);
    if (fields.has(field)) {
      throw new ArchiveError(
        "VOXRX_BAD_ARCHIVE",
        `two files of the sample "${sampleKey}" belong to the field "${field}"`,
        {
          file: url,
          remedy:
            decoding.names === "field"
              ? 'Read the shards with names: "extension".'
              : "Write the shard again: WebDataset treats extensions that differ only in case as one field.",
        },
      );
    }
    fields.set(field, await decodeFile(bytes, { sampleKey, storedKey, extension, url }, decoding, signal));
  }
  return Object.fromEntries(fields);
}

function fieldName(extension: string, names: SampleDecoding["names"]): string {
  if (names === "extension") return extension.toLowerCase();
  const known = knownSuffix(extension);
  return known && known.suffix.length < extension.length ? extension.slice(0, -known.suffix.length - 1) : extension;
}

interface FileOfSample {
  readonly sampleKey: string;
  readonly storedKey: string;
  readonly extension: string;
  readonly url: string;
}

async function decodeFile(
  bytes: Uint8Array,
  file: FileOfSample,
  { known, own, dtype, maxItemBytes }: SampleDecoding,
  signal: AbortSignal,
): Promise<unknown> {
  const { sampleKey, storedKey, extension, url } = file;
  const suffix = suffixesOf(extension.toLowerCase()).find((each) => Object.hasOwn(own, each));
  const chosen = suffix === undefined ? undefined : own[suffix];
  if (chosen === false) return bytes;
  if (chosen) return chosen(bytes, { sampleKey, extension });
  const type = known ? knownSuffix(extension)?.type : undefined;
  const name = `${url}/${storedKey}.${extension}`;
  if (type === "image") {
    return imageOf(bytes, name, { dtype, signal }).catch(async (error: unknown) => {
      const inner =
        isVoxRxError(error, "VOXRX_UNKNOWN_FORMAT") && (await compressedTwice(bytes, file, maxItemBytes, signal));
      if (inner) return imageOf(inner, name, { dtype, signal });
      throw error;
    });
  }
  return type ? decoders[type](bytes, name) : bytes;
}

const decoders: Readonly<Record<Exclude<FieldType, "image">, (bytes: Uint8Array, name: string) => unknown>> = {
  text: (bytes, name) => textOf(bytes, name),
  number(bytes, name) {
    const text = textOf(bytes, name).trim();
    const value = /^[+-]?[\d.]/.test(text) && !/^[+-]?0[box]/i.test(text) ? Number(text) : Number.NaN;
    const isRounded = Number.isInteger(value) && !Number.isSafeInteger(value);
    if (text !== "" && Number.isFinite(value) && !isRounded) return value;
    const fault = isRounded ? "is too large to be represented exactly" : "is not a number";
    throw wrongContent(`${JSON.stringify(text.slice(0, 40))} ${fault}`, name);
  },
  json(bytes, name) {
    try {
      return parseJsonBytes(bytes);
    } catch (cause) {
      throw cause instanceof BadJson ? wrongContent(`it is not JSON, ${cause.message}`, name, cause) : cause;
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
    throw isVoxRxError(error, "VOXRX_BAD_HEADER") ? wrongContent(error.fault, name, error) : error;
  }
}

/**
 * What a file holds that is gzip inside gzip; undefined if it is not. Python's webdataset compresses all fields whose
 * names end in `.gz`, also bytes that are compressed already.
 */
async function compressedTwice(
  bytes: Uint8Array,
  { sampleKey, url }: FileOfSample,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (!isGzip(bytes)) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of gunzip([bytes], { path: url, signal })) {
    if (size === 0 && !isGzip(chunk)) return undefined;
    size += chunk.length;
    if (size > maxBytes) throw tooLarge(sampleKey, maxBytes, url);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw wrongContent("it is not valid UTF-8 text", name, cause);
  }
}

function wrongContent(fault: string, file: string, cause?: unknown): ArchiveError {
  return new ArchiveError(
    "VOXRX_BAD_ARCHIVE",
    `the content of a sample's file does not match its extension: ${fault}`,
    {
      file,
      cause,
      remedy: "Set a decoder for the extension, or false to keep the bytes: decode: { EXTENSION: false }.",
    },
  );
}
