import { stat } from "node:fs/promises";
import { seenClaims } from "../../src/blocks/block-claims.ts";
import { readFailures } from "../../src/blocks/block-failures.ts";
import { readMarker } from "../../src/blocks/compute-block.ts";
import { readManifest } from "../../src/blocks/manifest-file.ts";
import { namesIn, type OutputLayout } from "../../src/blocks/output-layout.ts";
import { formatBytes } from "../../src/bytes.ts";
import { textTable } from "../text-table.ts";
import { counted, formatSeconds } from "../write-output.ts";
import type { QueueCounts } from "./block-queue.ts";

/** How far the work on an output directory is. */
export interface OutputStatus {
  readonly complete: boolean;
  readonly blocks: number;
  readonly done: number;
  /** Blocks that failed and are tried again. */
  readonly failed: number;
  readonly setAside: number;
  readonly items: number;
  /** Items of the blocks that are done. */
  readonly itemsDone: number;
  /** Samples in their shards. */
  readonly samples: number;
  readonly bytes: number;
  /** Blocks that became done per second, lately; undefined if too few are known. */
  readonly blocksPerSecond: number | undefined;
  readonly claims: readonly {
    readonly shard: string;
    readonly host: string;
    /** How many workers died on it before. */
    readonly takenOver: number;
  }[];
  /** Shards that no longer belong to the manifest. */
  readonly surplus: readonly string[];
}

/** Blocks from which the pace is taken. */
const recentBlocks = 100;

/** Reads the directory; it needs a manifest. */
export async function outputStatus(layout: OutputLayout): Promise<OutputStatus> {
  const blocks = (await readManifest(layout))?.manifest.blocks ?? [];
  const done = await layout.done();
  const finished = blocks.filter(({ shard }) => done.has(shard));
  const failures = [...(await readFailures(layout)).values()].filter(({ shard }) =>
    blocks.some((one) => one.shard === shard),
  );
  const markers = await atOnce(32, finished, async ({ shard }) => ({
    marker: await readMarker(layout, shard),
    at: (await stat(layout.marker(shard))).mtimeMs,
  }));
  const known = new Set(blocks.map(({ shard }) => shard));
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  return {
    complete: finished.length === blocks.length,
    blocks: blocks.length,
    done: finished.length,
    failed: failures.filter(({ setAside }) => !setAside).length,
    setAside: failures.filter(({ setAside }) => setAside).length,
    items: sum(blocks.map(({ items }) => items.length)),
    itemsDone: sum(finished.map(({ items }) => items.length)),
    samples: sum(markers.map(({ marker }) => marker?.items ?? 0)),
    bytes: sum(markers.map(({ marker }) => marker?.bytes ?? 0)),
    blocksPerSecond: paceOf(markers.map(({ at }) => at)),
    claims: (await seenClaims(layout))
      .filter(({ shard }) => !done.has(shard))
      .map(({ shard, host, turn }) => ({ shard, host, takenOver: turn - 1 })),
    surplus: (await namesIn(layout.dir)).filter((name) => /^block-.*\.tar$/.test(name) && !known.has(name)).sort(),
  };
}

/** From the times of the file system alone: the clock of this machine may be another. */
function paceOf(times: readonly number[]): number | undefined {
  const recent = [...times].sort((a, b) => a - b).slice(-recentBlocks);
  const [first, last] = [recent[0], recent.at(-1)];
  if (first === undefined || last === undefined || recent.length < 3 || last <= first) return undefined;
  return (recent.length - 1) / ((last - first) / 1000);
}

/** The status as lines. */
export function statusText(dir: string, status: OutputStatus): string[] {
  const { blocks, done, failed, setAside, items, itemsDone, samples, bytes, blocksPerSecond: pace, claims } = status;
  const trouble = [
    ...(failed > 0 ? [`${failed} failed so far`] : []),
    ...(setAside > 0 ? [`${setAside} set aside (voxrx scale failed ${dir})`] : []),
  ];
  const left =
    pace === undefined
      ? ""
      : `, ${formatSeconds((blocks - done - setAside) / pace)} left at the last pace, if workers run`;
  const differs = samples === itemsDone ? "" : `, which became ${counted(samples, "sample")}`;
  const lines = [
    `blocks  ${done} of ${blocks} done${done < blocks - setAside ? left : ""}${trouble.map((text) => `; ${text}`).join("")}`,
    `items   ${itemsDone.toLocaleString("en")} of ${items.toLocaleString("en")}${differs}`,
    `size    ${formatBytes(bytes)}`,
  ];
  if (status.surplus.length > 0)
    lines.push(`surplus ${counted(status.surplus.length, "shard")} that the manifest does not name any more`);
  if (claims.length === 0) return lines;
  const rows = claims.map(({ shard, host, takenOver }) => [
    shard,
    host,
    takenOver === 0 ? "" : `taken over ${counted(takenOver, "time")}`,
  ]);
  return [...lines, "", ...textTable([{ name: "CLAIMED" }, { name: "BY" }, { name: "" }], rows)];
}

/** What a queue holds, as lines. */
export function queueText({ queue, waiting, active, delayed, failed, jobs }: QueueCounts): string[] {
  const line = `queue   ${queue}: ${active} in work, ${waiting} waiting, ${delayed} tried again soon, ${failed} set aside`;
  if (jobs.length === 0) return [line];
  const rows = jobs.map(({ shard, worker = "", items }) => [shard, worker, items === undefined ? "" : String(items)]);
  return [line, "", ...textTable([{ name: "IN WORK" }, { name: "BY" }, { name: "ITEMS", align: "right" }], rows)];
}

/** Does something for each of a list, a number of them at the same time; the results in the order of the list. */
async function atOnce<T, R>(
  concurrency: number,
  list: readonly T[],
  work: (one: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const entries = list.entries();
  const worker = async () => {
    for (const [n, one] of entries) results[n] = await work(one);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return results;
}
