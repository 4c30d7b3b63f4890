/** Reads samples from tar shards, by WebDataset's rules. */

import * as v from "valibot";
import { idOfSampleKey } from "../src/archive/sample-key.ts";
import { tarFiles } from "../src/archive/tar-files.ts";
import { formatBytes } from "../src/bytes.ts";
import { ArchiveError } from "../src/errors.ts";
import { integerSchema } from "../src/options.ts";
import { badPosition, type Entry, type Position } from "../src/plan/stage.ts";
import { sampleFile } from "../src/shards/shard-fields.ts";
import { shownUrl } from "../src/shown-url.ts";
import { withShardFault } from "./shard-fault.ts";

/** One sample as stored in a shard. */
export interface RawSample {
  /** Id in the shard. */
  readonly sampleKey: string;
  /** Start of the names of its files: the id, which is escaped if it can't be part of a name. */
  readonly storedKey: string;
  /** Item id: the name of the shard and the sample key, the same in every run. */
  readonly id: string;
  /** Path or public URL of the shard. */
  readonly url: string;
  /** Files by extension. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** One shard. */
export interface Shard {
  /** Path or URL. */
  readonly source: string;
  /** Name in item ids. */
  readonly name: string;
}

/** Options for reading shards. */
export interface ShardReading {
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly maxItemBytes: number;
}

/** Adds names to shards: the last part of the path, or the whole path if that isn't unique. */
export function namedShards(sources: readonly string[]): Shard[] {
  const shown = sources.map((source) => shownUrl(source));
  const short = shown.map((source) => source.slice(source.lastIndexOf("/") + 1));
  const names = new Set(short).size === short.length ? short : shown;
  return sources.map((source, n) => ({ source, name: names[n] ?? source }));
}

/** Position in a run over samples, as plain data. Shards are identified by their index in the list. */
export interface SamplesPlace {
  /** Number of samples yielded so far. */
  readonly count: number;
  /** The open shards with the number of samples yielded from each, in the order of their turns. */
  readonly opened: readonly (readonly [shard: number, given: number])[];
  /** The next shard to open. */
  readonly waiting: number;
  /** Index of the open shard that is next. */
  readonly turn: number;
}

/** The position before the first sample. */
export const firstPlace: SamplesPlace = { count: 0, opened: [], waiting: 0, turn: 0 };

/** A sample and the position after it. */
export interface PlacedSample {
  readonly sample: RawSample;
  readonly next: SamplesPlace;
}

/** The entry of a sample. Its position lists the open shards: finished ones are not read again. */
export function sampleEntry(
  { id, index, value: { sample, next } }: Entry<PlacedSample>,
  given: number,
): Entry<RawSample> {
  const { count, opened, waiting, turn } = next;
  return { id, index: given + index, value: sample, next: [count, opened, waiting, turn] };
}

const fromZero = v.pipe(integerSchema, v.minValue(0));
const positionSchema = v.strictTuple([fromZero, v.array(v.strictTuple([fromZero, fromZero])), fromZero, fromZero]);

/** Parses a position. @throws PipelineError `VOXRX_BAD_POSITION` */
export function placeIn(position: Position): SamplesPlace {
  const read = v.safeParse(positionSchema, position);
  if (!read.success) throw badPosition(position, "readShards");
  const [count, opened, waiting, turn] = read.output;
  return { count, opened, waiting, turn };
}

interface OpenShard {
  readonly shard: number;
  readonly samples: AsyncGenerator<RawSample, void, void>;
  given: number;
}

/**
 * The samples of shards; `interleave` shards are open at a time and read in turn. Shards that were finished at `from`
 * are not opened; in those that were open, samples already yielded are skipped.
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
      turn--; // the shard that moved up, or was just opened, is next
    }
  } finally {
    await Promise.all(opened.map(({ samples }) => samples.return()));
  }
}

/** Consecutive files with the same sampleKey are one sample. The first `skip` samples are not yielded. */
async function* samplesOfShard(
  { source, name }: Shard,
  reading: ShardReading,
  skip: number,
): AsyncGenerator<RawSample, void, void> {
  const { maxItemBytes, ...rest } = reading;
  const url = shownUrl(source);
  const filter = (file: string) => sampleFile(file) !== undefined;
  let sampleKey: string | undefined;
  let files = new Map<string, Uint8Array>();
  let bytes = 0;
  let passed = 0;
  for await (const file of withShardFault(tarFiles(source, { ...rest, filter, maxItemBytes }), source)) {
    const found = sampleFile(file.name);
    if (!found) continue;
    if (sampleKey !== undefined && found.sampleKey !== sampleKey) {
      if (passed++ >= skip) yield { ...namesOf(sampleKey, name), url, files };
      files = new Map();
      bytes = 0;
    }
    sampleKey = found.sampleKey;
    bytes += file.bytes.length;
    if (files.has(found.extension)) throw duplicateFile(file.name, url);
    if (bytes > maxItemBytes) throw tooLarge(sampleKey, maxItemBytes, url);
    files.set(found.extension, file.bytes);
  }
  if (sampleKey !== undefined && passed >= skip) yield { ...namesOf(sampleKey, name), url, files };
}

/** What identifies a sample, from the start of the names of its files and the name of its shard. */
export function namesOf(storedKey: string, shard: string): Pick<RawSample, "id" | "sampleKey" | "storedKey"> {
  const sampleKey = idOfSampleKey(storedKey);
  return { sampleKey, storedKey, id: `${shard}/${sampleKey}` };
}

/** The error for a file that a sample contains twice. */
export function duplicateFile(name: string, file: string): ArchiveError {
  return new ArchiveError(
    "VOXRX_BAD_ARCHIVE",
    `one sample contains the file ${JSON.stringify(name.slice(0, 200))} twice`,
    {
      file,
      remedy: "Write the shard again: each file of a sample needs a different extension.",
    },
  );
}

/** The error for a sample with too many bytes. */
export function tooLarge(sampleKey: string, most: number, file: string): ArchiveError {
  return new ArchiveError(
    "VOXRX_ARCHIVE_LIMIT",
    `the sample ${JSON.stringify(sampleKey.slice(0, 200))} is larger than ${formatBytes(most)}`,
    {
      file,
      remedy: "Raise maxItemBytes if you trust the shard.",
    },
  );
}
