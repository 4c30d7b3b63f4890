import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Volume } from "voxrx";
import { listShards, readShards } from "voxrx/datasets";
import { BlockRuns, type Control } from "../support/block-runs.ts";
import { childScript, killProcess } from "../support/children.ts";
import { treeOf } from "../support/folder.ts";
import { longTest, runsLongTests } from "../support/long.ts";
import { recordsIn } from "../support/run-command.ts";
import { hasSmallDisks, smallDisk } from "../support/small-disk.ts";

const ids = (count: number) => Array.from({ length: count }, (_, n) => `item${n}`);

async function keysOf(out: string): Promise<string[]> {
  const items = await readShards<{ image: Volume; n: number }>(await listShards(out), { names: "field" }).toArray();
  return items.map(({ __key__ }) => __key__);
}

test("one process, several, parts and claims write the same bytes", async () => {
  await using runs = await BlockRuns.create({ items: 10 });
  const size = ["--block-size", "2"];
  const alone = await runs.run(["--out", runs.out("alone"), "--processes", "1", ...size]);
  expect([alone.code, alone.stdout]).toEqual([
    0,
    expect.stringMatching(/^computed 5 blocks, 10 items, .*\nall 5 blocks are done/),
  ]);
  const reference = await runs.tree("alone");
  expect(Object.keys(reference).length).toBe(5 * 3 + 2);
  expect(await keysOf(runs.out("alone"))).toEqual(ids(10));
  const results = await Promise.all([
    runs.run(["--out", runs.out("claims"), "--processes", "2", ...size]),
    runs.run(["--out", runs.out("claims"), "--processes", "1", ...size]),
  ]);
  expect(results.map(({ code }) => code)).toEqual([0, 0]);
  expect(await runs.tree("claims")).toEqual(reference);
  // Another number of parts in the middle: the blocks stay the same.
  for (const part of ["1/3", "2/2", "1/1"]) {
    const { code, stderr } = await runs.run(["--out", runs.out("parts"), "--part", part, ...size]);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`(--part ${part})`)]);
  }
  expect(await runs.tree("parts")).toEqual(reference);
  // Each of the three outputs computed each item once.
  expect(await runs.computed()).toEqual(ids(10).map(() => 3));
});

test("a run computes what is missing, and only that", async () => {
  await using runs = await BlockRuns.create({ items: 4 });
  const args = ["--out", runs.out(), "--block-size", "2", "--json", "--processes", "1"];
  expect(recordsIn(await runs.run(args)).at(-1)).toMatchObject({ blocks: 2, computed: 2, left: 0, items: 4 });
  const before = await runs.tree();
  await runs.control({ items: 5 });
  expect(recordsIn(await runs.run(args))).toMatchObject([
    { block: 2, items: 1 },
    { blocks: 3, computed: 1, left: 0 },
  ]);
  const after = await runs.tree();
  const shards = Object.keys(before).filter((name) => name.startsWith("block-"));
  expect(shards.map((name) => after[name])).toEqual(shards.map((name) => before[name]));
  const [first = ""] = await listShards(runs.out());
  await rm(first);
  expect(recordsIn(await runs.run(args))).toMatchObject([{ block: 0 }, { computed: 1 }]);
  expect(await runs.tree()).toEqual(after);
  expect(await runs.computed()).toEqual([2, 2, 1, 1, 1]);
});

test("the name of a pipeline may start with a dash", async () => {
  await using runs = await BlockRuns.create({ items: 1 });
  await writeFile(
    join(runs.notes, "-pipeline.mjs"),
    `export { default } from ${JSON.stringify(childScript("divided-pipeline"))};\n`,
  );
  const { ended } = runs.command(["run", "--out", runs.out(), "--json", "--", "-pipeline.mjs"], {}, runs.notes);
  expect(recordsIn(await ended).at(-1)).toMatchObject({ blocks: 1, computed: 1, left: 0 });
});

test("a process that imports another list than the run began with computes nothing of it", async () => {
  await using runs = await BlockRuns.create({ items: 2, hold: [1] });
  const args = ["--out", runs.out(), "--block-size", "1", "--processes", "1"];
  const run = runs.start(args);
  const pid = await runs.held(1);
  await runs.control({ items: 2, note: "later" });
  process.kill(pid, "SIGKILL");
  const { code, stderr } = await run.ended;
  expect([code, stderr]).toEqual([1, expect.stringContaining("has changed since this run began")]);
  expect((await runs.run(args)).code).toBe(0);
  await runs.run(["--out", runs.out("reference"), ...args.slice(2)]);
  expect(await keysOf(runs.out())).toEqual(ids(2));
  expect(await runs.tree()).toEqual(await runs.tree("reference"));
});

