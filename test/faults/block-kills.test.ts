import { existsSync, readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BlockRuns } from "../support/block-runs.ts";
import { killProcess } from "../support/children.ts";
import { triesOf } from "../support/long.ts";

const kills = triesOf("VOXRX_KILLS", { short: 5, long: 50 });
const items = 24;
const size = ["--block-size", "3"];

/** Ids of the processes that a process has started. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid ? [Number(name)] : [];
    } catch {
      return []; // it has ended
    }
  });
}

test.skipIf(!existsSync("/proc/self/stat"))(
  `after ${kills} kills in the middle of blocks, with other numbers of workers, the output is whole`,
  async () => {
    await using runs = await BlockRuns.create({ items });
    await runs.run(["--out", runs.out("reference"), "--processes", "1", ...size]);
    const reference = await runs.tree("reference");
    const before = (await runs.computed()).reduce((sum, count) => sum + count, 0);
    const random = fc.sample(
      fc.record({
        ofChild: fc.boolean(),
        workers: fc.integer({ min: 1, max: 2 }),
        parts: fc.integer({ min: 0, max: 3 }),
      }),
      kills,
    );
    for (const [kill, { ofChild, workers, parts }] of random.entries()) {
      // What is before the held items gets done, and what is in work with them is lost.
      const held = Math.floor((kill * items) / kills);
      await runs.control({ items, hold: Array.from({ length: items - held }, (_, n) => held + n) });
      const how = parts > 0 ? ["--part", `${(Math.floor(held / 3) % parts) + 1}/${parts}`] : ["--lease", "1"];
      const run = runs.start(["--out", runs.out(), "--processes", String(workers), ...how, ...size]);
      const { pid: coordinator } = run.child;
      if (coordinator === undefined) throw new Error("no process was started");
      const pid = await Promise.race([
        // Not one that an earlier run has left: it may have ended, or is about to.
        runs.held("any", (held) => childrenOf(coordinator).includes(held)),
        run.ended.then(({ stderr }) => Promise.reject(new Error(stderr))),
      ]);
      const victims = ofChild ? [pid, coordinator] : [coordinator, ...childrenOf(coordinator)];
      for (const victim of victims) killProcess(victim);
      await run.ended;
    }
    await runs.control({ items });
    const last = await runs.run(["--out", runs.out(), "--lease", "1", ...size]);
    expect([last.code, last.stdout]).toEqual([0, expect.stringContaining("all 8 blocks are done")]);
    expect(await runs.tree()).toEqual(reference);
    const all = (await runs.computed()).reduce((sum, count) => sum + count, 0) - before;
    // Each kill loses what was done of the blocks in work, at most.
    expect(all).toBeLessThanOrEqual(items + kills * 2 * 3);
    console.log(`${kills} kills: ${all - items} of ${items} items were computed again`);
  },
  600_000,
);
