/** Reads samples of shards through their index files: any sample without the others. */
import { createHash } from "node:crypto";
import { formatBytes } from "../src/bytes.ts";
import { ArchiveError, FormatError, isVoxRxError } from "../src/errors.ts";
import { checksumMismatch } from "../src/http/checksum.ts";
import { isUrl, readSource } from "../src/http/read-source.ts";
import { type FilePlace, type IndexedSample, indexOfShard, parseIndex } from "../src/shards/shard-index.ts";
import { shownUrl } from "../src/shown-url.ts";
import { warn } from "../src/warnings.ts";
import { scanShard } from "./scan-shard.ts";
import { shardFault } from "./shard-fault.ts";
import { namesOf, type RawSample, type Shard, type ShardReading } from "./shard-samples.ts";

const maxIndexBytes = 2 ** 30;

/** Position of a sample. The shard is a number, because its URL may contain secrets. */
export interface SamplePlace {
  readonly shard: number;
  readonly id: string;
  readonly sampleKey: string;
  readonly storedKey: string;
  readonly files: Readonly<Record<string, FilePlace>>;
}

/** The positions of all samples of shards, in order, from their index files. */
export async function placesOf(shards: readonly Shard[], reading: ShardReading): Promise<SamplePlace[]> {
  const places: SamplePlace[] = [];
  for (const [shard, { source, name }] of shards.entries()) {
    const items = await indexedSamples(source, reading).catch(async (error: unknown) => {
      throw await shardFault(error, source);
    });
    for (const { key, fields } of items) places.push({ shard, ...namesOf(key, name), files: fields });
  }
  return places;
}

/** What the index of a shard says. A writer that was killed may leave a shard without one. */
async function indexedSamples(source: string, reading: ShardReading): Promise<readonly IndexedSample[]> {
  const path = indexOfShard(source);
  const file = shownUrl(path);
  try {
    return parseIndex(await collect(readSource(path, reading), maxIndexBytes, file), file).items;
  } catch (error) {
    if (!isVoxRxError(error, "VOXRX_FILE_MISSING")) throw error;
    const scanned = isUrl(source) ? undefined : await scanShard(source, reading.signal);
    if (!scanned) throw withoutIndex(path, error);
    warn({
      code: "VOXRX_INDEX_MISSING",
      message: `the shard has no index file ${file}, so all of it was read; write the shards again with writeShards`,
    });
    return scanned;
  }
}

function withoutIndex(file: string, cause: unknown): FormatError {
  return new FormatError("VOXRX_FILE_MISSING", "the shard has no index file", {
    file,
    cause,
    remedy:
      "Read the shards without the indexed option, or write them with writeShards, which also writes index files.",
  });
}

/** Reads one sample: one range of its shard. The SHA-256 of each file is verified. */
export async function readPlace(
  place: SamplePlace,
  shards: readonly Shard[],
  reading: ShardReading,
): Promise<RawSample> {
  const shard = shards[place.shard];
  if (!shard) throw new TypeError(`there is no shard ${place.shard}`);
  const url = shownUrl(shard.source);
  const files = Object.entries(place.files);
  const from = Math.min(...files.map(([, { offset }]) => offset));
  const to = Math.max(...files.map(([, { offset, length }]) => offset + length));
  const { signal, headers, maxItemBytes } = reading;
  const whole = await collect(readSource(shard.source, { signal, headers, from, to }), maxItemBytes, url);
  if (whole.length < to - from) {
    throw new ArchiveError("VOXRX_BAD_ARCHIVE", `the shard ends within the sample "${place.sampleKey}"`, {
      file: url,
      remedy: "Copy or download the shard again, or write its index again.",
    });
  }
  const parts = files.map(([extension, { offset, length, sha256 }]): [string, Uint8Array] => {
    const bytes = new Uint8Array(whole.subarray(offset - from, offset - from + length));
    const found = { sha256: createHash("sha256").update(bytes).digest("hex") };
    if (found.sha256 !== sha256) throw checksumMismatch(found, { sha256 }, `${url}/${place.storedKey}.${extension}`);
    return [extension, bytes];
  });
  return { sampleKey: place.sampleKey, storedKey: place.storedKey, id: place.id, url, files: new Map(parts) };
}

/** All bytes of a stream, up to `maxBytes`. */
async function collect(chunks: AsyncIterable<Uint8Array>, maxBytes: number, file: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += parts[parts.push(chunk) - 1]?.length ?? 0;
    if (length > maxBytes) {
      throw new ArchiveError("VOXRX_ARCHIVE_LIMIT", `more than ${formatBytes(maxBytes)} would be read into memory`, {
        file,
        remedy: "Raise maxItemBytes if you trust the shard.",
      });
    }
  }
  return Buffer.concat(parts);
}
