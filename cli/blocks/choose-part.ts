import { isVoxRxError } from "../../src/errors.ts";
import { rankFromEnv } from "../../src/rank-from-env.ts";
import { UsageError } from "../new-command.ts";
import type { Part } from "./take-blocks.ts";

/** The part of a command, and why; without a part it claims blocks, or gets them from a queue. */
export type ChosenPart = (Part & { readonly why: string }) | { readonly why: string };

/**
 * The part that `--part` or the environment says: a Slurm or AWS Batch array, an indexed job of Kubernetes, MPI.
 *
 * @throws UsageError
 */
export function choosePart(
  { part, claim, queue }: { readonly part?: string; readonly claim?: boolean; readonly queue?: string },
  given: Environment,
): ChosenPart {
  if ([part !== undefined, claim, queue !== undefined].filter(Boolean).length > 1)
    throw new UsageError("--part, --claim and --queue exclude one another: they are three ways to divide the blocks");
  if (part !== undefined) return { ...parsePart(part), why: `--part ${part}` };
  if (queue !== undefined) return { why: "from the queue" };
  if (claim) return { why: "by claims" };
  const env = ofTasks(given);
  if (hasGaps(env)) return { why: "by claims: the array has gaps, as when single jobs of it are repeated" };
  if (hasSeveralTasks(env)) return { why: "by claims: each job of the array has several tasks" };
  try {
    const found = rankFromEnv({ env });
    if (found.worldSize > 1)
      return { ...found, why: `part ${found.rank + 1}/${found.worldSize}, as the environment says` };
  } catch (error) {
    if (!isVoxRxError(error)) throw error;
    // A launcher that doesn't say the number of its processes: claims don't need it.
    if (!error.fault.includes("is set, and no")) throw new UsageError(error.message);
    return { why: "by claims: the environment names a rank, and not how many there are" };
  }
  return { why: "by claims" };
}

type Environment = Readonly<Record<string, string | undefined>>;

/** In the script of a Slurm job, outside of srun, there is one process, whatever the number of tasks. */
function ofTasks(env: Environment): Environment {
  if (env.SLURM_STEP_NUM_TASKS !== undefined) return env;
  const { SLURM_PROCID: _, ...others } = env;
  return others;
}

/** Whether only some jobs of a Slurm array were submitted: their numbers say nothing of parts. */
function hasGaps(env: Environment): boolean {
  const [from, to, count] = ["MIN", "MAX", "COUNT"].map((name) => Number(env[`SLURM_ARRAY_TASK_${name}`]));
  if (from === undefined || to === undefined || count === undefined) return false;
  return count > 1 && to - from + 1 !== count && !Number.isNaN(to - from);
}

/** Whether each job of an array runs several tasks: parts by task would be the same ones in all jobs. */
function hasSeveralTasks(env: Environment): boolean {
  if (!(Number(env.SLURM_ARRAY_TASK_COUNT) > 1 || Number(env.AWS_BATCH_JOB_ARRAY_SIZE) > 1)) return false;
  const { SLURM_ARRAY_TASK_ID: _, AWS_BATCH_JOB_ARRAY_INDEX: _index, ...inner } = env;
  try {
    return rankFromEnv({ env: inner }).worldSize > 1;
  } catch {
    return false; // a rank without a number of ranks is refused, or claims, by the caller
  }
}

function parsePart(text: string): Part {
  const [, first, second] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const [part, parts] = [Number(first), Number(second)];
  if (first === undefined || parts === 0) throw new UsageError(`--part ${text}: expected i/n, such as 1/4`);
  if (part < 1 || part > parts)
    throw new UsageError(`--part ${text}: parts count from 1: 1/${parts} to ${parts}/${parts}`);
  return { rank: part - 1, worldSize: parts };
}
