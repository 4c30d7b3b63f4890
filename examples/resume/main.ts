/**
 * A training that is killed in the middle of an epoch and goes on: its losses and items are those of a training that
 * ran in one go.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import type { Checkpoint } from "voxrx";
import { phantoms } from "voxrx/datasets";
import { batch, load, map, prefetch, randFlip, randSpatialCrop, scaleIntensity, shuffle } from "voxrx/operators";

const work = ".voxrx/examples";
const keys = ["image", "label"] as const;
const training = phantoms({ root: work, count: 12 }).pipe(
  shuffle(),
  map((scan, { id }) => ({ ...scan, id: id.replace("phantom_", "") })),
  load(keys),
  scaleIntensity({ keys: "image" }),
  randSpatialCrop({ keys, roiSize: [32, 32, 32] }),
  randFlip({ keys, prob: 0.5, spatialAxis: 0 }),
  batch(2),
  prefetch({ buffer: 2 }),
);

/** All that a training needs to go on, in one file: weights and position can't differ. */
interface State {
  readonly weight: number;
  readonly log: readonly string[];
  readonly checkpoint?: Checkpoint;
}

/** Trains for three epochs; the model is a single weight, which learns the mean gray level. */
async function train(path: string): Promise<void> {
  let state: State = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { weight: 0, log: [] };
  let from = state.checkpoint;
  for (let epoch = from?.epoch ?? 0; epoch < 3; epoch++) {
    const run = training.iterate(from ? { from } : { epoch });
    from = undefined;
    for await (const { id, image } of run) {
      const errors = Array.from(image.data, (value) => value - state.weight);
      const loss = errors.reduce((sum, error) => sum + error * error, 0) / errors.length;
      const weight = state.weight + (0.2 * errors.reduce((sum, error) => sum + error, 0)) / errors.length;
      const log = [...state.log, `epoch ${epoch}  scans ${id.join(" ")}  loss ${loss.toFixed(6)}`];
      state = { weight, log, checkpoint: run.checkpoint() };
      await writeFile(`${path}.new`, JSON.stringify(state));
      await rename(`${path}.new`, path); // complete or not there, whenever the process is killed
      process.send?.(log.length);
    }
  }
}

/** Trains in a process of its own, which is killed once `killAfter` steps are done. */
async function trainInChild(path: string, killAfter = Number.POSITIVE_INFINITY): Promise<readonly string[]> {
  const child = fork(import.meta.filename, [path]);
  child.on("message", (steps) => Number(steps) >= killAfter && child.kill("SIGKILL"));
  const [code, signal]: unknown[] = await once(child, "exit");
  if (code !== 0 && signal !== "SIGKILL") throw new Error(`the training ended with ${code ?? signal}`);
  const { log }: State = JSON.parse(readFileSync(path, "utf8"));
  console.log(`${path}: ${log.length} steps${signal ? ", then killed" : ""}`);
  return log;
}

const [path] = process.argv.slice(2);
if (path) await train(path);
else {
  await mkdir(work, { recursive: true });
  const [whole, killed] = [`${work}/whole.json`, `${work}/killed.json`];
  await Promise.all([whole, killed].map((file) => rm(file, { force: true })));
  const wanted = await trainInChild(whole);
  await trainInChild(killed, 8);
  await trainInChild(killed, 15);
  const log = await trainInChild(killed);
  for (const line of log.slice(6, 12)) console.log(line);
  console.log(JSON.stringify(log) === JSON.stringify(wanted) ? "the same losses and scans" : "DIFFERENT");
}
