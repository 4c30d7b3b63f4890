/** The command of the processes that `voxrx run --out` starts: it computes the blocks that it is sent. */
import { Command } from "commander";
import * as v from "valibot";
import { inBlocks } from "../../src/blocks/plan-in-blocks.ts";
import { messageOf } from "../../src/errors.ts";
import { loadPipeline } from "../load-pipeline.ts";
import type { FromBlockProcess } from "./block-messages.ts";

/** Shortest time between two messages about the same block, in ms. */
const everyMs = 200;

/** How long the end may take, in ms, when nobody waits for the block any more. */
const patienceMs = 3_000;

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const jobSchema = v.object({
  block: count,
  revision: count,
  shard: v.string(),
  items: v.array(v.string()),
  places: v.array(count),
  failedBefore: v.array(v.string()),
  dir: v.string(),
  epoch: count,
  volumes: v.picklist(["nii", "nii.gz"]),
});

type SentJob = v.InferOutput<typeof jobSchema>;

/** A process of `voxrx run --out`: not for users. */
export function computeBlocksCommand() {
  return new Command("compute-blocks").argument("<file>").option("--export <name>").action(computeBlocks);
}

async function computeBlocks(file: string, options: { readonly export?: string }): Promise<void> {
  const stop = new AbortController();
  // Whoever started it is gone, or wants no more. Ctrl-C reaches both, and so does the SIGTERM of Slurm: that one decides.
  process.once("disconnect", () => {
    stop.abort();
    // A function of the pipeline that doesn't look at its signal may never come to an end.
    setTimeout(() => process.exit(1), patienceMs).unref();
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
  process.on("error", () => undefined);
  const jobs = new Jobs(stop.signal);
  const say = (message: FromBlockProcess) => {
    // Whoever started it may have ended meanwhile: then "disconnect" says so.
    if (process.connected) process.send?.(message, undefined, {}, () => undefined);
  };
  try {
    const plan = (await loadPipeline(file, options.export))[inBlocks]?.();
    if (!plan) throw new TypeError(`${file} has no plan that can be divided`);
    say({ kind: "loaded" });
    for (let job = await jobs.next(); job; job = await jobs.next()) {
      await plan.check(job, stop.signal);
      let toldAt = 0;
      const result = await plan.compute(job, stop.signal, (items) => {
        if (performance.now() - toldAt < everyMs) return;
        toldAt = performance.now();
        say({ kind: "items", items });
      });
      if ("faults" in result) say({ kind: "failed", faults: [...result.faults] });
      else say({ kind: "done", items: result.done.items, bytes: result.done.bytes });
    }
  } catch (error) {
    if (!stop.signal.aborted) say({ kind: "broken", message: messageOf(error) });
  }
  if (process.connected) process.disconnect();
}

/** The messages with jobs, one after the other. */
class Jobs {
  readonly #waiting: SentJob[] = [];
  #wake: (() => void) | undefined;
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    process.on("message", (content) => {
      this.#waiting.push(v.parse(jobSchema, content));
      this.#wake?.();
    });
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  /** Undefined when there will be no more. */
  async next(): Promise<SentJob | undefined> {
    while (!this.#signal.aborted) {
      const job = this.#waiting.shift();
      if (job) return job;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    return undefined;
  }
}
