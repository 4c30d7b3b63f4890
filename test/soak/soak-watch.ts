/** What a process holds, looked at from time to time, and leaks made on purpose. */
import { getEventListeners } from "node:events";
import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";

/** One look. Numbers that this system doesn't tell are 0. */
export interface Look {
  readonly items: number;
  /** Bytes of objects, and of typed arrays, after garbage collection. */
  readonly heap: number;
  readonly buffers: number;
  readonly rss: number;
  readonly handles: number;
  readonly threads: number;
  /** Open files, without sockets. */
  readonly files: number;
  readonly sockets: number;
  readonly listeners: number;
}

/** Leaks that can be made on purpose. */
export const leakKinds = ["listener", "file", "volume", "timer", "thread"] as const;

/** Looks at this process. */
export class SoakWatch {
  readonly looks: Look[] = [];
  readonly #signal: AbortSignal;
  readonly #leak: string;
  readonly #kept: unknown[] = [];
  readonly #undo: (() => unknown)[] = [];

  /** @param leak one of {@link leakKinds}, or anything else for none */
  constructor(signal: AbortSignal, leak: string) {
    this.#signal = signal;
    this.#leak = leak;
  }

  /** An item came. */
  sees(item: unknown): void {
    if (this.#leak === "volume") this.#kept.push(item);
  }

  /** Called now and then: leaks one more, if so told. */
  leaks(): void {
    if (this.#leak === "listener") {
      const listener = () => undefined;
      this.#signal.addEventListener("abort", listener);
      this.#undo.push(() => this.#signal.removeEventListener("abort", listener));
    } else if (this.#leak === "file") {
      const file = openSync(process.execPath, "r");
      this.#undo.push(() => closeSync(file));
    } else if (this.#leak === "timer") {
      const timer = setInterval(() => undefined, 1_000_000);
      this.#undo.push(() => clearInterval(timer));
    } else if (this.#leak === "thread" && this.#undo.length < 24) {
      const worker = new Worker("require('node:worker_threads').parentPort.once('message', () => {})", { eval: true });
      this.#undo.push(() => worker.postMessage("end"));
    }
  }

  stopLeaking(): void {
    for (const undo of this.#undo) undo();
  }

  /** Looks, after what is garbage was collected and what was closing has closed. */
  async look(items: number): Promise<void> {
    for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve));
    await endWorkerThreads();
    global.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
    global.gc?.();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    const open = openFiles();
    this.looks.push({
      items,
      heap: heapUsed,
      buffers: arrayBuffers,
      rss,
      handles: process.getActiveResourcesInfo().filter((kind) => !isCountedElsewhere(kind)).length,
      threads: entriesOf("/proc/self/task").length,
      files: open.filter((target) => !target.startsWith("socket:")).length,
      sockets: open.filter((target) => target.startsWith("socket:")).length,
      listeners: getEventListeners(this.#signal, "abort").length + listenersOfProcess(),
    });
  }
}

/** Requests to the system, and sockets: those of kept connections are counted as `sockets`. */
const isCountedElsewhere = (kind: string) =>
  kind === "Immediate" || kind === "TCPSocketWrap" || kind.startsWith("FSReq");

/** How many worker threads are idle at a look is chance, and each has open files: they end as before the process does. */
async function endWorkerThreads(): Promise<void> {
  const ending = () => process.listeners("beforeExit").filter(({ name }) => name === "endThreads");
  for (const end of ending()) end(0);
  while (ending().length > 0) await new Promise((resolve) => setImmediate(resolve));
}

function listenersOfProcess(): number {
  return process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What is open in this process: paths, and kinds such as `socket:[123]`. */
function openFiles(): string[] {
  const folder = "/proc/self/fd";
  return entriesOf(folder).flatMap((name) => {
    try {
      return [readlinkSync(join(folder, name))];
    } catch {
      return []; // the one that the folder was read with
    }
  });
}

const MB = 1e6;

/**
 * How much more each number may be in the later half of a run than in the earlier one, smallest against smallest: what
 * leaks is never small again, and what only happens to be open or not collected yet at a look doesn't count. The first
 * quarter is left out: stores fill, code is compiled, and the system's allocator takes its pages.
 */
const allowance: Readonly<Record<Exclude<keyof Look, "items">, number>> = {
  heap: 2 * MB,
  buffers: 1 * MB,
  rss: 24 * MB,
  handles: 1,
  threads: 0,
  files: 1,
  // Connections are kept open for a while, and both of their ends are in this process.
  sockets: 12,
  listeners: 0,
};

/** The numbers that grew, each with what it was; none if all are flat. */
export function grown(looks: readonly Look[]): string[] {
  const settled = looks.slice(Math.ceil(looks.length / 4));
  const [earlier, later] = [settled.slice(0, settled.length / 2), settled.slice(settled.length / 2)];
  const least = (half: readonly Look[], kind: keyof typeof allowance) => Math.min(...half.map((look) => look[kind]));
  return kindsOf(allowance).flatMap((kind) => {
    const by = least(later, kind) - least(earlier, kind);
    return by > allowance[kind] ? [`${kind} by ${by}: ${settled.map((look) => look[kind]).join(", ")}`] : [];
  });
}

function kindsOf<K extends string>(numbers: Readonly<Record<K, number>>): readonly K[];
function kindsOf(numbers: object): readonly string[] {
  return Object.keys(numbers);
}
