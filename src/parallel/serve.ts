/** The work of a worker thread: it makes chains from their data, and runs them on the items that it is sent. */
import type { MessagePort, TransferListItem } from "node:worker_threads";
import { untilAborted } from "../async/until-aborted.ts";
import type { FileIdentity } from "../files/file-identity.ts";
import { beWorkerThread, refusalsSoFar } from "../main-thread-only.ts";
import { memoryWith } from "../memory/result-memory.ts";
import { type Exports, factoriesIn } from "../operator/relocation.ts";
import { isItemFailure } from "../plan/item-failure.ts";
import type { Entry, Run } from "../plan/stage.ts";
import { onWarning } from "../warnings.ts";
import { Chain, type ChainData, type ChainPart } from "./chain.ts";
import { packError } from "./error-message.ts";
import { importModule } from "./import-module.ts";
import { packItem, unpackItem } from "./item-message.ts";
import { type FromWorker, mostAhead, type TaskMessage, type ToWorker } from "./messages.ts";
import { WorkedSoFar } from "./worked-so-far.ts";

/** Answers the main thread. @param own the factories of VoxRx */
export function serve(port: MessagePort, own: Exports): void {
  beWorkerThread();
  const post = (message: FromWorker, moved: readonly TransferListItem[] = []) => port.postMessage(message, moved);
  const chains = new Map<string, Promise<Chain>>();
  const tasks = new Map<number, RunningTask>();
  let isEnding = false;
  const endIfIdle = () => {
    if (!isEnding || tasks.size > 0) return;
    if ("close" in port) port.close();
    else close(); // Deno: its threads are web workers
  };
  const begin = async (message: TaskMessage) => {
    const task = new RunningTask(message, post);
    tasks.set(message.task, task);
    await task.run(chains.get(message.chain));
    tasks.delete(message.task);
    endIfIdle();
  };
  onWarning((warning) => post({ kind: "warning", warning }));
  port.on("message", (message: ToWorker) => {
    if (message.kind === "task") return void begin(message);
    if (message.kind === "taken") return tasks.get(message.task)?.taken();
    if (message.kind === "stop") return tasks.get(message.task)?.stop();
    if (message.kind === "forget") return void chains.delete(message.chain);
    if (message.kind === "chain") {
      const making = made(message.chain, own);
      making.catch(() => undefined); // the tasks report it
      chains.set(message.chain.id, making);
      return;
    }
    isEnding = true;
    endIfIdle();
  });
  post({ kind: "ready" });
}

/** The chain is another one here than where it was composed. */
class OtherChain extends Error {}

async function made(data: ChainData, own: Exports): Promise<Chain> {
  const users: Exports[] = [];
  for (const url of data.modules) users.push(await importModule(url));
  const chain = Chain.from(data, factoriesIn(own, users));
  const differs = chain.fingerprints.findIndex((fingerprint, n) => fingerprint !== data.fingerprints[n]);
  if (differs >= 0) throw new OtherChain(chain.names[differs]);
  return chain;
}

class RunningTask {
  readonly #message: TaskMessage;
  readonly #post: (message: FromWorker, moved?: readonly ArrayBuffer[]) => void;
  readonly #controller = new AbortController();
  readonly #flag: Int32Array;
  /** Bytes of the results that were sent and not taken yet. */
  readonly #sent: number[] = [];
  readonly #refusals = refusalsSoFar();
  readonly #work: WorkedSoFar | undefined;
  #given = 0;
  #parts: readonly ChainPart[] = [];
  #wake: (() => void) | undefined;

  constructor(message: TaskMessage, post: (message: FromWorker, moved?: readonly ArrayBuffer[]) => void) {
    this.#message = message;
    this.#post = post;
    this.#flag = new Int32Array(message.stop);
    this.#work = message.isWatched ? new WorkedSoFar() : undefined;
  }

  /** Nobody waits for the results any more. */
  stop(): void {
    this.#controller.abort();
    this.#wake?.();
  }

  /** The consumer has taken a result. */
  taken(): void {
    this.#sent.shift();
    this.#wake?.();
  }

