/**
 * Attacks random pipelines, says what broke, and must then end by itself. Arguments: a folder, a seed, how many
 * pipelines, and the path of one of them to repeat it alone.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { Dataset } from "voxrx";
import { parallel, simulateDelay } from "voxrx/operators";
import { anyAttack, attack, noteComplaints, watchForStandstill } from "../pipelines/attack.ts";
import { tarOf } from "../support/archives.ts";

const [folder = ".", seed = "0", count = "1", path] = process.argv.slice(2);

const packed = async (name: string, numbers: readonly number[], end: string) => {
  const file = join(folder, name);
  await writeFile(file, await tarOf(numbers.map((n) => ({ name: `${n}${end}`, content: String(n) }))));
  return file;
};
const files = {
  tar: await packed("numbers.tar", [3, 4, 5], ""),
  shards: [await packed("a.tar", [3, 4], ".txt"), await packed("b.tar", [5], ".txt")],
  numbers: [3, 4, 5],
};
// What threads open in this process is there before it is counted.
await Dataset.from([1, 2, 3])
  .pipe(simulateDelay({ delayMs: 0 }), parallel({ workers: 3 }))
  .toArray();
const complaints = noteComplaints();
const watch = watchForStandstill();
const result = await fc.check(
  fc.asyncProperty(anyAttack(files), (each) => attack(each, complaints)),
  { seed: Number(seed), numRuns: Number(count), ...(path === undefined ? {} : { path, endOnFailure: true }) },
);
watch.stop();
if (result.failed) {
  const [counterexample] = result.counterexample ?? [];
  const error = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance);
  console.log(`seed ${seed}, path ${result.counterexamplePath}\n${fc.stringify(counterexample)}\n\n${error}`);
} else {
  console.log("held");
}