longTest("without anybody who reads what it says, a run goes on", async () => {
  await using runs = await BlockRuns.create({ items: 4, hold: [3] });
  const run = runs.start(["--out", runs.out(), "--block-size", "1", "--processes", "1", "--json"]);
  await runs.held(3);
  for (const stream of [run.child.stdout, run.child.stderr]) stream?.destroy();
  await runs.control({ items: 4 });
  expect((await run.ended).code).toBe(0);
  expect(await keysOf(runs.out())).toEqual(ids(4));
});

longTest("the result of another pipeline is replaced, and that is said; so is that no item came out", async () => {
  await using runs = await BlockRuns.create({ items: 2 });
  const args = ["--out", runs.out(), "--processes", "1"];
  expect((await runs.run(args)).stderr).not.toContain("another pipeline");
  const replaced = await runs.run([...args, "--volumes", "nii"]);
  expect([replaced.code, replaced.stderr]).toEqual([
    0,
    expect.stringContaining("has what another pipeline made, or other options"),
  ]);
  expect(replaced.stderr).not.toContain("no item came out");
  const none = await runs.command(["run", childScript("left-out-pipeline"), "--out", runs.out("none")]).ended;
  // It ends although the module has left a timer.
  expect([none.code, none.stderr]).toEqual([0, expect.stringContaining("no item came out of 2: a filter")]);
  // Of another epoch, it may be wanted, too.
  const other = await runs.run([...args, "--volumes", "nii", "--epoch", "1"]);
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("give each epoch a directory of its own")]);
});

describe("a block that fails", () => {
  test("is set aside with its reason, while all others are done, and tried again when somebody says so", async () => {
    await using runs = await BlockRuns.create({ items: 6, fail: [3] });
    const args = ["--out", runs.out(), "--block-size", "2", "--attempts", "2"];
    const failed = await runs.run(args);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("item 3 is broken");
    expect(failed.stdout).toContain("not done: 1 of 3 blocks, 1 set aside because of failures");
    const listed = await runs.command(["scale", "failed", runs.out(), "--json"]).ended;
    expect(recordsIn(listed)).toMatchObject([
      { block: 1, attempts: 2, setAside: true, faults: [{ item: "item3", code: "VOXRX_TRANSFORM_FAILED" }] },
    ]);
    const [status] = recordsIn(await runs.command(["scale", "status", runs.out(), "--json"]).ended);
    expect(status).toMatchObject({
      complete: false,
      blocks: 3,
      done: 2,
      setAside: 1,
      items: 6,
      itemsDone: 4,
      claims: [],
    });
    await runs.control({ items: 6 });
    const untried = await runs.run(args);
    expect([untried.code, untried.stdout]).toEqual([1, expect.stringContaining("computed 0 blocks")]);
    expect((await runs.command(["scale", "retry", runs.out()]).ended).stdout).toBe("1 block to be tried again\n");
    expect((await runs.run(args)).code).toBe(0);
    expect(await keysOf(runs.out())).toEqual(ids(6));
    expect((await runs.command(["scale", "failed", runs.out()]).ended).stdout).toBe("no block has failed\n");
    const text = (await runs.command(["scale", "status", runs.out()]).ended).stdout;
    expect(text).toMatch(/^blocks {2}3 of 3 done\nitems {3}6 of 6\nsize {4}.*\n$/);
  });

  longTest("because its process dies each time is set aside after all others are done", async () => {
    await using runs = await BlockRuns.create({ items: 3, end: [0] });
    const { code, stderr } = await runs.run(["--out", runs.out(), "--processes", "1"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("block 0: its process ended (SIGKILL); set aside")]);
    expect(await keysOf(runs.out()).catch((error: Error) => error.message)).toContain("1 of 3 blocks");
    expect(await listShards(runs.out(), { partial: true })).toHaveLength(2);
  });
});

