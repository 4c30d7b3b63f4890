/** A process that measures: of a build of VoxRx, or of its peer in Python. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import * as v from "valibot";
import { answerSchema, type Profile, type Request, type Sample, type Summary, type Way } from "./answers.ts";

type Answer = v.InferOutput<typeof answerSchema>;

/** Starts when it is first asked, and again when it ended. */
export class Side {
  readonly #command: readonly [file: string, ...args: string[]];
  #running: { readonly process: ChildProcessWithoutNullStreams; readonly lines: Interface } | undefined;

  constructor(...command: [file: string, ...args: string[]]) {
    this.#command = command;
  }

  /** Makes a workload ready, and runs it once. @throws Error if the side can't do it */
  async prepare(work: unknown): Promise<Summary> {
    const answer = await this.#ask({ op: "prepare", work });
    return "prepared" in answer ? answer.prepared : failed(answer);
  }

  /** Runs the workload, or its limit, for some time. */
  async sample(way: Way, atLeastMs: number): Promise<Sample> {
    const answer = await this.#ask({ op: "sample", way, atLeastMs });
    return "sample" in answer ? answer.sample : failed(answer);
  }

  /** Runs the workload for some time with a profiler. */
  async profile(atLeastMs: number): Promise<Profile> {
    const answer = await this.#ask({ op: "profile", atLeastMs });
    return "profile" in answer ? answer.profile : failed(answer);
  }

  async close(): Promise<void> {
    if (!this.#running) return;
    const { process: child, lines } = this.#running;
    this.#running = undefined;
    const closed = once(child, "close");
    child.stdin.end();
    lines.resume();
    await closed;
  }

  async #ask(request: Request): Promise<Answer> {
    const { process: child, lines } = (this.#running ??= this.#start());
    const answered = new Promise<string | undefined>((resolve) => {
      const done = (line?: string) => {
        lines.off("line", done).off("close", ended);
        resolve(line);
      };
      const ended = () => done();
      lines.on("line", done).on("close", ended);
    });
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const line = await answered;
    if (line === undefined) {
      this.#running = undefined;
      return { error: `the process ended with code ${child.exitCode ?? child.signalCode}` };
    }
    return v.parse(answerSchema, JSON.parse(line));
  }

  #start() {
    const [file, ...args] = this.#command;
    const child = spawn(file, args, { stdio: ["pipe", "pipe", "pipe"] });
    child.stderr.pipe(process.stderr);
    // Told by the answers that don't come.
    child.on("error", () => child.stdout.destroy());
    child.stdin.on("error", () => child.stdout.destroy());
    return { process: child, lines: createInterface({ input: child.stdout }) };
  }
}

function failed(answer: Answer): never {
  throw new Error("error" in answer ? answer.error : `an unexpected answer: ${JSON.stringify(answer)}`);
}
