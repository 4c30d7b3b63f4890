/** What `voxrx run --out` has to do, and what comes of each block. */
import { randomUUID } from "node:crypto";
import { readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type BlockFailure,
  type BlockFault,
  readFailure,
  readFailures,
  removeFailure,
  writeFailure,
} from "../../src/blocks/block-failures.ts";
import type { Block, Manifest } from "../../src/blocks/block-manifest.ts";
import { latestNumber, type NumberedManifest } from "../../src/blocks/manifest-file.ts";
import { namesIn, type OutputLayout, stemOf } from "../../src/blocks/output-layout.ts";
import { makeDirectory } from "../../src/files/make-directory.ts";
import { counted } from "../write-output.ts";
import type { BlockEnd, BlockProcesses } from "./block-processes.ts";

/** A block of which a process died this often is set aside. It is tried after all others, so this costs little. */
const mostDeaths = 20;

/** News of a block, for the report. */
export type BlockNews =
  | { readonly kind: "begun"; readonly block: Block }
  | { readonly kind: "items"; readonly block: Block; readonly items: number }
  | {
      readonly kind: "done";
      readonly block: Block;
      readonly items: number;
      readonly bytes: number;
      readonly seconds: number;
    }
  | { readonly kind: "failed"; readonly block: Block; readonly failure: BlockFailure }
  | { readonly kind: "died"; readonly block: Block; readonly how: string; readonly failure: BlockFailure };

/** What came of a block that was to be computed. */
export type BlockOutcome =
  /** Its shard is there: computed now, or before. */
  | { readonly kind: "done" }
  /** It is tried again, unless it is set aside. */
  | { readonly kind: "failed"; readonly failure: BlockFailure };

/** Another process has published a manifest since: what there is to do may be something else. */
export class Superseded extends Error {}

/** Options of {@link BlockWork}. */
export interface BlockWorkOptions extends NumberedManifest {
  readonly layout: OutputLayout;
  /** Places of the items in the list of the plan, by id. */
  readonly places: ReadonlyMap<string, number>;
  readonly processes: BlockProcesses;
  /** How often a block may fail before it is set aside. */
  readonly attempts: number;
  readonly onNews: (news: BlockNews) => void;
}

/** The blocks of a manifest and what computes them. */
export class BlockWork {
  readonly manifest: Manifest;
  readonly layout: OutputLayout;
  readonly #options: BlockWorkOptions;
  /** Files that the manifest does not name, by the number of their block. */
  readonly #surplus: ReadonlyMap<number, readonly string[]>;

  private constructor(options: BlockWorkOptions, surplus: ReadonlyMap<number, readonly string[]>) {
    this.#options = options;
    this.#surplus = surplus;
    this.manifest = options.manifest;
    this.layout = options.layout;
  }

  static async create(options: BlockWorkOptions): Promise<BlockWork> {
    return new BlockWork(options, await surplusFiles(options.layout, options.manifest));
  }

  /** The blocks of some that are neither done nor set aside, those that failed before last. */
  async open(blocks: readonly Block[]): Promise<readonly Block[]> {
    const done = await this.layout.done();
    const failures = await readFailures(this.layout);
    const left = blocks.filter(({ shard }) => !done.has(shard) && !failures.get(shard)?.setAside);
    const trouble = ({ shard }: Block) => {
      const { attempts = 0, deaths = 0 } = failures.get(shard) ?? {};
      return attempts + deaths;
    };
    return [...left].sort((a, b) => trouble(a) - trouble(b));
  }

  /** The blocks of some that are set aside. */
  async setAside(blocks: readonly Block[]): Promise<readonly BlockFailure[]> {
    const failures = await readFailures(this.layout);
    return blocks.flatMap(({ shard }) => {
      const failure = failures.get(shard);
      return failure?.setAside ? [failure] : [];
    });
  }

