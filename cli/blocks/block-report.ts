/** What `voxrx run --out` says: how far it is, each failure, and what came out. */

import type { Block, Manifest } from "../../src/blocks/block-manifest.ts";
import type { OutputLayout } from "../../src/blocks/output-layout.ts";
import { formatBytes } from "../../src/bytes.ts";
import { ProgressLine } from "../progress-line.ts";
import { counted, formatSeconds, printJson } from "../write-output.ts";
import type { BlockNews, BlockWork } from "./block-work.ts";
import type { ChosenPart } from "./choose-part.ts";

/** Without a terminal, a line is written this often, in ms: into the log of a job. */
const everyMs = 30_000;

interface ReportOptions {
  readonly manifest: Manifest;
  readonly blocks: readonly Block[];
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
  #bytes = 0;
  #doneBefore = 0;
  #toldAt = performance.now();

  constructor(options: ReportOptions) {
    this.#options = options;
  }

  async begin(work: BlockWork): Promise<void> {
    const { blocks, part, manifest, json } = this.#options;
    const done = await work.layout.done();
    this.#doneBefore = blocks.filter(({ shard }) => done.has(shard)).length;
    if (json) return;
    const items = manifest.blocks.reduce((sum, block) => sum + block.items.length, 0);
    const all = `${counted(manifest.blocks.length, "block")}, ${counted(items, "item")}`;
    const own = blocks.length === manifest.blocks.length ? "" : `; ${blocks.length} in this part`;
    const before = this.#doneBefore > 0 ? `; ${this.#doneBefore} done before` : "";
    console.error(`${all}${own}${before} (${part.why})`);
  }

  news(news: BlockNews): void {
    const { block } = news;
    if (news.kind === "begun") this.#running.set(block, 0);
    else if (news.kind === "items") this.#running.set(block, news.items);
    else this.#running.delete(block);
    if (news.kind === "done") {
      this.#done++;
      this.#items += news.items;
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
  async end(work: BlockWork, isInterrupted: boolean): Promise<void> {
    this.#line.clear();
    const { blocks, layout, json } = this.#options;
    const done = await layout.done();
    const left = blocks.filter(({ shard }) => !done.has(shard)).length;
    const aside = (await work.setAside(blocks)).length;
    if (left > 0 && !isInterrupted) process.exitCode = 1;
    const seconds = (performance.now() - this.#begun) / 1000;
    if (json) {
      const { items, bytes } = { items: this.#items, bytes: this.#bytes };
      printJson({
        blocks: blocks.length,
        computed: this.#done,
        left,
        setAside: aside,
        items,
        bytes,
        seconds: Number(seconds.toFixed(3)),
      });
      return;
    }
    const rate = this.#done > 0 ? ` (${(this.#items / seconds).toFixed(1)} items/s)` : "";
    const computed = `${counted(this.#done, "block")}, ${counted(this.#items, "item")}, ${formatBytes(this.#bytes)}`;
    console.log(`computed ${computed} in ${formatSeconds(seconds)}${rate}`);
    const own = blocks.length === this.#options.manifest.blocks.length ? "" : " of this part";
    const failed = aside > 0 ? `, ${aside} set aside because they failed` : "";
    console.log(
      left === 0
        ? `all ${blocks.length} blocks${own} are done: ${layout.dir}`
        : `${left} of ${blocks.length} blocks${own} are not done${failed}`,
    );
    if (aside > 0)
      console.error(
        `voxrx scale failed ${layout.dir} lists what went wrong; voxrx scale retry ${layout.dir} has it tried again`,
      );
  }

  #failed(news: Extract<BlockNews, { readonly kind: "failed" | "died" }>): void {
    this.#line.clear();
    const { block, failure } = news;
    const set = failure.setAside ? "; set aside" : "; tried again later";
    if (news.kind === "died") {
      console.error(`block ${block.block}: its process ended (${news.how})${set}`);
      return;
    }
    for (const { message } of failure.faults.slice(0, 5)) console.error(`block ${block.block}: ${message}`);
    const more = failure.faults.length - 5;
    console.error(
      `block ${block.block}: failed ${counted(failure.attempts, "time")}${more > 0 ? ` (${more} more items)` : ""}${set}`,
    );
  }

  #show(): void {
    this.#line.show(() => this.#text());
    const now = performance.now();
    if (this.#line.isShown || this.#options.json || now - this.#toldAt < everyMs) return;
    this.#toldAt = now;
    console.error(this.#text());
  }

  #text(): string {
    const { blocks } = this.#options;
    const done = this.#doneBefore + this.#done;
    const seconds = (performance.now() - this.#begun) / 1000;
    const running = [...this.#running.values()];
    const items = this.#items + running.reduce((sum, count) => sum + count, 0);
    const left = this.#done > 0 ? `, about ${formatSeconds((seconds / this.#done) * (blocks.length - done))} left` : "";
    return `${done} of ${blocks.length} blocks, ${running.length} in work, ${(items / seconds).toFixed(1)} items/s${left}`;
  }
}
