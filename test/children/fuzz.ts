/**
 * Tries inputs of a parser. Arguments: its name, a seed, how many, and a file into which each input is written before
 * it is tried. Sends the number of the input before it is tried, and at last `{ tally }` or `{ fault }`.
 */
import { writeFileSync } from "node:fs";
import { messageOf } from "../../src/errors.ts";
import { onWarning } from "../../src/warnings.ts";
import { fuzz, removeWorkDir } from "../fuzz/target.ts";
import { targets } from "../fuzz/targets.ts";

const [name, seed = "0", tries = "1", file = ""] = process.argv.slice(2);
const target = targets.find((one) => one.name === name);
if (!target) throw new Error(`no parser ${name}`);
onWarning(() => {});
let told = 0;
try {
  const tally = await fuzz(target, {
    seed: Number(seed),
    tries: Number(tries),
    onInput({ shown }, n) {
      if (file !== "") writeFileSync(file, shown);
      if (Date.now() - told < 500) return;
      told = Date.now();
      process.send?.({ n });
    },
  });
  process.send?.({ tally });
} catch (error) {
  process.send?.({ fault: messageOf(error) });
} finally {
  removeWorkDir();
  process.exitCode = 0;
  setImmediate(() => process.disconnect?.());
}
