import { expect, test } from "vitest";
import { choosePart } from "../../cli/blocks/choose-part.ts";

const array = {
  SLURM_ARRAY_TASK_ID: "2",
  SLURM_ARRAY_TASK_MIN: "1",
  SLURM_ARRAY_TASK_MAX: "2",
  SLURM_ARRAY_TASK_COUNT: "2",
};
const oneTask = { SLURM_PROCID: "0", SLURM_STEP_NUM_TASKS: "1" };

test.each([
  ["a Slurm array", { ...array, ...oneTask }, 1],
  ["a Slurm array of jobs for several tasks, outside of srun", { ...array, SLURM_PROCID: "0", SLURM_NTASKS: "2" }, 1],
  ["tasks of srun", { SLURM_PROCID: "1", SLURM_STEP_NUM_TASKS: "2" }, 1],
  ["Kubernetes", { JOB_COMPLETION_INDEX: "1", JOB_COMPLETIONS: "2" }, 1],
  ["AWS Batch", { AWS_BATCH_JOB_ARRAY_INDEX: "1", AWS_BATCH_JOB_ARRAY_SIZE: "2" }, 1],
  ["MPI", { OMPI_COMM_WORLD_RANK: "0", OMPI_COMM_WORLD_SIZE: "2" }, 0],
])("the part of a job is known from %s", (_, env, rank) => {
  expect(choosePart({}, env)).toMatchObject({ rank, worldSize: 2, why: `part ${rank + 1}/2, as the environment says` });
  expect(choosePart({ claim: true }, env)).toEqual({ why: "by claims" });
  expect(choosePart({ part: "3/8" }, env)).toEqual({ rank: 2, worldSize: 8, why: "--part 3/8" });
});

test.each([
  ["no launcher", {}, "by claims"],
  ["a single task", oneTask, "by claims"],
  [
    "a Slurm array with gaps",
    { ...array, ...oneTask, SLURM_ARRAY_TASK_ID: "4", SLURM_ARRAY_TASK_MAX: "4" },
    "has gaps",
  ],
  [
    "an array whose jobs have several tasks",
    { ...array, SLURM_PROCID: "1", SLURM_STEP_NUM_TASKS: "2" },
    "several tasks",
  ],
  [
    "the script of a Slurm job, outside of srun",
    { SLURM_PROCID: "0", SLURM_NTASKS: "8", SLURM_NPROCS: "8" },
    "by claims",
  ],
  ["torchrun in each job of an array", { ...array, ...oneTask, RANK: "0", WORLD_SIZE: "2" }, "several tasks"],
  ["Kubernetes without a number of pods", { JOB_COMPLETION_INDEX: "1" }, "not how many there are"],
])("blocks are claimed with %s", (_, env, words) => {
  const part = choosePart({}, env);
  expect(part).not.toHaveProperty("rank");
  expect(part.why).toContain(words);
});

test("numbers that don't fit are refused", () => {
  expect(() => choosePart({}, { RANK: "5", WORLD_SIZE: "2" })).toThrow("rank 5 of 2");
});