describe("a worker that is killed in the middle of a block", () => {
  test.each([
    ["the process that computes", (pid: number) => pid],
    ["the process that coordinates", (_: number, coordinator: number) => coordinator],
  ])("%s", async (_, victim) => {
    await using runs = await BlockRuns.create({ items: 4, hold: [2] });
    const args = ["--out", runs.out(), "--block-size", "2", "--lease", "1"];
    const first = runs.start(args);
    const pid = await runs.held(2);
    const killed = victim(pid, first.child.pid ?? 0);
    process.kill(killed, "SIGKILL");
    await runs.control({ items: 4 });
    const [second, ended] = await Promise.all([runs.run(args), first.ended]);
    expect([second.code, ended.code]).toEqual([0, killed === pid ? 0 : null]);
    expect(await keysOf(runs.out())).toEqual(ids(4));
    await runs.run(["--out", runs.out("reference"), "--block-size", "2"]);
    expect(await runs.tree()).toEqual(await runs.tree("reference"));
    // Processes whose coordinator is gone don't stay.
    if (killed !== pid) await expect.poll(() => isRunning(pid)).toBe(false);
  });

  longTest("that was interrupted gives its block back, and says 130", async () => {
    await using runs = await BlockRuns.create({ items: 2, hold: [1] });
    const run = runs.start(["--out", runs.out(), "--block-size", "2"]);
    await runs.held(1);
    run.child.kill("SIGTERM");
    expect((await run.ended).code).toBe(130);
    const [status] = recordsIn(await runs.command(["scale", "status", runs.out(), "--json"]).ended);
    expect(status).toMatchObject({ done: 0, claims: [] });
  });
});

const byKey = (a: { readonly __key__: string }, b: { readonly __key__: string }) => (a.__key__ < b.__key__ ? -1 : 1);

describe("workers whose manifests differ", () => {
  const block = (n: number) => ["--block-size", "1", "--lease", "1", ...(n > 0 ? ["--processes", String(n)] : [])];

  longTest("an older list drops no item of a newer one, and computes only what it knows", async () => {
    await using runs = await BlockRuns.create({ items: 2, hold: [1] });
    const older = runs.start(["--out", runs.out(), ...block(1)]);
    await runs.held(1);
    await runs.control({ items: 4, hold: [1] });
    const newer = runs.start(["--out", runs.out(), ...block(1)]);
    await expect.poll(async () => (await runs.computed()).length).toBe(4);
    await runs.control({ items: 4 });
    const [first, second] = await Promise.all([older.ended, newer.ended]);
    expect([second.code, second.stdout]).toEqual([0, expect.stringContaining("all 4 blocks are done")]);
    // If it ends before the newer one, it says that blocks are left to that one.
    expect([0, 1]).toContain(first.code);
    expect(await keysOf(runs.out())).toEqual(ids(4));
    const complete = JSON.parse(await readFile(join(runs.out(), "complete.json"), "utf8"));
    expect(complete.blocks).toBe(4);
  });

  test.runIf(runsLongTests).each<[string, Control]>([
    ["records have changed", { items: 4, note: "later" }],
    ["items are gone", { items: 2 }],
    ["records have changed, and items are new", { items: 5, note: "later" }],
  ])("one that goes on after %s brings nothing back", async (_, later) => {
    await using runs = await BlockRuns.create({ items: 4, hold: [1] });
    const older = runs.start(["--out", runs.out(), ...block(1)]);
    const pids = [await runs.held(1), older.child.pid ?? 0];
    for (const pid of pids) process.kill(pid, "SIGSTOP");
    await runs.control(later);
    const newer = await runs.run(["--out", runs.out(), ...block(1)]);
    for (const pid of pids) process.kill(pid, "SIGCONT");
    expect([newer.code, (await older.ended).code]).toEqual([0, 0]);
    await runs.run(["--out", runs.out("reference"), ...block(1)]);
    const records = async (name: string) =>
      (await readShards(await listShards(runs.out(name)), { decode: false }).toArray()).map(
        ({ __url__: _, ...rest }) => rest,
      );
    expect((await records("out")).sort(byKey)).toEqual((await records("reference")).sort(byKey));
    expect(await readdir(join(runs.out(), ".voxrx", "claims"))).toEqual([]);
  });

  longTest("of two pipelines, the one that began first stops, and removes nothing of the other", async () => {
    await using runs = await BlockRuns.create({ items: 3, hold: [1] });
    const first = runs.start(["--out", runs.out(), ...block(1)]);
    await runs.held(1);
    const second = runs.start(["--out", runs.out(), ...block(1), "--volumes", "nii"]);
    await expect.poll(async () => runs.heldBy(1)).toHaveLength(2);
    await runs.control({ items: 3 });
    const [stopped, done] = await Promise.all([first.ended, second.ended]);
    expect([stopped.code, stopped.stderr]).toEqual([
      1,
      expect.stringContaining("another run computes another pipeline"),
    ]);
    expect(done.code).toBe(0);
    await runs.run(["--out", runs.out("reference"), ...block(1), "--volumes", "nii"]);
    // What the first one finished in the meantime goes with the next run.
    expect((await runs.run(["--out", runs.out(), ...block(1), "--volumes", "nii"])).code).toBe(0);
    expect(await runs.tree()).toEqual(await runs.tree("reference"));
  });
});

