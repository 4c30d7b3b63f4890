import { realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PipelineError } from "../../../src/errors.ts";
import { comparablePath } from "../../../src/files/check-platform.ts";
import type { Run } from "../../../src/plan/stage.ts";

/** What writes to a path. */
export interface Writer {
  /** One object for each operator. */
  readonly operator: object;
  readonly id: string;
  /** Position of the item in its source, -1 if there is none. */
  readonly index: number;
  readonly key: string | undefined;
  readonly epoch: number;
}

/** The writer of each path, by run. */
const writersOf = new WeakMap<object, Map<string, Writer>>();

/** The paths that one volume is written to. */
export class TakenPaths {
  readonly #writers: Map<string, Writer>;
  readonly #writer: Writer;
  readonly #savedTo: readonly unknown[];
  readonly #own: string[] = [];

  /** `savedTo`: the paths that the volume was written to before. */
  constructor(run: Run, writer: Writer, savedTo: unknown) {
    const whole = run.whole ?? run;
    this.#writers = writersOf.get(whole) ?? new Map();
    writersOf.set(whole, this.#writers);
    this.#writer = writer;
    this.#savedTo = Array.isArray(savedTo) ? savedTo : [];
  }

  /**
   * Takes a path, whose directory exists.
   *
   * @throws PipelineError `VOXRX_PATH_COLLISION` when another item, field or operator of the run has taken it
   */
  async take(path: string): Promise<void> {
    const place = await placeOf(path);
    const other = this.#writers.get(place);
    if (other && !(isAgain(other, this.#writer) && !this.#isSaved(path, other))) {
      throw collision(path, other, this.#writer);
    }
    this.#writers.set(place, this.#writer);
    this.#own.push(place);
  }

  /** Whether this volume, rather than an earlier computation of it, was written: one operator is in the pipe twice. */
  #isSaved(path: string, { epoch }: Writer): boolean {
    return epoch === this.#writer.epoch && this.#savedTo.includes(path);
  }

  /** Gives the paths back: nothing was written, or it may be written again. */
  release(): void {
    for (const place of this.#own) this.#writers.delete(place);
  }
}

/** The path without links, as the file system compares it. */
async function placeOf(path: string): Promise<string> {
  return comparablePath(join(await realpath(dirname(path)), basename(path)));
}

/**
 * Whether it is one item, computed again: in a later epoch, or because another operator requested it twice. Different
 * items may have one id, but then not one index; without an index that can't be known.
 */
function isAgain(one: Writer, other: Writer): boolean {
  if (one.operator !== other.operator || one.key !== other.key) return false;
  return one.epoch !== other.epoch || (one.index >= 0 && one.index === other.index && one.id === other.id);
}

function collision(path: string, first: Writer, second: Writer): PipelineError {
  const by = first.operator === second.operator ? "" : ", by another operator";
  return new PipelineError(
    "VOXRX_PATH_COLLISION",
    `${shown(second)} would replace what ${shown(first)} was written to in this run${by}`,
    { file: path, remedy: "Give results different names with subjectKey, sourceDir, postfix or dir." },
  );
}

function shown({ id, index, key }: Writer): string {
  const field = key === undefined ? "" : `field "${key}" of `;
  return `${field}item ${JSON.stringify(id.slice(0, 200))}${index < 0 ? "" : ` (number ${index})`}`;
}
