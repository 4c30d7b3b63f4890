/** Workers of one output that run at the same time, each a command in a process of its own. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { OutputLayout } from "../../src/blocks/output-layout.ts";
import { childScript } from "./children.ts";
import { type StartedCommand, startCommand } from "./run-command.ts";

/** An output directory and files that control the items of test/children/queue-pipeline.ts. */
export class Fleet implements AsyncDisposable {
  readonly dir: string;
  readonly out: string;
  readonly layout: OutputLayout;
  readonly #url: string | undefined;
  readonly #workers: StartedCommand[] = [];

  constructor(dir: string, url?: string) {
    this.dir = dir;
    this.out = join(dir, "out");
    this.layout = new OutputLayout(this.out);
    this.#url = url;
  }

  /**
   * A worker with one process and blocks of one item, unless told otherwise. With a short lease, one on a busy machine may
   * be taken for dead, or find that the server takes too long to answer: only tests that wait for a lease set one.
   */
  worker(options: readonly string[] = [], items = 8): StartedCommand {
    const usual = ["--processes", "1", ...(this.#url ? ["--queue", this.#url] : ["--claim"])];
    const args = ["run", childScript("queue-pipeline"), "--out", this.out, "--block-size", "1", ...usual, ...options];
    const worker = startCommand(args, { VOXRX_TEST_DIR: this.dir, VOXRX_TEST_ITEMS: String(items) });
    this.#workers.push(worker);
    return worker;
  }

  /** A test that failed leaves none running. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#workers) child.kill("SIGKILL");
    await Promise.all(this.#workers.map(({ result }) => result));
  }

  hold = (item: number) => writeFile(join(this.dir, `hold-item-${item}`), "");
  release = (item: number) => rm(join(this.dir, `hold-item-${item}`));
  fail = (item: number) => writeFile(join(this.dir, `fail-item-${item}`), "");
  repair = (item: number) => rm(join(this.dir, `fail-item-${item}`));

  /** How often each item was begun. */
  async begun(): Promise<readonly number[]> {
    const text = await readFile(join(this.dir, "begun"), "utf8").catch(() => "");
    const counts = Array.from({ length: 10 }, () => 0);
    for (const [, item] of text.matchAll(/^item-(\d+)$/gm)) counts[Number(item)] = (counts[Number(item)] ?? 0) + 1;
    return counts;
  }

  untilBegun(item: number, times = 1): Promise<void> {
    return until(async () => ((await this.begun())[item] ?? 0) >= times);
  }

  /** The shards and their indexes, by name. */
  async shards(): Promise<Record<string, string>> {
    const names = (await readdir(this.out)).filter((name) => name.startsWith("block-")).sort();
    const contents = names.map(async (name) => [name, await readFile(join(this.out, name), "base64")] as const);
    return Object.fromEntries(await Promise.all(contents));
  }
}

/** However long it takes: how fast the machine is is not promised. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 300_000, interval: 20 });
}

export async function endsWith(code: number, ...workers: readonly StartedCommand[]): Promise<void> {
  for (const { result } of workers) {
    const ended = await result;
    expect([ended.code, ended.stderr]).toEqual([code, expect.any(String)]);
    expect(ended.stderr).not.toMatch(/ {4}at |unhandled/i);
  }
}