longTest("a manifest that is lost in the middle is there again, and a foreign directory stays", async () => {
  await using runs = await BlockRuns.create({ items: 3, hold: [2] });
  const args = ["--out", runs.out(), "--block-size", "1", "--processes", "1"];
  const foreign = join(runs.out(), "block-000001-0123456789ab.tar");
  await mkdir(join(foreign, "kept"), { recursive: true });
  const run = runs.start(args);
  await runs.held(2);
  const manifest = join(runs.out(), "manifest.json");
  const before = await readFile(manifest, "utf8");
  await writeFile(manifest, "damaged");
  await runs.control({ items: 3 });
  expect((await run.ended).code).toBe(0);
  expect(await readFile(manifest, "utf8")).toBe(before);
  expect(await readdir(foreign)).toEqual(["kept"]);
});

longTest("shards, indexes and markers that are damaged are made again", async () => {
  await using runs = await BlockRuns.create({ items: 5 });
  const args = ["--out", runs.out(), "--block-size", "1", "--processes", "1", "--json"];
  await runs.run(args);
  const whole = await runs.tree();
  const at = async (n: number) => (await listShards(runs.out()))[n] ?? "";
  const [cut, empty, marked, indexed] = [await at(0), await at(1), await at(2), await at(3)];
  await truncate(cut, 700);
  await writeFile(empty, "");
  await writeFile(marked.replace(/\.tar$/, ".done"), "garbage");
  await writeFile(`${indexed}.index.json`, "");
  expect((await runs.command(["scale", "status", runs.out()]).ended).code).toBe(0);
  expect(recordsIn(await runs.run(args)).at(-1)).toMatchObject({ computed: 4, left: 0 });
  expect(await runs.tree()).toEqual(whole);
});

longTest(
  "a directory that was copied without its hidden part, or whose manifest is damaged, keeps what is done",
  async () => {
    await using runs = await BlockRuns.create({ items: 4 });
    const args = ["--out", runs.out(), "--processes", "1", "--json"];
    await runs.run([...args, "--block-size", "3"]);
    const whole = await runs.tree();
    await rm(join(runs.out(), ".voxrx"), { recursive: true });
    expect(recordsIn(await runs.run(args)).at(-1)).toMatchObject({ blocks: 2, computed: 0, left: 0 });
    await writeFile(join(runs.out(), ".voxrx", "manifests", "000001.json"), "{");
    expect(recordsIn(await runs.run(args)).at(-1)).toMatchObject({ blocks: 2, computed: 0, left: 0 });
    expect(await runs.tree()).toEqual(whole);
  },
);

longTest("an idle process that is killed is replaced", async () => {
  await using runs = await BlockRuns.create({ items: 2, hold: [0, 1] });
  const args = ["--out", runs.out(), "--block-size", "1", "--lease", "1", "--processes", "1"];
  const first = runs.start(args);
  const busy = await runs.held("any");
  const second = runs.start(args);
  const idle = await runs.held("any", (pid) => pid !== busy);
  const [holding, free] = [await runs.itemOf(busy), await runs.itemOf(idle)];
  await runs.control({ items: 2, hold: [holding] });
  await expect.poll(async () => (await listShards(runs.out(), { partial: true })).length).toBe(1);
  for (const pid of [idle, first.child.pid, busy]) killProcess(pid);
  await runs.control({ items: 2 });
  expect(await second.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("all 2 blocks are done") });
  expect(free).not.toBe(holding);
});

