/** Chains of transforms from files, and on one patch. */
import type { Bench, Subject, Workload } from "../measure/workload.ts";
import { monaiSteps, type Step } from "../peer/monai-names.ts";
import { fasterThanPeer, withinMs } from "../report/target.ts";
import { inTurn } from "./loading.ts";
import { transformSubject } from "./operators.ts";
import { collected, operatorOf, pipeline } from "./pipelines.ts";
import { augmentation, ctTraining, t1Preparation } from "./roads.ts";

const group = "Chains";

/** One item after the other through all steps. */
function chainSubject({ build }: Bench, items: readonly unknown[], steps: readonly Step[]): Subject {
  const next = inTurn(items.map((item) => pipeline(build, [item], steps)));
  return { run: () => collected(build, next()) };
}

function chainOfFive(inflater: "zlib" | "libdeflate", times: number): Workload {
  return {
    name: `load, orientation, spacing, scaleIntensity of a T1, ${inflater}`,
    group,
    prepare: (bench) =>
      chainSubject(
        bench,
        bench.scans.t1.map((image) => ({ image })),
        t1Preparation,
      ),
    peer: ({ t1 }) => ({
      by: "MONAI",
      kind: "chain",
      steps: monaiSteps(t1Preparation),
      items: t1.map((image) => ({ image })),
    }),
    targets: [fasterThanPeer(times)],
    inflate: inflater,
  };
}

const ct: Workload = {
  name: "CT with label, from files to four patches",
  group,
  prepare: (bench) => chainSubject(bench, bench.scans.ct, ctTraining(bench.short)),
  peer: (scans) => ({ by: "MONAI", kind: "chain", steps: monaiSteps(ctTraining(false)), items: scans.ct }),
  draws: true,
  targets: [fasterThanPeer(6)],
};

const augmentedCube: Workload = {
  name: "augmentation of a patch of 128^3 with label, every step done",
  group,
  prepare: (bench) => transformSubject(bench, augmentation, "cube"),
  limit: "copy input and output",
  peer: () => ({ by: "MONAI", kind: "transform", steps: monaiSteps(augmentation), input: "cube" }),
  draws: true,
  targets: [withinMs(80, "cpuMs")],
};

const lazySteps: readonly Step[] = [
  { operator: "spacing", options: { pixdim: 1.5 } },
  { operator: "rotate", options: { angle: [0, 0, 0.3] } },
];

const lazyChain: Workload = {
  name: "lazy(spacing, rotate)",
  group,
  prepare(bench) {
    const [first, second] = lazySteps.map((step) => operatorOf(bench.build, step));
    if (!first || !second) throw new Error("two steps are joined");
    const joined: unknown = Reflect.apply(bench.build.ops.lazy, undefined, [first, second]);
    return transformSubject(bench, isStep(joined) ? joined : lazySteps, "t1");
  },
  limit: "copy input and output",
  peer: () => ({ by: "MONAI", kind: "transform", steps: monaiSteps(lazySteps), input: "t1", lazy: true }),
};

function isStep(value: unknown): value is ReturnType<typeof operatorOf> {
  return typeof value === "function";
}

export const chainWorkloads: readonly Workload[] = [
  chainOfFive("zlib", 4),
  chainOfFive("libdeflate", 5),
  ct,
  augmentedCube,
  lazyChain,
];
