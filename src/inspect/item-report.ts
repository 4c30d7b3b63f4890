/** Where an item came from and what was done to it, as an object and as text. */
import { formatBytes } from "../bytes.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import type { CacheNote, TraceStep } from "../plan/inspection.ts";
import { shownUrl, withShownUrls } from "../shown-url.ts";

/** A file that an item was made from. */
export interface ReportedFile {
  /** Path as it was opened, or URL. */
  readonly path: string;
  /** Size in bytes. */
  readonly size: number;
  /** Time of its last change, as an ISO date; of a URL its ETag. */
  readonly modified: string;
  /** Hash of its bytes (XXH3, 128 bits, hexadecimal), if it was read as a whole. */
  readonly hash?: string;
}

/** What one operator did to an item. */
export interface ReportedStep {
  readonly name: string;
  readonly kind: "deterministic" | "random" | "opaque";
  /** Options in effect, as text. */
  readonly options?: string;
  /** Whether a cache keeps its result: then it was done now only if the cache lacked the item. */
  readonly cached?: true;
  /** What a random operator drew, as its twin takes it. */
  readonly draws?: readonly unknown[];
  /** Milliseconds that it took; left out if it was not timed. */
  readonly ms?: number;
}

/** A cache that was asked for an item. */
export interface ReportedCache {
  /** Name of the store. */
  readonly store: string;
  readonly outcome: "hit" | "miss";
  /** Identity of the entry in the store. */
  readonly entry: string;
}

/** What {@link ItemReport} is made from. */
export interface ItemFacts {
  readonly id: string;
  readonly index: number;
  readonly epoch: number;
  readonly seed: number | string;
  readonly source: string;
  readonly steps: readonly TraceStep[];
  readonly caches: readonly CacheNote[];
}

/** Where an item came from and what was done to it. Its fields are plain data, for `JSON.stringify`. */
export class ItemReport {
  readonly id: string;
  /** Position in the source; -1 if there is none. */
  readonly index: number;
  readonly epoch: number;
  readonly seed: number | string;
  /** Name of the source. */
  readonly source: string;
  readonly files: readonly ReportedFile[];
  readonly caches: readonly ReportedCache[];
  /** What was done to it, in order. */
  readonly steps: readonly ReportedStep[];

  constructor({ id, index, epoch, seed, source, steps, caches }: ItemFacts) {
    this.id = id;
    this.index = index;
    this.epoch = epoch;
    this.seed = seed;
    this.source = source;
    const files = new Map(steps.flatMap((step) => step.files).map((file) => [file.path, reportedFile(file)]));
    this.files = [...files.values()];
    this.caches = caches.map(({ store, outcome, entry }) => ({
      ...{ store, entry },
      outcome: outcome === "computed" ? "miss" : "hit",
    }));
    this.steps = steps.map(reportedStep);
  }

  /** The report as lines of text. */
  toString(): string {
    const { id, index, epoch, seed, source, files, caches, steps } = this;
    const place = index < 0 ? "" : ` number ${index}`;
    const lines = [`item "${id}" in epoch ${epoch}, seed ${seed}: item${place} of ${source}`];
    for (const { path, size, modified, hash } of files) {
      lines.push(`file   ${path}, ${formatBytes(size)}, ${modified}${hash === undefined ? "" : `, hash ${hash}`}`);
    }
    for (const { store, outcome, entry } of caches) lines.push(`cache  ${outcome} in ${store}, entry ${entry}`);
    const width = Math.max(0, ...steps.map(({ name }) => name.length));
    for (const { name, options = "", kind, cached, draws, ms } of steps) {
      const notes = [
        ...(kind === "deterministic" ? [] : [kind]),
        ...(cached ? ["cached"] : []),
        ...(ms === undefined ? [] : [`${ms.toFixed(1)} ms`]),
      ];
      const note = notes.length > 0 ? `[${notes.join("; ")}]` : "";
      lines.push(["step ", name.padEnd(width), ...[options, note].filter(Boolean)].join("  ").trimEnd());
      for (const drawn of draws ?? []) lines.push(`${" ".repeat(width + 9)}drew ${JSON.stringify(drawn)}`);
    }
    return lines.join("\n");
  }
}

function reportedFile({ path, size, modified, hash, absolute }: FileIdentity): ReportedFile {
  const changed = absolute !== undefined && /^\d+$/.test(modified);
  return {
    path: shownUrl(path),
    size,
    modified: changed ? new Date(Number(BigInt(modified) / 1_000_000n)).toISOString() : modified,
    ...(hash === undefined ? {} : { hash }),
  };
}

function reportedStep({ name, kind, options, cached, draws, ms }: TraceStep): ReportedStep {
  return {
    ...{ name, kind },
    ...(options === undefined ? {} : { options: withShownUrls(options) }),
    ...(cached ? { cached } : {}),
    ...(draws.length > 0 ? { draws: draws.map(({ params }) => params) } : {}),
    ...(ms > 0 ? { ms } : {}),
  };
}
