import { describe, expect, test } from "vitest";
import { rankFromEnv } from "voxrx";

type Env = Record<string, string>;

describe("rankFromEnv", () => {
  test.each<[string, Env, [rank: number, worldSize: number]]>([
    ["nothing", {}, [0, 1]],
    ["empty variables", { RANK: "", WORLD_SIZE: "" }, [0, 1]],
    ["torchrun", { RANK: "3", WORLD_SIZE: "8", LOCAL_RANK: "1" }, [3, 8]],
    ["Open MPI", { OMPI_COMM_WORLD_RANK: "1", OMPI_COMM_WORLD_SIZE: "2" }, [1, 2]],
    ["MPICH", { PMI_RANK: "2", PMI_SIZE: "3" }, [2, 3]],
    ["Slurm", { SLURM_PROCID: "5", SLURM_NTASKS: "6" }, [5, 6]],
    ["a step of Slurm", { SLURM_PROCID: "1", SLURM_STEP_NUM_TASKS: "2", SLURM_NTASKS: "6" }, [1, 2]],
    ["an array of Slurm", { SLURM_ARRAY_TASK_ID: "7", SLURM_ARRAY_TASK_MIN: "4", SLURM_ARRAY_TASK_COUNT: "4" }, [3, 4]],
    [
      "an array of single tasks",
      { SLURM_PROCID: "0", SLURM_NTASKS: "1", SLURM_ARRAY_TASK_ID: "2", SLURM_ARRAY_TASK_COUNT: "3" },
      [2, 3],
    ],
    ["AWS Batch array", { AWS_BATCH_JOB_ARRAY_INDEX: "0", AWS_BATCH_JOB_ARRAY_SIZE: "4" }, [0, 4]],
    ["AWS Batch nodes", { AWS_BATCH_JOB_NODE_INDEX: "1", AWS_BATCH_JOB_NUM_NODES: "2" }, [1, 2]],
    ["Kubernetes", { JOB_COMPLETION_INDEX: "4", WORLD_SIZE: "5" }, [4, 5]],
    ["torchrun under Slurm", { RANK: "9", WORLD_SIZE: "16", SLURM_PROCID: "1", SLURM_NTASKS: "2" }, [9, 16]],
  ])("reads %s", (_, env, [rank, worldSize]) => {
    expect(rankFromEnv({ env })).toEqual({ rank, worldSize });
  });

  test("takes the number of processes that Kubernetes does not say", () => {
    expect(rankFromEnv({ env: { JOB_COMPLETION_INDEX: "4" }, worldSize: 6 })).toEqual({ rank: 4, worldSize: 6 });
  });

  test.each<[string, Env, RegExp]>([
    ["a rank without a number", { JOB_COMPLETION_INDEX: "4" }, /JOB_COMPLETION_INDEX is set, and no/],
    ["a rank beyond the number", { RANK: "4", WORLD_SIZE: "4" }, /rank 4 of 4/],
    ["text", { RANK: "one", WORLD_SIZE: "4" }, /RANK is "one", not an integer/],
    ["a negative number", { RANK: "0", WORLD_SIZE: "-1" }, /WORLD_SIZE is "-1"/],
  ])("refuses %s", (_, env, words) => {
    expect(() => rankFromEnv({ env })).toThrow(expect.objectContaining({ message: expect.stringMatching(words) }));
  });
});
