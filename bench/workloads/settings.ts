/** What settings give that docs/tuning.md speaks of: each is compared with the default in the same process. */
import { join } from "node:path";
import type { Dataset } from "voxrx";
import type { Bench, Workload } from "../measure/workload.ts";
import type { Step } from "../peer/monai-names.ts";
import { epochOf, type MakeStore, training, warmEpochs } from "./epochs.ts";
import { inTurn } from "./loading.ts";
import { operatorOf, pipeline } from "./pipelines.ts";
import { ctTraining, t1Preparation } from "./roads.ts";

const group = "Settings";

/** A dataset with a setting beside one without. */
function setting(
  name: string,
  limit: string,
  make: (bench: Bench) => { readonly with: Dataset<unknown>; readonly without: Dataset<unknown> },
): Workload {
  return {
    name,
    group,
    prepare(bench) {
      const made = make(bench);
      return { run: () => epochOf(made.with), limit: () => epochOf(made.without) };
    },
    limit,
  };
}

/** Changes options of one step. */
function changed(steps: readonly Step[], operator: string, options: Step["options"]): Step[] {
  return steps.map((step) =>
    step.operator === operator ? { ...step, options: { ...step.options, ...options } } : step,
  );
}

/** The steps with one of them moved before another. */
function moved(steps: readonly Step[], operator: string, before: string): Step[] {
  const [step] = steps.filter((each) => each.operator === operator);
  const rest = steps.filter((each) => each.operator !== operator);
  return rest.flatMap((each) => (each.operator === before && step ? [step, each] : [each]));
}

const scansOf = ({ scans }: Bench) => scans.t1.slice(0, 4).map((image) => ({ image }));
const prefetched = (options: Step["options"]): Step => ({ operator: "prefetch", options });

/** The warm epochs of one store beside those of another. */
function stores(name: string, limit: string, given: MakeStore, otherwise: MakeStore): Workload {
  return {
    name,
    group,
    async prepare(bench) {
      const [run, without] = [await warmEpochs(bench, given(bench)), await warmEpochs(bench, otherwise(bench))];
      return {
        run: run.epoch,
        limit: without.epoch,
        async close() {
          await run.close();
          await without.close();
        },
      };
    },
    limit,
  };
}

let directories = 0;
const newStore = (options: object) => (bench: Bench) =>
  bench.build.vox.lmdbStore(join(bench.dir, `setting-${directories++}`), options);

const lazily: Workload = {
  name: "lazy(spacing, randAffine) in place of both",
  group,
  prepare(bench) {
    const { build } = bench;
    const options = { keys: "image", prob: 1, rotateRange: 0.2, paddingMode: "border" };
    const steps = [
      { operator: "spacing", options: { keys: "image", pixdim: 1.5 } },
      { operator: "randAffine", options },
    ];
    const [spacing, affine] = steps.map((step) => operatorOf(build, step));
    if (!spacing || !affine) throw new Error("two steps are joined");
    const load = { operator: "load", options: { keys: "image" } };
    const [next, nextOfBoth] = [inTurn(scansOf(bench)), inTurn(scansOf(bench))];
    return {
      run: () => epochOf(pipeline(build, [next()], [load, build.ops.lazy(spacing, affine)])),
      limit: () => epochOf(pipeline(build, [nextOfBoth()], [load, spacing, affine])),
    };
  },
  limit: "both",
};

export const settingWorkloads: readonly Workload[] = [
  setting("prefetch with 2 items in work, four uncached T1 images", "without prefetch", (bench) => {
    const without = pipeline(bench.build, scansOf(bench), t1Preparation);
    const steps = [...t1Preparation, prefetched({ concurrency: 2 })];
    return { with: pipeline(bench.build, scansOf(bench), steps), without };
  }),
  setting("spacing before orientation, four T1 images", "orientation before spacing", (bench) => ({
    with: pipeline(bench.build, scansOf(bench), moved(t1Preparation, "spacing", "orientation")),
    without: pipeline(bench.build, scansOf(bench), t1Preparation),
  })),
  setting("CT with label, loaded as float32", "the types of the files", (bench) => {
    const steps = ctTraining(bench.short);
    return {
      with: pipeline(bench.build, bench.scans.ct, changed(steps, "load", { dtype: "float32" })),
      without: pipeline(bench.build, bench.scans.ct, steps),
    };
  }),
  setting("uncached epoch in batches of layout NCZYX", "layout NCXYZ", (bench) => ({
    with: training(bench, [], { layout: "NCZYX" }),
    without: training(bench, []),
  })),
  stores("warm epoch from LMDB with float16", "as it is", newStore({ dtype: "float16" }), newStore({})),
  stores("warm epoch from LMDB with LZ4", "as it is", newStore({ compression: true }), newStore({})),
  stores(
    "warm epoch from memory, not from LMDB",
    "from LMDB",
    ({ build }) => build.vox.memoryStore({ maxBytes: "4GiB" }),
    newStore({}),
  ),
  lazily,
];
