import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { queueCounts } from "../../cli/blocks/block-queue.ts";
import { readFailures, removeFailure } from "../../src/blocks/block-failures.ts";
import { OutputLayout } from "../../src/blocks/output-layout.ts";
import { childScript } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { freePort, hasRedis, RedisServer } from "../support/redis-server.ts";
import { type StartedCommand, startCommand } from "../support/run-command.ts";

/** An output directory and files that control the items of test/children/queue-pipeline.ts. */
class Fleet implements AsyncDisposable {
  readonly dir: string;
  readonly out: string;
  readonly layout: OutputLayout;
  readonly #url: string | undefined;
  readonly #workers: StartedCommand[] = [];

  constructor(dir: string, url?: string) {
    this.dir = dir;
    this.out = join(dir, "out");
    this.layout = new OutputLayout(this.out);
    this.#url = url;
  }

  /** A worker with one process, blocks of one item, and a lease of a second, unless told otherwise. */
  worker(options: readonly string[] = [], items = 8): StartedCommand {
    const usual = ["--processes", "1", "--lease", "1", ...(this.#url ? ["--queue", this.#url] : ["--claim"])];
    const args = ["run", childScript("queue-pipeline"), "--out", this.out, "--block-size", "1", ...usual, ...options];
    const worker = startCommand(args, { VOXRX_TEST_DIR: this.dir, VOXRX_TEST_ITEMS: String(items) });
    this.#workers.push(worker);
    return worker;
  }

  /** A test that failed leaves none running. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#workers) child.kill("SIGKILL");
    await Promise.all(this.#workers.map(({ result }) => result));
  }

  hold = (item: number) => writeFile(join(this.dir, `hold-item-${item}`), "");
  release = (item: number) => rm(join(this.dir, `hold-item-${item}`));
  fail = (item: number) => writeFile(join(this.dir, `fail-item-${item}`), "");
  repair = (item: number) => rm(join(this.dir, `fail-item-${item}`));

  /** How often each item was begun. */
  async begun(): Promise<readonly number[]> {
    const text = await readFile(join(this.dir, "begun"), "utf8").catch(() => "");
    const counts = Array.from({ length: 10 }, () => 0);
    for (const [, item] of text.matchAll(/^item-(\d+)$/gm)) counts[Number(item)] = (counts[Number(item)] ?? 0) + 1;
    return counts;
  }

  untilBegun(item: number, times = 1): Promise<void> {
    return until(async () => ((await this.begun())[item] ?? 0) >= times);
  }

  /** The shards and their indexes, by name. */
  async shards(): Promise<Record<string, string>> {
    const names = (await readdir(this.out)).filter((name) => name.startsWith("block-")).sort();
    const contents = names.map(async (name) => [name, await readFile(join(this.out, name), "base64")] as const);
    return Object.fromEntries(await Promise.all(contents));
  }
}

/** However long it takes: how fast the machine is is not promised. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 300_000, interval: 20 });
}

async function endsWith(code: number, ...workers: readonly StartedCommand[]): Promise<void> {
  for (const { result } of workers) {
    const ended = await result;
    expect([ended.code, ended.stderr]).toEqual([code, expect.any(String)]);
    expect(ended.stderr).not.toMatch(/ {4}at |unhandled/i);
  }
}

async function wholeOutput(): Promise<Record<string, string>> {
  await using folder = await temporaryFolder();
  await using fleet = new Fleet(folder.path);
  await endsWith(0, fleet.worker());
  return fleet.shards();
}

// Most of the time is spent waiting for leases.
describe.skipIf(!hasRedis).concurrent("workers of a queue (needs redis-server)", () => {
  let redis: RedisServer;
  let whole: Record<string, string>;

  beforeAll(async () => {
    [redis, whole] = await Promise.all([RedisServer.start(), wholeOutput()]);
  });
  afterAll(() => redis.kill());

  test("compute each block once, and write the same bytes as without a queue", async () => {
    await using folder = await temporaryFolder();
    await using fleet = new Fleet(folder.path, redis.url);
    // With a short lease, a machine that stands still for a second would be taken for dead.
    const long = ["--lease", "3600"];
    await endsWith(0, fleet.worker(long), fleet.worker(long));
    expect(await fleet.begun()).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(await fleet.shards()).toEqual(whole);
  });

  test("take over the block of one that was killed", async () => {
    await using folder = await temporaryFolder();
    await using fleet = new Fleet(folder.path, redis.url);
    await fleet.hold(3);
    const killed = fleet.worker();
    await fleet.untilBegun(3);
    killed.child.kill("SIGKILL");
    const other = fleet.worker();
    await fleet.untilBegun(3, 2);
    await fleet.release(3);
    await endsWith(0, other);
    expect(await fleet.shards()).toEqual(whole);
  });

  longTest("get the block of one that is interrupted at once, and tell what they do", async () => {
    await using folder = await temporaryFolder();
    await using fleet = new Fleet(folder.path, redis.url);
    await fleet.hold(1);
    const long = ["--lease", "3600", "--block-size", "2"];
    const interrupted = fleet.worker(long, 2);
    await fleet.untilBegun(1);
    const counts = () => queueCounts(redis.url, fleet.layout);
    const seen = { worker: expect.stringMatching(new RegExp(`^.+ ${interrupted.child.pid}$`)), items: 1 };
    await until(async () => (await counts())?.jobs[0]?.items === 1);
    expect(await counts()).toMatchObject({ waiting: 0, active: 1, delayed: 0, failed: 0, jobs: [seen] });
    const other = fleet.worker(long, 2);
    await until(() => other.stderr().includes("queue voxrx-"));
    interrupted.child.kill("SIGINT");
    await fleet.untilBegun(1, 2);
    await fleet.release(1);
    await endsWith(0, other);
    await endsWith(130, interrupted);
  });

  longTest("set aside what always fails, and try it again when it was corrected", async () => {
    await using folder = await temporaryFolder();
    await using fleet = new Fleet(folder.path, redis.url);
    await Promise.all([fleet.fail(2), fleet.hold(7)]);
    const worker = fleet.worker(["--processes", "2", "--attempts", "2"]);
    const failures = () => readFailures(fleet.layout);
    await until(async () => [...(await failures()).values()].some(({ setAside }) => setAside));
    await until(async () => (await queueCounts(redis.url, fleet.layout))?.failed === 1);
    const client = new Redis(redis.url, { maxRetriesPerRequest: null });
    const queue = new Queue((await queueCounts(redis.url, fleet.layout))?.queue ?? "", { connection: client });
    expect(await queue.getFailed()).toMatchObject([
      { id: [...(await failures()).keys()][0], failedReason: expect.stringContaining("the scanner of item-2 was off") },
    ]);
    await client.quit();
    await fleet.untilBegun(7);
    expect((await fleet.begun())[2]).toBe(2);
    await fleet.repair(2);
    for (const shard of (await failures()).keys()) await removeFailure(fleet.layout, shard);
    await fleet.untilBegun(2, 3);
    await fleet.release(7);
    await endsWith(0, worker);
    expect(await fleet.shards()).toEqual(whole);
    expect(await queueCounts(redis.url, fleet.layout)).toMatchObject({ failed: 0, active: 0, waiting: 0 });
  });

  longTest("end with what is set aside, and say so", async () => {
    await using folder = await temporaryFolder();
    await using fleet = new Fleet(folder.path, redis.url);
    await fleet.fail(0);
    const { code, stdout } = await fleet.worker(["--attempts", "1"], 2).result;
    expect([code, stdout]).toEqual([1, expect.stringContaining("not done: 1 of 2 blocks, 1 set aside")]);
  });

  longTest("go on when the server was lost with all that it had", async () => {
    await using folder = await temporaryFolder();
    await using ownRedis = await RedisServer.start();
    await using fleet = new Fleet(folder.path, ownRedis.url);
    await Promise.all([fleet.hold(0), fleet.hold(1)]);
    const workers = [fleet.worker(), fleet.worker()];
    await Promise.all([fleet.untilBegun(0), fleet.untilBegun(1)]);
    await ownRedis.kill();
    await until(() => workers.every(({ stderr }) => stderr().includes("is lost")));
    // What was computed meanwhile counts.
    await fleet.release(0);
    await until(async () => (await fleet.layout.done()).size === 1);
    await ownRedis.start();
    // The free worker may take the held block a second time: its lock is forgotten.
    await fleet.release(1);
    await endsWith(0, ...workers);
    expect(await fleet.shards()).toEqual(whole);
  });

  longTest("end with an error when the server does not come back", async () => {
    await using folder = await temporaryFolder();
    await using ownRedis = await RedisServer.start();
    await using fleet = new Fleet(folder.path, ownRedis.url);
    await fleet.hold(0);
    const worker = fleet.worker();
    await fleet.untilBegun(0);
    await ownRedis.kill();
    await until(() => worker.stderr().includes("is lost"));
    await fleet.release(0);
    const { code, stderr } = await worker.result;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/has been away for \d+ s\. .*--claim/)]);
    expect((await fleet.layout.done()).size).toBe(1);
  });

  longTest("end without a server when nothing is left to do", async () => {
    await using folder = await temporaryFolder();
    await using ownRedis = await RedisServer.start();
    await using fleet = new Fleet(folder.path, ownRedis.url);
    await fleet.hold(0);
    const worker = fleet.worker(["--lease", "3600"], 1);
    await fleet.untilBegun(0);
    await ownRedis.kill();
    await until(() => worker.stderr().includes("is lost"));
    await fleet.release(0);
    await endsWith(0, worker);
  });

  longTest("leave blocks that they don't know to those who do", async () => {
    await using folder = await temporaryFolder();
    await using fleet = new Fleet(folder.path, redis.url);
    await Promise.all([fleet.hold(7), fleet.hold(8)]);
    const older = fleet.worker(["--processes", "2"]);
    await fleet.untilBegun(7);
    const newer = fleet.worker([], 10);
    await fleet.untilBegun(8);
    await fleet.release(8);
    // The older one ends with 0 only if nothing is left to others.
    await until(async () => (await fleet.layout.done()).size === 9);
    await fleet.release(7);
    await endsWith(0, older, newer);
    expect((await fleet.layout.done()).size).toBe(10);
  });
});

test("a server that can't be reached is an error that shows no password", async () => {
  await using folder = await temporaryFolder();
  const port = await freePort();
  const { code, stderr } = await new Fleet(folder.path, `redis://me:s3cret@127.0.0.1:${port}/2`).worker().result;
  expect([code, stderr]).toEqual([1, expect.stringContaining(`redis://127.0.0.1:${port}/2 can't be reached`)]);
  expect(stderr).toContain("--claim");
  expect(stderr).not.toContain("s3cret");
});

test.each([
  "http://me:s3cret@host",
  "redis://me:s3#cret@host:6379",
  "redis://me:s3cret@host/abc",
  "redis:///0",
  "s3cret",
])("what is not the URL of a Redis server is refused: %s", async (url) => {
  await using folder = await temporaryFolder();
  const { code, stderr } = await new Fleet(folder.path, url).worker().result;
  expect([code, stderr]).toEqual([2, expect.stringContaining("expected redis://host:6379")]);
  expect(stderr).not.toContain("s3");
});

test("where BullMQ is not installed, the error says how to install it", async () => {
  await using folder = await temporaryFolder();
  const resolve = `export async function resolve(name, context, next) {
    if (name === "bullmq") throw new Error("Cannot find package 'bullmq'");
    return next(name, context);
  }`;
  const hook = `data:text/javascript,${encodeURIComponent(resolve)}`;
  const register = `import { register } from "node:module"; register(${JSON.stringify(hook)});`;
  const nodeArguments = ["--import", `data:text/javascript,${encodeURIComponent(register)}`];
  const args = [
    "run",
    childScript("queue-pipeline"),
    "--out",
    join(folder.path, "out"),
    "--queue",
    "redis://127.0.0.1",
  ];
  const { code, stderr } = await startCommand(args, { VOXRX_TEST_DIR: folder.path }, nodeArguments).result;
  expect([code, stderr]).toEqual([1, expect.stringContaining("npm install bullmq ioredis")]);
});
