import { OptionError } from "./errors.ts";

/** Which of the processes that work together this one is. */
export interface RankInfo {
  /** From 0 on. */
  readonly rank: number;
  readonly worldSize: number;
}

/** Options of {@link rankFromEnv}. */
export interface RankFromEnvOptions {
  /**
   * Number of processes, for launchers that don't say it, as Kubernetes does not. Default: what the environment says.
   */
  readonly worldSize?: number;
  /** Variables to look at. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The variables of a launcher: of the rank, and of the number of processes, the first that is set. */
interface Launcher {
  readonly name: string;
  readonly rank: string;
  readonly sizes: readonly string[];
  /** The variable of the lowest rank, if that is not always 0. */
  readonly lowest?: string;
}

/** The innermost launcher first: torchrun may be started by Slurm, and Slurm's tasks may be an array's. */
const launchers: readonly Launcher[] = [
  { name: "torchrun", rank: "RANK", sizes: ["WORLD_SIZE"] },
  { name: "Open MPI", rank: "OMPI_COMM_WORLD_RANK", sizes: ["OMPI_COMM_WORLD_SIZE"] },
  { name: "MVAPICH", rank: "MV2_COMM_WORLD_RANK", sizes: ["MV2_COMM_WORLD_SIZE"] },
  { name: "MPICH", rank: "PMI_RANK", sizes: ["PMI_SIZE"] },
  { name: "Slurm", rank: "SLURM_PROCID", sizes: ["SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"] },
  {
    name: "a Slurm job array",
    rank: "SLURM_ARRAY_TASK_ID",
    sizes: ["SLURM_ARRAY_TASK_COUNT"],
    lowest: "SLURM_ARRAY_TASK_MIN",
  },
  { name: "an AWS Batch array job", rank: "AWS_BATCH_JOB_ARRAY_INDEX", sizes: ["AWS_BATCH_JOB_ARRAY_SIZE"] },
  { name: "AWS Batch", rank: "AWS_BATCH_JOB_NODE_INDEX", sizes: ["AWS_BATCH_JOB_NUM_NODES"] },
  {
    name: "a Kubernetes indexed job",
    rank: "JOB_COMPLETION_INDEX",
    sizes: ["WORLD_SIZE", "JOB_COMPLETIONS", "JOB_PARALLELISM"],
  },
];

/**
 * The rank of this process and the number of ranks, as its launcher says in the environment: torchrun, Open MPI,
 * MVAPICH, MPICH and Intel MPI, Slurm (`srun`, job arrays), AWS Batch (arrays, nodes), and indexed jobs of Kubernetes,
 * which don't say their number: pass `worldSize`. Without any of them, rank 0 of 1.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` if a launcher names a rank without a number of ranks, or numbers that don't fit
 * @example
 * ```ts
 * import { Dataset, rankFromEnv } from "voxrx";
 * import { forRank } from "voxrx/operators";
 * const mine = Dataset.from(["a", "b", "c"]).pipe(forRank({ ...rankFromEnv(), uneven: "pad" }));
 * ```
 */
export function rankFromEnv({ worldSize, env = process.env }: RankFromEnvOptions = {}): RankInfo {
  let alone: RankInfo | undefined;
  for (const launcher of launchers) {
    if (!isSet(env[launcher.rank])) continue;
    const found = rankOf(launcher, env, worldSize);
    // A single task says nothing: an array's task, or a node of a job, is one of many all the same.
    if (found.worldSize > 1) return found;
    alone ??= found;
  }
  if (alone) return alone;
  if (worldSize === undefined || worldSize === 1) return { rank: 0, worldSize: 1 };
  throw fault(
    "the environment says no rank",
    "worldSize",
    "Start the process by a launcher, or pass both numbers to forRank.",
  );
}

function rankOf(launcher: Launcher, env: NonNullable<RankFromEnvOptions["env"]>, given: number | undefined): RankInfo {
  const { name, rank: rankName, sizes, lowest } = launcher;
  const sizeName = sizes.find((each) => isSet(env[each]));
  const worldSize = given ?? (sizeName === undefined ? undefined : wholeNumber(sizeName, env));
  if (worldSize === undefined) {
    throw fault(`${rankName} is set, and no ${sizes.join(", ")}`, "worldSize", "Pass worldSize, or set that variable.");
  }
  const from = lowest !== undefined && isSet(env[lowest]) ? wholeNumber(lowest, env) : 0;
  const rank = wholeNumber(rankName, env) - from;
  if (Number.isInteger(worldSize) && rank >= 0 && rank < worldSize) return { rank, worldSize };
  throw fault(
    `${name} says rank ${rank} of ${worldSize}`,
    "rank",
    `Correct ${rankName} or ${sizeName ?? "worldSize"}.`,
  );
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

function wholeNumber(name: string, env: NonNullable<RankFromEnvOptions["env"]>): number {
  const value = env[name] ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw fault(`${name} is ${JSON.stringify(value)}, not an integer`, "rank", `Correct or unset ${name}.`);
}

function fault(what: string, option: string, remedy: string): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", `${option}: ${what}`, { operator: "rankFromEnv", remedy });
}
