import { expect, test } from "vitest";
import { runChild } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runsLongTests, triesOf } from "../support/long.ts";

const count = triesOf("VOXRX_PIPELINES", { short: 40, long: 3000 });
/** Of one process, which must end by itself. */
const most = 1000;

/** Pipelines that once broke a promise: a seed, and a path of fast-check. */
const seeds = runsLongTests || process.env.VOXRX_PIPELINES ? undefined : 20_261_126;

async function attacked(seed: number, tries: number): Promise<void> {
  await using folder = await temporaryFolder();
  const { output, code } = await runChild([], "pipelines", folder.path, String(seed), String(tries));
  expect(`${output.trim()}, exit code ${code}`, `seed ${seed}`).toBe("held, exit code 0");
}

test("random pipelines give what plain arrays give, and close what they opened, however they end", async () => {
  for (let begun = 0; begun < count; begun += most) {
    const seed = seeds ?? Math.trunc(Math.random() * 2 ** 31);
    await attacked(seed, Math.min(most, count - begun));
  }
});
