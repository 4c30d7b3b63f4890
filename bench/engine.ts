/** What the engine costs: a chain of ten no-op maps over 100,000 items, against plain loops and a chain of async generators. */
import { Dataset } from "voxrx";
import { map } from "voxrx/operators";

const short = process.argv.includes("--short");
const items = short ? 20_000 : 100_000;
const stages = 10;
const rounds = short ? 3 : 7;
const list = Array.from({ length: items }, (_, i) => i);

async function drain(source: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const n of source) sum += n;
  return sum;
}

async function* generator(source: AsyncIterable<number>): AsyncGenerator<number> {
  for await (const n of source) yield n + 1;
}

async function* fromList(): AsyncGenerator<number> {
  yield* list;
}

function chainOf(count: number): Dataset<number> {
  let chain: Dataset<number> = Dataset.from(list);
  for (let i = 0; i < count; i++) chain = chain.pipe(map((n) => n + 1));
  return chain;
}

function generators(): AsyncIterable<number> {
  let chain: AsyncIterable<number> = fromList();
  for (let i = 0; i < stages; i++) chain = generator(chain);
  return chain;
}

const ways: Readonly<Record<string, () => Promise<number>>> = {
  "no stage": () => drain(chainOf(0)),
  "ten maps": () => drain(chainOf(stages)),
  "ten async generators": () => drain(generators()),
};

const times = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
for (let round = 0; round < rounds; round++) {
  for (const [name, run] of Object.entries(ways)) {
    const begun = performance.now();
    await run();
    times.get(name)?.push(performance.now() - begun);
  }
}

const median = (name: string): number => (times.get(name) ?? []).sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
for (const name of Object.keys(ways)) {
  console.log(
    `${name.padEnd(22)} ${median(name).toFixed(0).padStart(6)} ms, ${((1e6 * median(name)) / items).toFixed(0)} ns an item`,
  );
}
const perStage = (1000 * (median("ten maps") - median("no stage"))) / items / stages;
console.log(
  `a stage costs ${perStage.toFixed(3)} us an item (goal: under 1); all of it ${((1000 * median("ten maps")) / items / stages).toFixed(3)} us`,
);
console.log(`async generators cost ${(median("ten async generators") / median("ten maps")).toFixed(1)} times as much`);
