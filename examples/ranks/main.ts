/** Processes that train together: each has its own items, and together they see what one process sees. */
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type Checkpoint, mergeCheckpoints, rankFromEnv } from "voxrx";
import { phantoms } from "voxrx/datasets";
import { forRank, load, map, randFlip, randSpatialCrop, scaleIntensity, shuffle } from "voxrx/operators";

/** What a process is told: where to go on, and when to stop. */
interface Task {
  readonly from?: Checkpoint;
  readonly mostItems?: number;
}

/** What it has seen: ids with digests of the voxels, and where it stands. */
interface Seen {
  readonly items: readonly string[];
  readonly checkpoint: Checkpoint;
}

const keys = ["image", "label"] as const;

/** One process: `rankFromEnv` reads what torchrun, MPI, Slurm and others set, and this program does. */
async function work({ from, mostItems = Number.POSITIVE_INFINITY }: Task): Promise<Seen> {
  const mine = phantoms({ root: ".voxrx/examples", count: 12 }).pipe(
    shuffle(),
    forRank(rankFromEnv()),
    map((scan, { id }) => ({ ...scan, id })),
    load(keys),
    scaleIntensity({ keys: "image" }),
    randSpatialCrop({ keys, roiSize: [32, 32, 32] }),
    randFlip({ keys, prob: 0.5, spatialAxis: 0 }),
  );
  const items: string[] = [];
  const run = mine.iterate(from ? { from } : { epoch: 1 });
  for await (const { id, image } of run) {
    items.push(`${id} ${createHash("sha256").update(image.samples).digest("hex")}`);
    if (items.length >= mostItems) break;
  }
  return { items, checkpoint: run.checkpoint() };
}

/** Starts `worldSize` processes with one task, and waits for what they have seen. */
function together(worldSize: number, task: Task): Promise<readonly Seen[]> {
  const ranks = Array.from({ length: worldSize }, async (_, rank) => {
    const env = { ...process.env, RANK: String(rank), WORLD_SIZE: String(worldSize) };
    const child = fork(import.meta.filename, [JSON.stringify(task)], { env });
    const [seen]: Seen[] = await Promise.race([
      once(child, "message"),
      once(child, "exit").then(([code]) => Promise.reject(new Error(`rank ${rank} ended with ${code}`))),
    ]);
    if (!seen) throw new Error(`rank ${rank} said nothing`);
    return seen;
  });
  return Promise.all(ranks);
}

const digestOf = (items: readonly string[]) =>
  createHash("sha256")
    .update([...items].sort().join("\n"))
    .digest("hex");

const [task] = process.argv.slice(2);
if (task) process.send?.(await work(JSON.parse(task)));
else {
  const digests = new Set<string>();
  for (const worldSize of [1, 2, 3]) {
    const seen = await together(worldSize, {});
    for (const [rank, { items }] of seen.entries()) {
      console.log(`rank ${rank} of ${worldSize}: ${items.map((item) => item.slice(8, 11)).join(" ")}`);
    }
    digests.add(digestOf(seen.flatMap(({ items }) => items)));
  }
  const first = await together(2, { mostItems: 2 });
  const rest = await together(3, { from: mergeCheckpoints(first.map(({ checkpoint }) => checkpoint)) });
  console.log(`2 ranks stopped after 2 items each, 3 ranks did ${rest.map(({ items }) => items.length).join(", ")}`);
  digests.add(digestOf([...first, ...rest].flatMap(({ items }) => items)));
  console.log(digests.size === 1 ? "the same items and voxels with any number of ranks" : "DIFFERENT");
}
