/** Inference on a whole image with a network that does nothing. */
import type { Bench, Subject, Workload } from "../measure/workload.ts";
import { fasterThanPeer } from "../report/target.ts";
import { inputsOf } from "./inputs.ts";
import { collected, pipeline } from "./pipelines.ts";

const overlap = 0.25;
const batch = 4;
const sideOf = (short: boolean) => (short ? 48 : 96);

async function windowSubject(bench: Bench): Promise<Subject> {
  const { build, short } = bench;
  const image = await inputsOf(bench).get("t1");
  const roiSize = [sideOf(short), sideOf(short), sideOf(short)];
  const cutting = { operator: "slidingWindow", options: { keys: "image", roiSize, overlap, mode: "gaussian" } };
  const dataset = pipeline(
    build,
    [{ image }],
    [
      cutting,
      { operator: "batch", options: { size: batch } },
      { operator: "unbatch", options: {} },
      { operator: "stitch", options: { keys: "image" } },
    ],
  );
  const patches = await collected(build, pipeline(build, [{ image }], [cutting]));
  const patch = new Float32Array(sideOf(short) ** 3).fill(1);
  return {
    run: () => collected(build, dataset),
    limit: () => patches.map(() => patch.slice()),
  };
}

export const windowWorkloads: readonly Workload[] = [
  {
    name: "sliding windows, a network that does nothing, stitch",
    group: "Inference",
    prepare: windowSubject,
    limit: "copy the patches",
    peer: () => ({ by: "MONAI sliding_window_inference", kind: "windows", roiSize: [96, 96, 96], overlap, batch }),
    targets: [fasterThanPeer(1)],
    bound: 15,
  },
];
