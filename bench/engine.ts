/**
 * Measures the overhead of the engine: ten trivial maps over 100,000 items, compared with no map and with async
 * generators.
 */
import { Dataset } from "voxrx";
import { map } from "voxrx/operators";
import { measure, ratio, report, short } from "./measure.ts";

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

const ways = {
  "no stage": () => drain(chainOf(0)),
  "ten maps": () => drain(chainOf(stages)),
  "ten async generators": () => drain(generators()),
};

const times = await measure(ways, { rounds });
for (const [name, { wallMs, cpuMs }] of Object.entries(times)) {
  const nsPerItem = (1e6 * wallMs) / items;
  const line = `${name.padEnd(22)} ${wallMs.toFixed(0).padStart(6)} ms, ${nsPerItem.toFixed(0)} ns per item`;
  report(name, { wallMs, cpuMs, nsPerItem }, line);
}
const { "no stage": none, "ten maps": maps, "ten async generators": others } = times;
const perStage = (1000 * (maps.wallMs - none.wallMs)) / items / stages;
const whole = (1000 * maps.wallMs) / items / stages;
report(
  "a stage",
  { usPerItem: perStage, wholeUsPerItem: whole },
  `a stage costs ${perStage.toFixed(3)} us per item (goal: under 1); including the rest ${whole.toFixed(3)} us`,
);
const more = ratio(others, maps);
report("async generators to maps", { ratio: more }, `async generators take ${more.toFixed(1)} times as long`);
