import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { BlockRuns } from "../support/block-runs.ts";
import { childScript } from "../support/children.ts";
import { runsLongTests } from "../support/long.ts";

test("workers whose file server delays and repeats calls, and whose clocks jump, make a whole output", async () => {
  await using runs = await BlockRuns.create({ items: 8 });
  const env = { NODE_OPTIONS: `--import ${pathToFileURL(childScript("unsteady-files")).href}` };
  await runs.run(["--out", runs.out("reference"), "--block-size", "2"]);
  const reference = await runs.tree("reference");
  for (let round = 0; round < (runsLongTests ? 10 : 1); round++) {
    const out = `out${round}`;
    const args = ["--out", runs.out(out), "--block-size", "2", "--lease", "1", "--processes", "1"];
    const results = await Promise.all([
      runs.run(args, env),
      runs.run(args, env),
      runs.run([...args.slice(0, -4), "--part", "1/1"], env),
    ]);
    expect(results.map(({ code, stderr }) => [code, code === 0 ? "" : stderr])).toEqual([
      [0, ""],
      [0, ""],
      [0, ""],
    ]);
    expect(await runs.tree(out)).toEqual(reference);
  }
});
