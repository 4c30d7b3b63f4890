/** Kills processes in the middle of their work, and looks at what they leave. */
import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import * as v from "valibot";
import { onTestFailed } from "vitest";
import { Random } from "../../../src/random/random.ts";
import { childScript } from "../../support/children.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { type WorkName, type WorkOptions, works } from "../../support/kill-works.ts";

/** One attack: a work, what is there before, and what must hold. */
export interface KillCase {
  readonly work: WorkName;
  /** Processes that do the work at once in one directory. Default 1. */
  readonly processes?: number;
  /** Whether strace kills before calls of the system, which reaches what is not JavaScript. */
  readonly isTraced?: boolean;
  /** Whether it is left out where each attack is tried once. */
  readonly isLong?: boolean;
  /** Makes what is there before. `dir` exists and is empty. */
  prepare(dir: string, random: Random): Promise<Scene>;
}

/** What is there before the processes start, and what must hold. */
export interface Scene extends Partial<AsyncDisposable> {
  readonly options: WorkOptions;
  /** Throws if anything torn or wrong is visible. Called while the processes run, and after the kill. */
  look?(): Promise<void>;
  /** Whether nobody is at work: then `look` may ask for more. */
  lookAtRest?(): Promise<void>;
  /** Ends what `look` keeps open. */
  endLooks?: () => Promise<void>;
  /** Throws if the directory is not right after the next run, which said this. */
  check(said: readonly unknown[]): Promise<void>;
}

/** How an attack ended. */
export interface Outcome {
  /** Processes that were killed; the others had ended before. */
  readonly killed: number;
  /** What the processes said before. */
  readonly said: number;
}

const pointSchema = v.object({ kind: v.string(), n: v.number(), of: v.number(), isHalf: v.boolean() });
const messageSchema = v.union([
  v.strictObject({ ready: v.nullable(pointSchema) }),
  v.strictObject({ said: v.union([v.string(), v.number()]) }),
  v.literal("end"),
]);

/** Does one attack. Everything random in it follows from the seed. */
export async function attack(name: string, one: KillCase, seed: number): Promise<Outcome> {
  const { work, processes = 1, isTraced = false, prepare } = one;
  await using folder = await temporaryFolder();
  const dir = join(folder.path, "work");
  await mkdir(dir);
  const random = new Random("kills", name, seed);
  const scene = await prepare(dir, random);
  const victims = processes === 1 ? 1 : 1 + random.integer(processes - 1);
  const looks = processes === 1 && random.chance(0.6);
  // What never ends throws nothing.
  onTestFailed(() => console.error(`${name}, seed ${seed}`));
  const workers = Array.from(
    { length: processes },
    (_, n) => new Worker({ work, dir, scene, n, isVictim: n < victims, isTraced, random }),
  );
  try {
    await Promise.all(workers.map(({ ready }) => ready));
    for (const worker of workers) worker.go();
    await whileRunning(workers, looks ? scene.look?.bind(scene) : undefined);
    await scene.endLooks?.();
    await Promise.all(workers.map((worker) => worker.checkEnd()));
    await scene.look?.();
    await scene.endLooks?.();
    await scene.lookAtRest?.();
    const said: unknown[] = [];
    await (await works[work]())(dir, scene.options, (message) => void said.push(message));
    await scene.look?.();
    await scene.endLooks?.();
    await scene.lookAtRest?.();
    await scene.check(said);
    const killed = workers.filter(({ isKilled }) => isKilled).length;
    return { killed, said: workers.reduce((sum, worker) => sum + worker.said.length, 0) };
  } catch (cause) {
    const points = workers.filter((_, n) => n < victims).map(({ shownPoint }) => shownPoint);
    throw new Error(`${name}, seed ${seed}, killed ${points.join(" and ")}: ${cause}`, { cause });
  } finally {
    for (const worker of workers) worker.end();
    await scene.endLooks?.();
    await scene[Symbol.asyncDispose]?.();
  }
}

async function whileRunning(workers: readonly Worker[], look: (() => Promise<void>) | undefined): Promise<void> {
  const ended = Promise.all(workers.map(({ ended }) => ended));
  let isRunning = true;
  void ended.then(() => (isRunning = false));
  while (look && isRunning) {
    await look();
    await turn();
  }
  await ended;
}

/** A call of the system, counted from 1 in each thread. */
interface TracedPoint {
  readonly call: string;
  readonly n: number;
}

