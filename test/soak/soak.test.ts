import { expect, test } from "vitest";
import { runChild } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runsLongTests, triesOf } from "../support/long.ts";
import { grown, type Look, leakKinds } from "./soak-watch.ts";

/** Items of a run that is looked at; a shorter one says nothing. */
const items = triesOf("VOXRX_SOAK", { short: 1, long: 12_000 });
const isSoaked = items > 1000;

async function soaked(count: number, leak = "nothing"): Promise<readonly Look[]> {
  await using folder = await temporaryFolder();
  const seed = Math.trunc(Math.random() * 1e9);
  const { output, code } = await runChild(["--expose-gc"], "soak", folder.path, String(seed), String(count), leak);
  if (code !== 0) throw new Error(`seed ${seed}: the process ended with ${code}\n${output}`);
  // Node may have warned before: of a leaked listener, for example.
  return JSON.parse(output.split("\n").findLast((line) => line.startsWith("[")) ?? "");
}

// However many items are asked for.
const timeout = 2 ** 31 - 1;

test("epochs with cancels and errors leave nothing behind, in memory, files, threads, handles or listeners", {
  timeout,
}, async (context) => {
  if (!isSoaked) context.skip("needs VOXRX_LONG=1, or VOXRX_SOAK=ITEMS");
  const looks = await soaked(items);
  console.log(`${looks.at(-1)?.items} items: ${JSON.stringify(looks.at(-1))}`);
  expect(grown(looks)).toEqual([]);
});

test.runIf(runsLongTests).each(leakKinds)("a leak of a %s shows", async (leak) => {
  expect(grown(await soaked(3000, leak))).not.toEqual([]);
});
