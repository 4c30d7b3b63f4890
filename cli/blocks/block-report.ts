/** What `voxrx run --out` says: how far it is, each failure, and what came out. */

import { relative } from "node:path";
import type { Block } from "../../src/blocks/block-manifest.ts";
import type { OutputLayout } from "../../src/blocks/output-layout.ts";
import { formatBytes } from "../../src/bytes.ts";
import { print, printJson, printNotice } from "../print.ts";
import { ProgressLine } from "../progress-line.ts";
import { counted, formatSeconds } from "../write-output.ts";
import type { BlockNews, BlockWork } from "./block-work.ts";
import type { ChosenPart } from "./choose-part.ts";

/** Without a terminal, a line is written this often, in ms: into the log of a job. */
const everyMs = 30_000;

interface ReportOptions {
  readonly part: ChosenPart;
  readonly layout: OutputLayout;
  readonly json: boolean;
}

/** See the file. */
export class BlockReport {
  readonly #options: ReportOptions;
  readonly #line = new ProgressLine();
  readonly #begun = performance.now();
  /** Items so far of the blocks in work. */
  readonly #running = new Map<Block, number>();
  #done = 0;
  #items = 0;
  /** Items of the list in the blocks that were computed. */
  #listed = 0;
  #bytes = 0;
  #doneBefore = 0;
  #work: BlockWork | undefined;
  #blocks: readonly Block[] = [];
  /** Blocks of a list that is later than that of this process. */
  #foreign = 0;
  #toldAt = performance.now();

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  /** The blocks of this process, of which it can compute some; again if they have changed. */
  async begin(work: BlockWork, blocks: readonly Block[], computable: number): Promise<void> {
    const { part, json } = this.#options;
    const { manifest } = work;
    const isFirst = this.#work === undefined;
    this.#work = work;
    this.#blocks = blocks;
    this.#foreign = blocks.length - computable;
    this.#doneBefore = (await this.#doneBlocks()).length - this.#done;
    if (json) return;
    const items = manifest.blocks.reduce((sum, block) => sum + block.items.length, 0);
    const all = `${counted(manifest.blocks.length, "block")}, ${counted(items, "item")}`;
    const own = blocks.length === manifest.blocks.length ? "" : `; ${blocks.length} in this part`;
    const before = this.#doneBefore > 0 ? `; ${this.#doneBefore} done before` : "";
    printNotice(isFirst ? `${all}${own}${before} (${part.why})` : `another run has changed the manifest: ${all}${own}`);
  }

  news(news: BlockNews): void {
    const { block } = news;
    if (news.kind === "begun") this.#running.set(block, 0);
    else if (news.kind === "items") this.#running.set(block, news.items);
    else this.#running.delete(block);
    if (news.kind === "done") {
      this.#done++;
      this.#items += news.items;
      this.#listed += block.items.length;
      this.#bytes += news.bytes;
      if (this.#options.json) {
        const { items, bytes, seconds } = news;
        printJson({ block: block.block, shard: block.shard, items, bytes, seconds: Number(seconds.toFixed(3)) });
      }
    }
    if (news.kind === "failed" || news.kind === "died") this.#failed(news);
    this.#show();
  }

  /** The result: also the exit code. */
  async end(isInterrupted: boolean): Promise<void> {
    this.#line.clear();
    const work = this.#work;
    if (!work) return;
    const blocks = this.#blocks;
    const { layout, json } = this.#options;
    const near = relative("", layout.dir);
    const shown = near.startsWith("..") ? layout.dir : near || ".";
    const left = blocks.length - (await this.#doneBlocks()).length;
    const aside = (await work.setAside(blocks)).length;
    if (left > 0 && !isInterrupted) process.exitCode = 1;
    const seconds = (performance.now() - this.#begun) / 1000;
    const [computed, items, bytes] = [this.#done, this.#items, this.#bytes];
    if (json) {
      printJson({
        blocks: blocks.length,
        computed,
        left,
        setAside: aside,
        items,
        bytes,
        seconds: Number(seconds.toFixed(3)),
      });
      return;
    }
    const rate = computed > 0 ? ` (${(items / seconds).toFixed(1)} items/s)` : "";
    const sizes = `${counted(computed, "block")}, ${counted(items, "item")}, ${formatBytes(bytes)}`;
    print(`computed ${sizes} in ${formatSeconds(seconds)}${rate}`);
    const own = "rank" in this.#options.part ? " of this part" : "";
    const failed = aside > 0 ? `, ${aside} set aside because of failures` : "";
    const done = `all ${counted(blocks.length, "block")}${own} ${blocks.length === 1 ? "is" : "are"} done: ${shown}`;
    print(left === 0 ? done : `not done: ${left} of ${counted(blocks.length, "block")}${own}${failed}`);
    if (items === 0 && this.#listed > 0)
      printNotice(`no item came out of ${this.#listed}: a filter, or onError({ skip: true }), left all of them out`);
    if (left > aside && this.#foreign > 0)
      printNotice(
        `another run has listed other items since: what it has added or changed (${counted(this.#foreign, "block")}) is left to it, or to this command when it is started again`,
      );
    if (aside > 0) {
      printNotice(`voxrx scale failed ${shown} lists what went wrong; voxrx scale retry ${shown} has it tried again`);
    }
  }

  async #doneBlocks(): Promise<readonly Block[]> {
    const done = await this.#options.layout.done();
    return this.#blocks.filter(({ shard }) => done.has(shard));
  }

  #failed(news: Extract<BlockNews, { readonly kind: "failed" | "died" }>): void {
    this.#line.clear();
    const { block, failure } = news;
    const set = failure.setAside ? "; set aside" : "; tried again later";
    if (news.kind === "died") {
      printNotice(`block ${block.block}: its process ended (${news.how})${set}`);
      return;
    }
    for (const { message } of failure.faults.slice(0, 5)) printNotice(`block ${block.block}: ${message}`);
    const more = failure.faults.length - 5;
    printNotice(
      `block ${block.block}: failed ${counted(failure.attempts, "time")}${more > 0 ? ` (${more} more items)` : ""}${set}`,
    );
  }

  #show(): void {
    this.#line.show(() => this.#text());
    const now = performance.now();
    if (this.#line.isShown || this.#options.json || now - this.#toldAt < everyMs) return;
    this.#toldAt = now;
    printNotice(this.#text());
  }

  #text(): string {
    const blocks = this.#blocks.length;
    const done = Math.min(blocks, this.#doneBefore + this.#done);
    const seconds = (performance.now() - this.#begun) / 1000;
    const running = [...this.#running.values()];
    const items = this.#items + running.reduce((sum, count) => sum + count, 0);
    const left = this.#done > 0 ? `, about ${formatSeconds((seconds / this.#done) * (blocks - done))} left` : "";
    return `${done} of ${counted(blocks, "block")}, ${running.length} in work, ${(items / seconds).toFixed(1)} items/s${left}`;
  }
}
