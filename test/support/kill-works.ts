/** What processes do until they are killed, and the test after them. Each kind is loaded only where it is done. */

/** Options of a work, as JSON. */
export interface WorkOptions {
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly sha256?: string;
  readonly archive?: string;
  /** Limit of a store. */
  readonly maxBytes?: number;
  /** What is written, so that it can be told from what an earlier run wrote. */
  readonly version?: number;
}

/** Says how far a work is. */
export type Say = (message: string | number) => void;

/** Works in a directory. */
export type Work = (dir: string, options: WorkOptions, say: Say) => Promise<unknown>;

/** The works by name. */
export const works = {
  cache: () => import("./store-works.ts").then(({ fillCache }) => fillCache),
  tiered: () => import("./store-works.ts").then(({ fillTiered }) => fillTiered),
  download: () => import("./transfer-works.ts").then(({ fetchFile }) => fetchFile),
  extract: () => import("./transfer-works.ts").then(({ extractFiles }) => extractFiles),
  shards: () => import("./file-works.ts").then(({ fillShards }) => fillShards),
  save: () => import("./file-works.ts").then(({ saveImages }) => saveImages),
} as const satisfies Record<string, () => Promise<Work>>;

/** Name of a work. */
export type WorkName = keyof typeof works;
