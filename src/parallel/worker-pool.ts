/** The worker threads of this process: started when they are needed, and ended by a message when they are idle. */
import { Worker } from "node:worker_threads";
import { PipelineError } from "../errors.ts";
import { warn } from "../warnings.ts";
import type { ChainData } from "./chain.ts";
import type { Job, JobThread } from "./job.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { type WorkerPlace, workerPlace } from "./worker-place.ts";

/** A thread ends when it had nothing to do for so long, in ms. */
const idleMs = 15_000;
/** Chains that a thread keeps. */
const mostChains = 32;
/** How long the process waits for its threads when it ends by itself, in ms: a module of a user may keep them. */
const endingMs = 1000;

class WorkerThread implements JobThread {
  readonly number: number;
  /** Whether it can get jobs. */
  isOpen = true;
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Job>();
  /** Jobs that nobody waits for any more. */
  readonly #dropped = new Set<number>();
  /** Jobs that don't wait for their consumer. */
  readonly #awake = new Set<number>();
  /** The chains that it has, the one that was used last at the end. */
  readonly #chains = new Set<string>();
  readonly #onExit: () => void;
  #isReady = false;
  #hasExited = false;
  #bytes = 0;
  #fault: unknown;
  #idle: NodeJS.Timeout | undefined;

