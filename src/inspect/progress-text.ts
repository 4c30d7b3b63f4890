/** The words of a line of progress. */
import { formatBytes } from "../bytes.ts";
import type { Ending, ProgressReport } from "./progress-report.ts";

/** Numbers of items at earlier times, from which the speed of the last while follows. */
export class RecentSpeed {
  readonly #samples: { readonly at: number; readonly items: number }[] = [{ at: 0, items: 0 }];

  /** Milliseconds until the end at the speed of the last half minute, or undefined. */
  leftMs({ elapsedMs, items, total }: ProgressReport): number | undefined {
    const samples = this.#samples;
    if (elapsedMs - (samples.at(-1)?.at ?? 0) >= sampleMs) samples.push({ at: elapsedMs, items });
    while (samples.length > 2 && elapsedMs - (samples[1]?.at ?? 0) > windowMs) samples.shift();
    const [oldest = { at: 0, items: 0 }] = samples;
    const since = items - oldest.items;
    if (total === undefined || items === 0) return undefined;
    // In a while without an item, the average of all is the best guess.
    const msEach = since > 0 ? (elapsedMs - oldest.at) / since : elapsedMs / items;
    return Math.max(0, total - items) * msEach;
  }
}

const sampleMs = 500;
const windowMs = 30_000;

/** What follows the number of items, the most important first. */
export function factsOf(report: ProgressReport, leftMs: number | undefined): readonly string[] {
  const { items, bytes, hits = 0, misses = 0, elapsedMs, waitedMs, done } = report;
  const seconds = elapsedMs / 1000;
  const hasCache = hits + misses > 0;
  return [
    ...(seconds > 0 && items > 0 ? [`${shortNumber(items / seconds)}/s`] : []),
    ...(done || leftMs === undefined ? [] : [`ETA ${clock(Math.ceil(leftMs / 1000) * 1000)}`]),
    ...(seconds > 0 && bytes / seconds >= 1e5 ? [`${formatBytes(bytes / seconds)}/s`] : []),
    ...(elapsedMs > 0 && waitedMs > 0 ? [`consumer waited ${percent(waitedMs, elapsedMs)}`] : []),
    ...(hasCache ? [`cache ${percent(hits, hits + misses)}`] : []),
  ];
}

/** `training, epoch 2`; without a name `epoch 2` */
export function titleOf({ name, epoch }: ProgressReport): string {
  return name === "" ? `epoch ${epoch}` : `${name}, epoch ${epoch}`;
}

/** `12/400 items` */
export function countOf({ items, total }: ProgressReport): string {
  return `${items}${total === undefined ? "" : `/${total}`} ${items === 1 && total === undefined ? "item" : "items"}`;
}

/** A line without a bar. */
export function lineOf(report: ProgressReport, leftMs: number | undefined, ending?: Ending): string {
  const time = report.done ? ` in ${duration(report.elapsedMs)}` : "";
  const rest = [`${countOf(report)}${time}`, ...factsOf(report, leftMs)].join(", ");
  return `${titleOf(report)}: ${endingText(ending)}${rest}`;
}

function endingText(ending: Ending | undefined): string {
  if (ending === undefined || ending === "end") return "";
  if (ending === "closed") return "closed after ";
  return ending.failedAt === undefined ? "failed after " : `failed at item "${ending.failedAt}" after `;
}

function percent(part: number, whole: number): string {
  return `${Math.round((100 * Math.min(part, whole)) / whole)}%`;
}

function shortNumber(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(value >= 1 ? 3 : 2);
}

function duration(ms: number): string {
  return ms < 60_000 ? `${(ms / 1000).toFixed(1)} s` : clock(ms);
}

/** `0:07`, `12:34`, `3:02:01` */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
