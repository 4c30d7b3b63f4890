import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PipelineError } from "../../../src/errors.ts";
import { comparablePath } from "../../../src/files/check-platform.ts";
import type { Replaceable } from "../../../src/files/write-atomically.ts";
import { pathOfSource } from "../../../src/format/subject-name.ts";
import { isUrl } from "../../../src/http/read-source.ts";
import type { Run } from "../../../src/plan/stage.ts";
import type { Volume } from "../../../src/volume/volume.ts";

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

/** What one run wrote. */
interface WrittenByRun {
  /** The writer of each path. */
  readonly writers: Map<string, Writer>;
  /** Files that another run writes meanwhile are not replaced. */
  readonly replaceable: Replaceable;
}

const runs = new WeakMap<object, WrittenByRun>();

/** The paths that one volume is written to. */
export class TakenPaths {
  readonly #run: WrittenByRun;
  readonly #writer: Writer;
  readonly #savedTo: readonly unknown[];
  readonly #own: string[] = [];

  /** `savedTo`: the paths that the volume was written to before. */
  constructor(run: Run, writer: Writer, savedTo: unknown) {
    const whole = run.whole ?? run;
    this.#run = runs.get(whole) ?? { writers: new Map(), replaceable: {} };
    runs.set(whole, this.#run);
    this.#writer = writer;
    this.#savedTo = Array.isArray(savedTo) ? savedTo : [];
  }

  /**
   * Takes a path, whose directory exists. Returns which files may be replaced there; any if this run wrote it before.
   *
   * @throws PipelineError `VOXRX_PATH_COLLISION` when another item, field or operator of the run has taken it
   */
  async take(path: string): Promise<Replaceable | undefined> {
    const { writers, replaceable } = this.#run;
    const place = await placeOf(path);
    const other = writers.get(place);
    if (other && !(isAgain(other, this.#writer) && !this.#isSaved(path, other))) {
      throw collision(path, other, this.#writer);
    }
    writers.set(place, this.#writer);
    this.#own.push(place);
    return other ? undefined : replaceable;
  }

  /** Whether this volume, rather than an earlier computation of it, was written: one operator is in the pipe twice. */
  #isSaved(path: string, { epoch }: Writer): boolean {
    return epoch === this.#writer.epoch && this.#savedTo.includes(path);
  }

  /** Gives the paths back: nothing was written, or it may be written again. */
  release(): void {
    for (const place of this.#own) this.#run.writers.delete(place);
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

/** The error for a file that another run wrote while this one was under way. */
export function writtenMeanwhile(path: string): PipelineError {
  return new PipelineError(
    "VOXRX_PATH_COLLISION",
    "another run or process wrote this file while this run was under way",
    {
      file: path,
      remedy: "Let one run at a time write to a directory, or give each another dir or postfix.",
    },
  );
}

/**
 * @throws PipelineError `VOXRX_PATH_COLLISION` if a path is that of a file that one of the volumes was read from, also
 * by another name
 */
export async function refuseOwnInput(path: string, volumes: readonly Volume[]): Promise<void> {
  const target = await stat(path).catch(() => undefined);
  if (!target) return;
  for (const { meta } of volumes) {
    if (meta.source === undefined || isUrl(meta.source)) continue;
    const source = await stat(pathOfSource(meta.source)).catch(() => undefined);
    if (source?.ino !== target.ino || source.dev !== target.dev) continue;
    throw new PipelineError("VOXRX_PATH_COLLISION", "the result would replace the file that it was made from", {
      file: path,
      remedy: "Save to another dir, or set postfix.",
    });
  }
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