  /**
   * Computes a block, unless it is done or set aside.
   *
   * @param onItem is called now and then with the number of its items that are done
   * @throws BrokenRun, {@link Superseded}
   */
  async attempt(block: Block, signal: AbortSignal, onItem?: (items: number) => void): Promise<BlockOutcome> {
    const { layout } = this;
    const { onNews, processes } = this.#options;
    const { shard, items } = block;
    if (!(await this.isLatest())) throw new Superseded();
    const failure = await readFailure(layout, shard);
    if (await layout.isDone(shard)) return { kind: "done" };
    if (failure?.setAside) return { kind: "failed", failure };
    onNews({ kind: "begun", block });
    const begun = performance.now();
    const places = items.map((id) => this.#options.places.get(id) ?? 0);
    const failedBefore = failure?.faults.flatMap(({ item }) => item ?? []) ?? [];
    const { epoch, volumes } = this.manifest;
    const job = { ...block, places, failedBefore, dir: layout.dir, epoch, volumes };
    const end = await processes.compute(job, signal, (count) => {
      onNews({ kind: "items", block, items: count });
      onItem?.(count);
    });
    signal.throwIfAborted();
    if (end.kind === "done") {
      await this.#finish(block);
      const seconds = (performance.now() - begun) / 1000;
      onNews({ kind: "done", block, items: end.items, bytes: end.bytes, seconds });
      return { kind: "done" };
    }
    const noted = await this.#note(block, end);
    if (end.kind === "died") onNews({ kind: "died", block, how: end.how, failure: noted });
    else onNews({ kind: "failed", block, failure: noted });
    return { kind: "failed", failure: noted };
  }

  /** Removes what is left of the block: failures, and shards of other revisions or plans. */
  async #finish({ block, shard }: Block): Promise<void> {
    await removeFailure(this.layout, shard);
    // What a later manifest names is not known here: its own processes look after it.
    const surplus = this.#surplus.get(block) ?? [];
    if (surplus.length > 0 && (await this.isLatest()))
      await removeUnlessNamed(this.layout, surplus, this.#options.number);
  }

  /** Whether no other process has published a manifest since. */
  async isLatest(): Promise<boolean> {
    return (await latestNumber(this.layout)) === this.#options.number;
  }

  async #note({ block, shard }: Block, end: Exclude<BlockEnd, { readonly kind: "done" }>): Promise<BlockFailure> {
    const before = await readFailure(this.layout, shard);
    const attempts = (before?.attempts ?? 0) + (end.kind === "failed" ? 1 : 0);
    const deaths = (before?.deaths ?? 0) + (end.kind === "died" ? 1 : 0);
    const setAside = attempts >= this.#options.attempts || deaths >= mostDeaths;
    const failure: BlockFailure = { block, shard, attempts, deaths, setAside, faults: faultsOf(end, before) };
    await writeFailure(this.layout, failure);
    return failure;
  }
}

/** A process that died says nothing of the items that failed before. */
function faultsOf(end: Exclude<BlockEnd, { readonly kind: "done" }>, before: BlockFailure | undefined): BlockFault[] {
  if (end.kind === "failed") return end.faults;
  const message = `the process that computed the block ended (${end.how}) after ${counted(end.items, "item")}`;
  return [...(before?.faults ?? []).filter(({ item }) => item !== undefined), { message }];
}

/** Files of blocks that a manifest does not name, by the number of the block. */
async function surplusFiles(
  { dir, failures, inputs }: OutputLayout,
  manifest: Manifest,
): Promise<ReadonlyMap<number, readonly string[]>> {
  const named = new Set(manifest.blocks.map(({ shard }) => stemOf(shard)));
  const surplus = new Map<number, string[]>();
  for (const place of [dir, failures, inputs]) {
    for (const name of await filesIn(place)) {
      const number = /^block-(\d{6,})-[0-9a-f]{12}\.(tar|tar\.index\.json|done|json)$/.exec(name)?.[1];
      if (number === undefined || named.has(stemOf(name))) continue;
      surplus.set(Number(number), [...(surplus.get(Number(number)) ?? []), join(place, name)]);
    }
  }
  return surplus;
}

/** Names of files in a directory: no directory is made for a block, so one is somebody else's. */
async function filesIn(dir: string): Promise<readonly string[]> {
  const entries = (await namesIn(dir)).length === 0 ? [] : await readdir(dir, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

/** Removes what is left of earlier manifests, once all blocks of the latest one are done. */
export async function removeSurplus(layout: OutputLayout, { number, manifest }: NumberedManifest): Promise<void> {
  const surplus = [...(await surplusFiles(layout, manifest)).values()].flat();
  if (surplus.length > 0) await removeUnlessNamed(layout, surplus, number);
}

/**
 * Removes files that the manifest with a number does not name. They are put aside first: a manifest that names them was
 * published before the look that follows, which puts them back, or after it, and then its process finds them missing.
 */
async function removeUnlessNamed(layout: OutputLayout, paths: readonly string[], number: number): Promise<void> {
  const aside = join(layout.trash, randomUUID());
  await makeDirectory(aside);
  const moved: [from: string, to: string][] = [];
  for (const [n, path] of paths.entries()) {
    const to = join(aside, String(n));
    const isMoved = await rename(path, to).then(
      () => true,
      () => false, // another process has removed it
    );
    if (isMoved) moved.push([path, to]);
  }
  if ((await latestNumber(layout)) !== number) for (const [from, to] of moved) await rename(to, from);
  await rm(aside, { recursive: true, force: true });
}