  constructor({ program, options }: WorkerPlace, number: number, onExit: () => void) {
    this.number = number;
    this.#onExit = onExit;
    this.#worker = new Worker(program, { ...options, name: "voxrx" });
    this.#worker.on("message", (message: FromWorker) => this.#take(message));
    this.#worker.on("error", (error) => {
      this.#fault = error;
    });
    this.#worker.on("exit", (code) => this.#exited(code));
    this.#worker.unref();
  }

  /** Number of jobs that it works on. */
  get load(): number {
    return this.#jobs.size + this.#dropped.size;
  }

  give(job: Job): void {
    clearTimeout(this.#idle);
    const begun = job.begin(this);
    if (!begun) return this.#rest();
    this.#send(job.work.chain.data);
    try {
      this.#worker.postMessage(begun.message satisfies ToWorker, begun.moved);
    } catch {
      job.stayHere();
      return this.#rest();
    }
    this.#jobs.set(job.task, job);
    this.#awake.add(job.task);
    this.#refer();
  }

  /** Sends a chain, unless the thread has it. What was sent long ago is forgotten. */
  #send(chain: ChainData): void {
    const { id } = chain;
    if (!this.#chains.delete(id)) this.#worker.postMessage({ kind: "chain", chain } satisfies ToWorker);
    this.#chains.add(id);
    const [oldest] = this.#chains;
    if (this.#chains.size <= mostChains || oldest === undefined) return;
    this.#chains.delete(oldest);
    this.post({ kind: "forget", chain: oldest });
  }

  rest(job: Job, isWaiting: boolean): void {
    if (isWaiting) this.#awake.delete(job.task);
    else if (this.#jobs.has(job.task)) this.#awake.add(job.task);
    this.#refer();
  }

  /** The process is kept while somebody waits for a job, and not while all jobs wait for somebody. */
  #refer(): void {
    if (this.#awake.size > 0) this.#worker.ref();
    else this.#worker.unref();
  }

  post(message: ToWorker): void {
    if (!this.#hasExited) this.#worker.postMessage(message);
  }

  leave(job: Job): void {
    if (!this.#jobs.delete(job.task)) return;
    this.#dropped.add(job.task);
    this.#awake.delete(job.task);
    this.#refer();
  }

  /** Ends the thread as soon as nothing runs on it. */
  end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.post({ kind: "end" });
    clearTimeout(this.#idle);
  }

  /** Ends the thread, and keeps the process until it has ended, but not for long. */
  endBeforeExit(): void {
    this.#worker.ref();
    this.end();
    const timer = setTimeout(() => this.#worker.unref(), endingMs);
    this.#worker.once("exit", () => clearTimeout(timer));
  }

  #take(message: FromWorker): void {
    if (message.kind === "ready") this.#isReady = true;
    else if (message.kind === "warning") warn(message.warning);
    else {
      if (message.kind === "begun" || message.kind === "done") this.#bytes = message.bytes;
      this.#jobs.get(message.task)?.receive(message);
      const isOver =
        message.kind === "done" || message.kind === "mainThread" || ("isLast" in message && message.isLast);
      if (isOver) this.#over(message.task);
    }
  }

  #over(task: number): void {
    this.#dropped.delete(task);
    this.#jobs.delete(task);
    this.#awake.delete(task);
    this.#rest();
  }

  #rest(): void {
    this.#refer();
    if (this.load > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.end(), idleMs);
    this.#idle.unref();
  }

  #exited(code: number): void {
    this.isOpen = false;
    this.#hasExited = true;
    clearTimeout(this.#idle);
    this.#onExit();
    const cause = this.#fault ?? new Error(`a worker thread ended with code ${code}`);
    for (const job of [...this.#jobs.values()]) {
      if (this.#isReady) job.died(cause, this.#bytes);
      else job.fail(unavailable(cause));
    }
  }
}

/** The threads of each program, at their places: a pipeline with n workers uses the first n. */
const pools = new Map<string | undefined, (WorkerThread | undefined)[]>();
/** Threads that have one job only, which another thread died of. */
const alone = new Set<WorkerThread>();
/** Threads that have not exited. */
let running = 0;

/** Gives a job to the one of the first `workers` threads that has the least to do. @param program default: the package's */
export function runOnWorker(job: Job, workers: number, program: string | undefined): void {
  const threads = pools.get(program) ?? [];
  pools.set(program, threads);
  let chosen = 0;
  for (let n = 0; n < workers && loadOf(threads[chosen]) > 0; n++) {
    if (loadOf(threads[n]) < loadOf(threads[chosen])) chosen = n;
  }
  orFail(job, () => {
    const there = threads[chosen];
    const thread = there?.isOpen
      ? there
      : startThread(program, chosen + 1, (ended) => {
          if (threads[chosen] === ended) threads[chosen] = undefined;
        });
    threads[chosen] = thread;
    thread.give(job);
  });
}

/** Gives a job to a new thread, which ends with it. */
export function runAlone(job: Job, program: string | undefined): void {
  orFail(job, () => {
    const thread = startThread(program, 0, (ended) => void alone.delete(ended));
    alone.add(thread);
    thread.give(job);
    thread.end();
  });
}

function orFail(job: Job, begin: () => void): void {
  try {
    begin();
  } catch (cause) {
    job.fail(cause);
  }
}

function loadOf(thread: WorkerThread | undefined): number {
  return thread?.isOpen ? thread.load : 0;
}

function startThread(program: string | undefined, number: number, onExit: (ended: WorkerThread) => void): WorkerThread {
  const place = workerPlace(program);
  if (!place) throw unavailable(undefined);
  try {
    const thread: WorkerThread = new WorkerThread(place, number, () => {
      running--;
      if (running === 0) process.off("beforeExit", endThreads);
      onExit(thread);
    });
    if (running === 0) process.on("beforeExit", endThreads);
    running++;
    return thread;
  } catch (cause) {
    throw unavailable(cause);
  }
}

/** Before the process ends by itself, its threads end by themselves: ending them from outside can crash native code. */
function endThreads(): void {
  for (const thread of [...pools.values(), [...alone]].flat()) if (thread?.isOpen) thread.endBeforeExit();
}

function unavailable(cause: unknown): PipelineError {
  return new PipelineError("VOXRX_NO_WORKERS", "no worker thread can be started", {
    operator: "parallel",
    cause,
    remedy:
      'In a bundled application, bundle "voxrx/worker" too and give parallel its URL as program; or give it workers: 0.',
  });
}
