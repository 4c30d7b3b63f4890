/** What `voxrx run --out` has to do, and what comes of each block. */
import { rm } from "node:fs/promises";
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
import { markerOf, namesIn, type OutputLayout } from "../../src/blocks/output-layout.ts";
import type { BlockProcesses } from "./block-processes.ts";

/** A block of which a process died this often is set aside. It is tried after all others, so this costs little. */
const mostDeaths = 20;

/** What is told of a block. */
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

/** Options of {@link BlockWork}. */
export interface BlockWorkOptions {
  readonly layout: OutputLayout;
  readonly manifest: Manifest;
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

  constructor(options: BlockWorkOptions) {
    this.#options = options;
    this.manifest = options.manifest;
    this.layout = options.layout;
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
   * @throws BrokenRun
   */
  async attempt(block: Block, signal: AbortSignal, onItem?: (items: number) => void): Promise<BlockOutcome> {
    const { layout } = this;
    const { onNews, processes } = this.#options;
    const { shard, items } = block;
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
    if (end.kind === "died") {
      const died = { message: `the process that computed the block ended (${end.how}) after ${end.items} items` };
      const noted = await this.#note(block, { deaths: 1, faults: [died] });
      onNews({ kind: "died", block, how: end.how, failure: noted });
      return { kind: "failed", failure: noted };
    }
    const noted = await this.#note(block, { attempts: 1, faults: end.faults });
    onNews({ kind: "failed", block, failure: noted });
    return { kind: "failed", failure: noted };
  }

  /** Removes what is left of the block: failures, and shards of other revisions or plans. */
  async #finish({ block, shard }: Block): Promise<void> {
    await removeFailure(this.layout, shard);
    const start = `block-${String(block).padStart(6, "0")}-`;
    for (const name of await namesIn(this.layout.dir)) {
      if (!name.startsWith(start) || name.startsWith(shard) || name === markerOf(shard) || name.endsWith(".tmp"))
        continue;
      await rm(join(this.layout.dir, name), { force: true });
    }
  }

  async #note(
    { block, shard }: Block,
    more: { readonly attempts?: number; readonly deaths?: number; readonly faults: readonly BlockFault[] },
  ): Promise<BlockFailure> {
    const before = await readFailure(this.layout, shard);
    const attempts = (before?.attempts ?? 0) + (more.attempts ?? 0);
    const deaths = (before?.deaths ?? 0) + (more.deaths ?? 0);
    const setAside = attempts >= this.#options.attempts || deaths >= mostDeaths;
    // A process that died says nothing of the items that failed before.
    const faults = more.attempts
      ? [...more.faults]
      : [...(before?.faults ?? []).filter(({ item }) => item), ...more.faults];
    const failure: BlockFailure = { block, shard, attempts, deaths, setAside, faults };
    await writeFailure(this.layout, failure);
    return failure;
  }
}
