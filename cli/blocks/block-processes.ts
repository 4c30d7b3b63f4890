/** Processes that compute blocks, each one block at a time. This one only waits, so its timers are never late. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { BlockJob } from "../../src/blocks/compute-block.ts";
import { PipelineError } from "../../src/errors.ts";
import { type FromBlockProcess, readMessage } from "./block-messages.ts";

/** How a computation ended. */
export type BlockEnd =
  | Extract<FromBlockProcess, { readonly kind: "done" | "failed" }>
  /** The process ended meanwhile. */
  | { readonly kind: "died"; readonly how: string; readonly items: number; readonly isLoaded: boolean };

/** Nothing more can be computed: the output can't be written, or the plan can't be loaded. */
class BrokenRun extends Error {}

/** How often a process may end before it has loaded the pipeline, for one block. */
const mostStarts = 3;

/** How long processes may take to stop, in ms. */
const patienceMs = 5_000;

/** See the file. */
export class BlockProcesses {
  readonly #args: readonly string[];
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();
  readonly #loaded = new WeakSet<ChildProcess>();

  /** @param args arguments of the command that the processes run */
  constructor(args: readonly string[]) {
    this.#args = args;
  }

  /**
   * Computes a block in a process that has nothing to do, or a new one.
   *
   * @throws the error of an output that can't be written, or of a plan that can't be loaded
   */
  async compute(job: BlockJob, signal: AbortSignal, onItem: (items: number) => void): Promise<BlockEnd> {
    for (let starts = 1; ; starts++) {
      signal.throwIfAborted();
      const end = await this.#computeOnce(job, onItem);
      if (end.kind !== "died" || end.isLoaded) return end;
      if (starts === mostStarts)
        throw new BrokenRun(`a process that computes blocks ended (${end.how}) before it had loaded the pipeline`);
    }
  }

  async #computeOnce(job: BlockJob, onItem: (items: number) => void): Promise<BlockEnd> {
    const child = this.#idleChild() ?? this.#start();
    let items = 0;
    const ended = new Promise<BlockEnd>((resolve, reject) => {
      const died = (how: string) => resolve({ kind: "died", how, items, isLoaded: this.#loaded.has(child) });
      child.once("exit", (code, killedBy) => died(killedBy ?? `exit code ${code}`));
      child.once("error", reject);
      child.on("message", (content) => {
        const message = readMessage(content);
        if (message.kind === "loaded") this.#loaded.add(child);
        else if (message.kind === "items") onItem((items = message.items));
        else if (message.kind === "broken") reject(new BrokenRun(message.message));
        else resolve(message);
      });
      child.send(job, (error) => {
        // It has ended, and maybe said so before somebody listened.
        if (error && !isRunning(child)) died(child.signalCode ?? `exit code ${child.exitCode}`);
      });
    });
    try {
      return await ended;
    } finally {
      child.removeAllListeners();
      child.on("error", () => undefined);
      if (isRunning(child)) this.#idle.push(child);
      else this.#all.delete(child);
    }
  }

  /** One that has not ended since its last block. */
  #idleChild(): ChildProcess | undefined {
    for (let child = this.#idle.pop(); child; child = this.#idle.pop()) {
      if (isRunning(child)) return child;
      this.#all.delete(child);
    }
    return undefined;
  }

  /** Stops all processes, those that work too. */
  async stop(): Promise<void> {
    await Promise.all([...this.#all].map(stopped));
    this.#all.clear();
    this.#idle.length = 0;
  }

  #start(): ChildProcess {
    const [, program] = process.argv;
    if (program === undefined)
      throw new PipelineError("VOXRX_NO_WORKERS", "the program of this process is not known", {
        remedy: "Start the command as a script: node dist/cli.js, or npx voxrx.",
      });
    // What pipelines print must not get into the results.
    const child = fork(program, ["compute-blocks", ...this.#args], { stdio: ["ignore", 2, "inherit", "ipc"] });
    this.#all.add(child);
    return child;
  }
}

function isRunning({ connected, exitCode, signalCode }: ChildProcess): boolean {
  return connected && exitCode === null && signalCode === null;
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  if (child.connected) child.disconnect();
  const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs);
  await exit;
  clearTimeout(kill);
}
