/** Samples out of tar shards, by WebDataset's rules. */
import { sampleFile } from "../src/archive/shard-fields.ts";
import { publicSource, tarFiles } from "../src/archive/tar-stream.ts";
import { formatBytes } from "../src/bytes.ts";
import { ArchiveError } from "../src/errors.ts";

/** One sample as it lies in a shard. */
export interface RawSample {
  readonly key: string;
  /** The shard's name and the key: the same in every run. */
  readonly id: string;
  /** Path or public address of the shard. */
  readonly url: string;
  /** Files by extension. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** One shard to be read. */
export interface Shard {
  /** Path or address. */
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

/** The samples of shards, `interleave` of them open at a time and taken from in turn. */
export async function* samplesOf(
  shards: readonly Shard[],
  interleave: number,
  reading: ShardReading,
): AsyncGenerator<RawSample, void, void> {
  const waiting = [...shards];
  const opened: AsyncGenerator<RawSample, void, void>[] = [];
  try {
    for (let turn = 0; ; turn++) {
      while (opened.length < interleave && waiting.length > 0) {
        const shard = waiting.shift();
        if (shard) opened.push(samplesOfShard(shard, reading));
      }
      if (opened.length === 0) return;
      turn %= opened.length;
      const next = await opened[turn]?.next();
      if (next && !next.done) {
        yield next.value;
        continue;
      }
      const following = waiting.shift();
      opened.splice(turn, 1, ...(following ? [samplesOfShard(following, reading)] : []));
      turn--; // the one that moved up, or came new, has its turn now
    }
  } finally {
    await Promise.all(opened.map((samples) => samples.return()));
  }
}

/** Files that follow each other and share their key are one sample. */
async function* samplesOfShard({ source, name }: Shard, reading: ShardReading): AsyncGenerator<RawSample, void, void> {
  const { maxSampleBytes, ...rest } = reading;
  const url = publicSource(source);
  const filter = (file: string) => sampleFile(file) !== undefined;
  let key: string | undefined;
  let files = new Map<string, Uint8Array>();
  let bytes = 0;
  for await (const file of tarFiles(source, { ...rest, filter, maxEntryBytes: maxSampleBytes })) {
    const found = sampleFile(file.name);
    if (!found) continue;
    if (key !== undefined && found.key !== key) {
      yield { key, id: `${name}/${key}`, url, files };
      files = new Map();
      bytes = 0;
    }
    key = found.key;
    bytes += file.bytes.length;
    if (files.has(found.extension)) throw twice(file.name, url);
    if (bytes > maxSampleBytes) throw tooLarge(key, maxSampleBytes, url);
    files.set(found.extension, file.bytes);
  }
  if (key !== undefined) yield { key, id: `${name}/${key}`, url, files };
}

function twice(name: string, file: string): ArchiveError {
  return new ArchiveError(
    "VOXRX_BAD_ARCHIVE",
    `the file ${JSON.stringify(name.slice(0, 200))} is there twice in one sample`,
    {
      file,
      remedy: "Write the shard anew: each file of a sample needs an ending of its own.",
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