longTest("SIGTERM to all processes of a run, as Slurm sends it, is not taken for a death of one of them", async () => {
  await using runs = await BlockRuns.create({ items: 2, hold: [1] });
  const run = runs.start(["--out", runs.out(), "--block-size", "2", "--processes", "1"]);
  process.kill(await runs.held(1), "SIGTERM");
  await runs.control({ items: 2 });
  expect(await run.ended).toMatchObject({ code: 0, stdout: expect.stringContaining("computed 1 block") });
  expect(await runs.computed()).toEqual([1, 1]);
});

longTest("SIGTERM a second time, as Slurm sends it, changes nothing: claims are given back", async () => {
  await using runs = await BlockRuns.create({ items: 1, hold: [0] });
  const run = runs.start(["--out", runs.out(), "--processes", "1"]);
  // It takes some seconds until the run does without a process that doesn't react.
  const pid = await runs.held(0);
  process.kill(pid, "SIGSTOP");
  const status = async () => recordsIn(await runs.command(["scale", "status", runs.out(), "--json"]).ended);
  const exit = once(run.child, "exit");
  run.child.kill("SIGTERM");
  await status();
  run.child.kill("SIGTERM");
  const [code] = await exit;
  killProcess(pid);
  expect(code).toBe(130);
  expect(await status()).toMatchObject([{ done: 0, failed: 0, claims: [] }]);
});

test("two workers on one block write equal bytes over each other", async () => {
  await using runs = await BlockRuns.create({ items: 2, hold: [1] });
  // Parts take no claims: both compute all blocks.
  const args = ["--out", runs.out(), "--block-size", "2", "--part", "1/1"];
  const both = [runs.start(args), runs.start(args)];
  const first = await runs.held(1);
  await runs.held(1, (pid) => pid !== first);
  await runs.control({ items: 2 });
  expect((await Promise.all(both.map(({ ended }) => ended))).map(({ code }) => code)).toEqual([0, 0]);
  expect(await runs.computed()).toEqual([2, 2]);
  await runs.run(["--out", runs.out("reference"), "--block-size", "2"]);
  expect(await runs.tree()).toEqual(await runs.tree("reference"));
});

test.runIf(hasSmallDisks && runsLongTests)("a full disk ends the run, and with more space it goes on", async () => {
  await using runs = await BlockRuns.create({ items: 12 });
  using disk = smallDisk("96k");
  const args = ["--out", join(disk.dir, "out"), "--block-size", "1", "--processes", "1"];
  const full = await runs.run(args);
  expect([full.code, full.stderr]).toEqual([1, expect.stringContaining("no space is left on the disk")]);
  disk.change("size=4m");
  expect((await runs.run(args)).code).toBe(0);
  expect(await keysOf(join(disk.dir, "out"))).toEqual(ids(12));
  await runs.run([...args.slice(2), "--out", runs.out()]);
  expect(await treeOf(join(disk.dir, "out"))).toEqual(await runs.tree());
});

longTest("wrong usage says what is right", async () => {
  await using runs = await BlockRuns.create({ items: 1 });
  const cases: [readonly string[], string][] = [
    [["--out", runs.out(), "--part", "0/4"], "parts count from 1: 1/4 to 4/4"],
    [["--out", runs.out(), "--part", "5/4"], "parts count from 1"],
    [["--out", runs.out(), "--part", "half"], "expected i/n"],
    [["--out", runs.out(), "--part", "1/2", "--claim"], "exclude one another"],
    [["--out", runs.out(), "--epochs", "2"], "--epoch"],
    [["--part", "1/2"], "--part needs --out"],
  ];
  for (const [args, words] of cases) {
    const { code, stderr } = await runs.run(args);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  }
  const plan = ["scale", "plan", childScript("divided-pipeline"), "--out", "prepared", "--for"];
  const plans: [readonly string[], string][] = [
    [["kubernetes"], "is outside of the volume"],
    [["slurm", "--time", "4h"], "Expected minutes"],
    [["slurm", "--time", "1\nrm -rf"], "Expected minutes"],
    [["kubernetes", "--volume", "Da ta"], "Expected lower-case"],
  ];
  for (const [args, words] of plans) {
    const { code, stderr } = await runs.command([...plan, ...args]).ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  }
  const unknown = await runs.command(["scale", "status", runs.notes]).ended;
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("no manifest of blocks")]);
  await expect(stat(join(runs.out(), "manifest.json"))).rejects.toThrow();
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
