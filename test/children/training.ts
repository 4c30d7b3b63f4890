/**
 * A process that trains: its weights are a digest of all that it was given, in order. It writes them with its checkpoint
 * after every third batch, in one file, and may be killed. Arguments: a directory, and the number of epochs.
 *
 * The rank comes from the environment. All ranks share a cache in the directory, and note there what they compute.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { batch, cacheUntilRandom, forRank, map, prefetch, shuffle } from "../../operators/index.ts";
import { type Checkpoint, Dataset, lmdbStore, rankFromEnv } from "../../src/index.ts";

const [dir = "", epochs = "1"] = process.argv.slice(2);
const { rank, worldSize } = rankFromEnv();
const statePath = join(dir, `state ${rank}.json`);
const given = join(dir, `given ${rank}.txt`);
const store = lmdbStore(join(dir, "cache"));

interface State {
  readonly weights: string;
  readonly checkpoint: Checkpoint;
}

const training = Dataset.from(
  Array.from({ length: 47 }, (_, n) => ({ n })),
  { seed: 5 },
).pipe(
  shuffle(),
  forRank({ rank, worldSize }),
  map(
    ({ n }) => {
      appendFileSync(join(dir, "computed.txt"), `${n}\n`);
      return { n: n * n };
    },
    { version: 1 },
  ),
  cacheUntilRandom({ store }),
  map(({ n }, { random }) => ({ n: n + random().uniform(0, 1) })),
  prefetch({ buffer: 4, concurrency: 2 }),
  batch(2),
);

// Read from a file that this program wrote.
const kept: State | undefined = existsSync(statePath) ? JSON.parse(readFileSync(statePath, "utf8")) : undefined;
let weights = kept?.weights ?? "";
let from = kept?.checkpoint;
for (let epoch = from?.epoch ?? 0; epoch < Number(epochs); epoch++) {
  const run = training.iterate(from ? { from } : { epoch });
  from = undefined;
  let steps = 0;
  const save = () => {
    writeFileSync(`${statePath}.new`, JSON.stringify({ weights, checkpoint: run.checkpoint() }));
    renameSync(`${statePath}.new`, statePath);
  };
  for await (const { n } of run) {
    weights = createHash("sha256").update(weights).update(String(n)).digest("hex");
    appendFileSync(given, `${epoch}: ${n.map(Math.floor).join()}\n`);
    process.send?.(++steps);
    if (steps % 3 === 0) save();
  }
  save();
}
await store.close();
process.disconnect?.();