/** The calls by which lmdb changes its files; those that it makes often are drawn more often. */
const tracedCalls = ["pwrite64", "pwrite64", "pwrite64", "writev", "writev", "fdatasync", "fdatasync", "ftruncate"];
/** About how many calls of one kind a thread makes. */
const mostTraced = 32;

function tracedPoint(random: Random): TracedPoint {
  const call = tracedCalls[random.integer(tracedCalls.length)] ?? "pwrite64";
  return { call, n: call === "ftruncate" ? 1 : 1 + Math.floor(random.next() ** 2 * mostTraced) };
}

function execution(point: TracedPoint | undefined) {
  if (!point) return {};
  const { call, n } = point;
  const inject = `inject=${call}:signal=KILL:when=${n}`;
  const execArgv = ["-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", inject, process.execPath];
  return { execPath: "strace", execArgv };
}

/** Whether processes can be traced here. */
export const hasStrace = spawnSync("strace", ["-e", "trace=none", "true"], { stdio: "ignore" }).status === 0;

interface WorkerOptions {
  readonly work: WorkName;
  readonly dir: string;
  readonly scene: Scene;
  readonly n: number;
  readonly isVictim: boolean;
  readonly isTraced: boolean;
  readonly random: Random;
}

/** One process at work. */
class Worker {
  readonly said: unknown[] = [];
  readonly ready: Promise<unknown>;
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #n: number;
  readonly #isVictim: boolean;
  readonly #pauseUs: number;
  #point: v.InferOutput<typeof pointSchema> | null = null;
  readonly #tracedPoint: TracedPoint | undefined;
  #hasEnded = false;

  constructor({ work, dir, scene, n, isVictim, isTraced, random }: WorkerOptions) {
    this.#n = n;
    this.#isVictim = isVictim;
    const draws = [random.next(), random.next(), random.next()].join(" ");
    this.#pauseUs = random.integer(1_500);
    const args = [work, dir, JSON.stringify(scene.options), isVictim && !isTraced ? draws : ""];
    if (isVictim && isTraced) this.#tracedPoint = tracedPoint(random);
    this.#child = fork(childScript("kills"), args, { silent: true, ...execution(this.#tracedPoint) });
    this.#child.stderr?.on("data", (text: Buffer) => (this.#stderr += text.toString()));
    this.ended = once(this.#child, "exit");
    this.ready = Promise.race([
      new Promise<void>((ready) => this.#child.on("message", (message) => this.#hear(message, ready))),
      this.ended.then(() => this.#fail("ended before its work")),
    ]);
    this.ready.catch(() => undefined);
  }

  #stderr = "";

  go(): void {
    this.#child.send("go");
  }

  end(): void {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
  }

  get isKilled(): boolean {
    return this.#child.signalCode === "SIGKILL";
  }

  get shownPoint(): string {
    if (this.#tracedPoint) return `before ${this.#tracedPoint.call} ${this.#tracedPoint.n} of a thread`;
    if (!this.#point) return "nowhere";
    const { kind, n, of, isHalf } = this.#point;
    if (kind === "message") return `after message ${n} of ${of}`;
    return `${isHalf ? "within" : "before"} ${kind} ${n} of ${of}`;
  }

  async checkEnd(): Promise<void> {
    await this.ended;
    if (this.isKilled && this.#isVictim) return;
    if (this.#child.exitCode !== 0 || !this.#hasEnded) this.#fail("failed");
    const wrong = this.said.find((said) => typeof said === "string" && said.startsWith("wrong"));
    if (wrong !== undefined) this.#fail(String(wrong));
  }

  #fail(how: string): never {
    const { exitCode, signalCode } = this.#child;
    throw new Error(`process ${this.#n} ${how} (${exitCode ?? signalCode}): ${this.#stderr}`);
  }

  #hear(message: unknown, ready: () => void): void {
    const heard = v.parse(messageSchema, message);
    if (heard === "end") this.#hasEnded = true;
    else if ("said" in heard) {
      this.said.push(heard.said);
      if (this.#point?.kind === "message" && this.said.length === this.#point.n) this.#killSoon();
    } else {
      this.#point = heard.ready;
      ready();
    }
  }

  /** What the process has done by then differs from run to run; nothing may depend on it. */
  #killSoon(): void {
    for (const end = performance.now() + this.#pauseUs / 1_000; performance.now() < end; );
    this.#child.kill("SIGKILL");
  }
}