  async run(making: Promise<Chain> | undefined): Promise<void> {
    const { task } = this.#message;
    const { signal } = this.#controller;
    this.#post({ kind: "begun", task, bytes: memoryInUse() });
    try {
      // An operator that never answers must not keep the task once nobody waits for it.
      const isOver = await untilAborted(this.#runOn(making), signal);
      if (!isOver) this.#post({ kind: "done", task, bytes: memoryInUse() });
    } catch (caught) {
      if (signal.aborted) this.#post({ kind: "done", task, bytes: memoryInUse() });
      else if (caught instanceof OtherChain) this.#post({ kind: "mainThread", task, differs: caught.message });
      else if (caught instanceof MainThreadOnly) this.#post({ kind: "mainThread", task, differs: undefined });
      else this.#post({ kind: "failure", task, ...packError(caught), isLast: true });
    }
  }

  /** True if the last result was sent as such. */
  async #runOn(making: Promise<Chain> | undefined): Promise<boolean> {
    const chain = await making;
    if (!chain) throw new Error("a task came before its chain");
    this.#parts = chain.parts;
    return chain.isOneToOne ? this.#runOnce(chain) : this.#runAll(chain);
  }

  get #entry(): Entry<unknown> {
    const { id, index, node, draws } = this.#message;
    return { id, index, value: unpackItem(node), next: null, ...(draws ? { draws } : {}) };
  }

  get #inRun(): Run {
    const { signal } = this.#controller;
    const { epoch, seed } = this.#message;
    const throwIfStopped = () => {
      if (Atomics.load(this.#flag, 0) === 1) this.#controller.abort();
      signal.throwIfAborted();
    };
    return { epoch, seed, signal, throwIfStopped, watch: this.#work?.meter };
  }

  async #runOnce(chain: Chain): Promise<boolean> {
    const files: FileIdentity[] = [];
    try {
      const result = await chain.apply(this.#entry, this.#inRun, this.#message.recordsFiles ? { files } : {});
      this.#checkRefusals();
      if (!result || !this.#isNew()) return false;
      this.#send(result, files, true);
      return true;
    } catch (caught) {
      this.#checkRefusals();
      throw caught;
    }
  }

  async #runAll(chain: Chain): Promise<boolean> {
    const cursor = chain.start(this.#entry, this.#inRun, this.#message.from);
    try {
      for (;;) {
        try {
          const result = await cursor.next();
          this.#checkRefusals();
          if (!result) return false;
          if (this.#isNew()) this.#send(result, [], false);
        } catch (caught) {
          this.#checkRefusals();
          if (!isItemFailure(caught) || this.#controller.signal.aborted) throw caught;
          if (this.#isNew()) this.#sendFailure(caught);
        }
        await this.#room();
      }
    } finally {
      await cursor.close();
    }
  }

  /** A library was refused: whatever came of it is to be made on the main thread. */
  #checkRefusals(): void {
    if (refusalsSoFar() > this.#refusals) throw new MainThreadOnly();
  }

  /** Whether a result was not given before the task was done again. */
  #isNew(): boolean {
    return this.#given++ >= this.#message.skip;
  }

  #send(result: Entry<unknown>, files: readonly FileIdentity[], isLast: boolean): void {
    const own = memoryWith.get(result);
    const { id, index, next, draws } = result;
    const message = packItem(result.value, { own, isStored: this.#message.recordsFiles });
    if (!message) throw new MainThreadOnly();
    // What was copied is free again.
    own?.keepOnly(new Set(message.moved));
    own?.leave();
    const { task } = this.#message;
    try {
      const worked = this.#work?.take(this.#parts);
      const { node, moved } = message;
      this.#post({ kind: "result", task, id, index, draws, next, node, files, worked, isLast }, moved);
    } catch {
      // What was drawn can't be copied.
      throw new MainThreadOnly();
    }
    this.#sent.push(message.moved.reduce((sum, { byteLength }) => sum + byteLength, 0));
  }

  #sendFailure(caught: unknown): void {
    const { task } = this.#message;
    this.#post({ kind: "failure", task, ...packError(caught), isLast: false });
    this.#sent.push(0);
  }

  /** Waits until the consumer has taken enough. */
  async #room(): Promise<void> {
    const isFull = () =>
      this.#sent.length >= mostAhead.results || this.#sent.reduce((a, b) => a + b, 0) > mostAhead.bytes;
    while (isFull() && !this.#controller.signal.aborted) {
      this.#post({ kind: "waits", task: this.#message.task });
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#inRun.throwIfStopped?.();
  }
}

/** A result has something in it that can't move, or needs a library that must not be on threads. */
class MainThreadOnly extends Error {}

function memoryInUse(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
