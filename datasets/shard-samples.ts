/** Samples out of tar shards, by WebDataset's rules. */

import { publicSource, tarFiles } from "../src/archive/tar-stream.ts";
import { formatBytes } from "../src/bytes.ts";
import { ArchiveError } from "../src/errors.ts";
import { sampleFile } from "../src/shards/shard-fields.ts";

/** One sample as it lies in a shard. */
export interface RawSample {
  readonly key: string;
  /** The shard's name and the key: the same in every run. */
  readonly id: string;
  /** Path or public URL of the shard. */
  readonly url: string;
  /** Files by extension. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** One shard to be read. */
export interface Shard {
  /** Path or URL. */
  readonly source: string;
  /** Name in item keys. */
  readonly name: string;
}

/** How shards are read. */
export interface ShardReading {
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly maxSampleBytes: number;
}

/** Names for shards: the last part of the path, or the whole where that is not unique. */
export function namedShards(sources: readonly string[]): Shard[] {
  const shown = sources.map(publicSource);
  const short = shown.map((source) => source.slice(source.lastIndexOf("/") + 1));
  const names = new Set(short).size === short.length ? short : shown;
  return sources.map((source, n) => ({ source, name: names[n] ?? source }));
}

/** Where samples continue: shards are told by their place in the list. Plain data. */
export interface SamplesPlace {
  /** Samples given so far. */
  readonly count: number;
  /** The shards that are open, with the samples that each has given, in the order of their turns. */
  readonly opened: readonly (readonly [shard: number, given: number])[];
  /** The shard to be opened next. */
  readonly waiting: number;
  /** Which of the open ones has its turn. */
  readonly turn: number;
}

/** Where samples begin. */
export const firstPlace: SamplesPlace = { count: 0, opened: [], waiting: 0, turn: 0 };

/** A sample, and where samples continue after it. */
export interface PlacedSample {
  readonly sample: RawSample;
  readonly next: SamplesPlace;
}

interface OpenShard {
  readonly shard: number;
  readonly samples: AsyncGenerator<RawSample, void, void>;
  given: number;
}

/**
 * The samples of shards, `interleave` of them open at a time and taken from in turn. Shards that were done at `from` are not opened; of
 * those that were open, the samples that were given are passed over.
 */
export async function* samplesOf(
  shards: readonly Shard[],
  interleave: number,
  reading: ShardReading,
  from: SamplesPlace = firstPlace,
): AsyncGenerator<PlacedSample, void, void> {
  let { count, waiting, turn } = from;
  const opening = (shard: number, given = 0): OpenShard[] => {
    const found = shards[shard];
    return found ? [{ shard, samples: samplesOfShard(found, reading, given), given }] : [];
  };
  const opened = from.opened.flatMap(([shard, given]) => opening(shard, given));
  try {
    for (; ; turn++) {
      while (opened.length < interleave && waiting < shards.length) opened.push(...opening(waiting++));
      if (opened.length === 0) return;
      turn %= opened.length;
      const current = opened[turn];
      const next = await current?.samples.next();
      if (current && next && !next.done) {
        current.given++;
        const places = opened.map(({ shard, given }) => [shard, given] as const);
        yield { sample: next.value, next: { count: ++count, opened: places, waiting, turn: turn + 1 } };
        continue;
      }
      opened.splice(turn, 1, ...opening(waiting++));
      turn--; // the one that moved up, or was opened now, has its turn
    }
  } finally {
    await Promise.all(opened.map(({ samples }) => samples.return()));
  }
}

/** Files that follow each other and share their key are one sample. The first `skip` samples are not given. */
async function* samplesOfShard(
  { source, name }: Shard,
  reading: ShardReading,
  skip: number,
): AsyncGenerator<RawSample, void, void> {
  const { maxSampleBytes, ...rest } = reading;
  const url = publicSource(source);
  const filter = (file: string) => sampleFile(file) !== undefined;
  let key: string | undefined;
  let files = new Map<string, Uint8Array>();
  let bytes = 0;
  let passed = 0;
  for await (const file of tarFiles(source, { ...rest, filter, maxEntryBytes: maxSampleBytes })) {
    const found = sampleFile(file.name);
    if (!found) continue;
    if (key !== undefined && found.key !== key) {
      if (passed++ >= skip) yield { key, id: `${name}/${key}`, url, files };
      files = new Map();
      bytes = 0;
    }
    key = found.key;
    bytes += file.bytes.length;
    if (files.has(found.extension)) throw twice(file.name, url);
    if (bytes > maxSampleBytes) throw tooLarge(key, maxSampleBytes, url);
    files.set(found.extension, file.bytes);
  }
  if (key !== undefined && passed >= skip) yield { key, id: `${name}/${key}`, url, files };
}

function twice(name: string, file: string): ArchiveError {
  return new ArchiveError(
    "VOXRX_BAD_ARCHIVE",
    `the file ${JSON.stringify(name.slice(0, 200))} is there twice in one sample`,
    {
      file,
      remedy: "Write the shard again: each file of a sample needs an extension of its own.",
    },
  );
}

function tooLarge(key: string, most: number, file: string): ArchiveError {
  return new ArchiveError(
    "VOXRX_ARCHIVE_LIMIT",
    `the sample ${JSON.stringify(key.slice(0, 200))} is larger than ${formatBytes(most)}`,
    {
      file,
      remedy: "Raise maxSampleBytes if the shard is to be trusted.",
    },
  );
}
