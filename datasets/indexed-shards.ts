/** Samples of shards by their indexes: any one of them without the others. */
import { createHash } from "node:crypto";
import { publicSource } from "../src/archive/tar-stream.ts";
import { formatBytes } from "../src/bytes.ts";
import { ArchiveError, FormatError, isVoxRxError } from "../src/errors.ts";
import { checksumMismatch } from "../src/http/checksum.ts";
import { readSource } from "../src/http/read-source.ts";
import { type FilePlace, indexOfShard, parseIndex } from "../src/shards/shard-index.ts";
import type { RawSample, Shard, ShardReading } from "./shard-samples.ts";

const longestIndex = 2 ** 30;

/** Where a sample lies. Plain data but for the shard, which is a number: its address may hold secrets. */
export interface SamplePlace {
  readonly shard: number;
  readonly id: string;
  readonly key: string;
  readonly files: Readonly<Record<string, FilePlace>>;
}

/** The places of all samples of shards, in order, by the indexes beside them. */
export async function placesOf(shards: readonly Shard[], reading: ShardReading): Promise<SamplePlace[]> {
  const places: SamplePlace[] = [];
  for (const [shard, { source, name }] of shards.entries()) {
    const path = indexOfShard(source);
    const bytes = await collect(readSource(path, reading), longestIndex, publicSource(path)).catch((error) => {
      throw isVoxRxError(error, "VOXRX_FILE_MISSING") ? withoutIndex(path, error) : error;
    });
    const { items } = parseIndex(bytes, publicSource(path));
    for (const { key, fields } of items) places.push({ shard, id: `${name}/${key}`, key, files: fields });
  }
  return places;
}

function withoutIndex(file: string, cause: unknown): FormatError {
  return new FormatError("VOXRX_FILE_MISSING", "the shard has no index beside it", {
    file,
    cause,
    remedy: "Read the shards without indexed, or write them with writeShards, which writes indexes.",
  });
}

/** Reads one sample: one stretch of its shard, each file checked. */
export async function readPlace(
  place: SamplePlace,
  shards: readonly Shard[],
  reading: ShardReading,
): Promise<RawSample> {
  const shard = shards[place.shard];
  if (!shard) throw new TypeError(`there is no shard ${place.shard}`);
  const url = publicSource(shard.source);
  const files = Object.entries(place.files);
  const from = Math.min(...files.map(([, { offset }]) => offset));
  const to = Math.max(...files.map(([, { offset, length }]) => offset + length));
  const { signal, headers, maxSampleBytes } = reading;
  const whole = await collect(readSource(shard.source, { signal, headers, from, to }), maxSampleBytes, url);
  if (whole.length < to - from) {
    throw new ArchiveError("VOXRX_BAD_ARCHIVE", `the shard ends before the sample "${place.key}" does`, {
      file: url,
      remedy: "Fetch the shard again, or write its index anew.",
    });
  }
  const parts = files.map(([extension, { offset, length, sha256 }]): [string, Uint8Array] => {
    const bytes = new Uint8Array(whole.subarray(offset - from, offset - from + length));
    const found = { sha256: createHash("sha256").update(bytes).digest("hex") };
    if (found.sha256 !== sha256) throw checksumMismatch(found, { sha256 }, `${url}/${place.key}.${extension}`);
    return [extension, bytes];
  });
  return { key: place.key, id: place.id, url, files: new Map(parts) };
}

/** All bytes of a stream, within a bound. */
async function collect(chunks: AsyncIterable<Uint8Array>, most: number, file: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += parts[parts.push(chunk) - 1]?.length ?? 0;
    if (length > most) {
      throw new ArchiveError("VOXRX_ARCHIVE_LIMIT", `more than ${formatBytes(most)} would be read at once`, {
        file,
        remedy: "Raise maxSampleBytes if the shard is to be trusted.",
      });
    }
  }
  return Buffer.concat(parts);
}
