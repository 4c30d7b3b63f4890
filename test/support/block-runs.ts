/** Runs of `voxrx run --out` over the pipeline in test/children/divided-pipeline.ts, in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rename, watch, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { childScript } from "./children.ts";
import { temporaryFolder, treeOf } from "./folder.ts";
import type { CommandResult } from "./run-command.ts";

/** What the pipeline does. */
export interface Control {
  readonly items: number;
  readonly fail?: readonly number[];
  readonly hold?: readonly number[];
  readonly end?: readonly number[];
  readonly note?: string;
}

/** A run that was started. */
export interface StartedRun {
  readonly child: ChildProcess;
  readonly ended: Promise<CommandResult>;
}

/** A directory with the control file of a pipeline, and outputs beside it. */
export class BlockRuns implements AsyncDisposable {
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>;
  readonly #started = new Set<ChildProcess>();

  private constructor(folder: Awaited<ReturnType<typeof temporaryFolder>>) {
    this.#folder = folder;
  }

  static async create(control: Control): Promise<BlockRuns> {
    const runs = new BlockRuns(await temporaryFolder());
    await mkdir(runs.notes);
    await runs.control(control);
    return runs;
  }

  /** Where the pipeline leaves its files. */
  get notes(): string {
    return join(this.#folder.path, "notes");
  }

  /** An output directory. */
  out(name = "out"): string {
    return join(this.#folder.path, name);
  }

  async control(control: Control): Promise<void> {
    const path = join(this.notes, "control.json");
    await writeFile(`${path}.new`, JSON.stringify(control));
    await rename(`${path}.new`, path);
  }

  /** Starts `voxrx run` of the pipeline; `env` is added to the environment, from which launchers are taken. */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): StartedRun {
    return this.command(["run", childScript("divided-pipeline"), ...args], env);
  }

  /** Starts `voxrx`, in the directory of this process if no other is given. */
  command(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd?: string): StartedRun {
    const child = spawn(process.execPath, [childScript("cli"), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      cwd,
      env: { ...process.env, VOXRX_TEST_DIR: this.notes, ...env },
    });
    this.#started.add(child);
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => void (stdout += String(chunk)));
    child.stderr.on("data", (chunk) => void (stderr += String(chunk)));
    const ended = once(child, "close").then(([code]: unknown[]) => {
      this.#started.delete(child);
      return { stdout, stderr, code: typeof code === "number" ? code : null };
    });
    return { child, ended };
  }

  /** Runs `voxrx run` of the pipeline to its end. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return this.start(args, env).ended;
  }

  /** How often each item was computed. */
  async computed(): Promise<readonly number[]> {
    const counts: number[] = [];
    for (const name of await readdir(this.notes)) {
      const item = /^computed-(\d+)-/.exec(name)?.[1];
      if (item !== undefined) counts[Number(item)] = (counts[Number(item)] ?? 0) + 1;
    }
    return Array.from(counts, (count) => count ?? 0);
  }

  /** Waits until a process holds an item, or any item, and returns its id. Files of processes that have ended stay. */
  async held(item: number | "any", isSought: (pid: number) => boolean = () => true): Promise<number> {
    const look = async () => {
      const pids = (await readdir(this.notes)).flatMap((name) => {
        const pid = new RegExp(`^held-${item === "any" ? "\\d+" : item}-(\\d+)$`).exec(name)?.[1];
        return pid === undefined || !isSought(Number(pid)) ? [] : [Number(pid)];
      });
      return pids[0];
    };
    const stop = new AbortController();
    const changes = watch(this.notes, { signal: stop.signal })[Symbol.asyncIterator]();
    try {
      for (;;) {
        // Before the look: watching begins here, and nothing that happens after it is missed.
        const change = changes.next();
        change.catch(() => undefined);
        const pid = await look();
        if (pid !== undefined) return pid;
        await change;
      }
    } finally {
      stop.abort();
    }
  }

  /** The processes that hold an item, or have held it. */
  async heldBy(item: number): Promise<readonly number[]> {
    const names = await readdir(this.notes);
    return names.flatMap((name) => Number(new RegExp(`^held-${item}-(\\d+)$`).exec(name)?.[1]) || []);
  }

  /** The item that a process holds. */
  async itemOf(pid: number): Promise<number> {
    const names = await readdir(this.notes);
    return Number(
      names.map((name) => /^held-(\d+)-(\d+)$/.exec(name)).find((match) => Number(match?.[2]) === pid)?.[1],
    );
  }

  /** Shards, indexes, markers and manifest of an output. */
  tree(name = "out"): Promise<Record<string, string>> {
    return treeOf(this.out(name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#started) child.kill("SIGKILL");
    await this.#folder[Symbol.asyncDispose]();
  }
}
