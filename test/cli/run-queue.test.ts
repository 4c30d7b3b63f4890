import { join } from "node:path";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { queueCounts } from "../../cli/blocks/block-queue.ts";
import { readFailures, removeFailure } from "../../src/blocks/block-failures.ts";
import { childScript } from "../support/children.ts";
import { endsWith, Fleet, until } from "../support/fleet.ts";
import { temporaryFolder } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { freePort, hasRedis, RedisServer } from "../support/redis-server.ts";
import { startCommand } from "../support/run-command.ts";

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
    await endsWith(0, fleet.worker(), fleet.worker());
    expect(await fleet.begun()).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(await fleet.shards()).toEqual(whole);
  });

  test("take over the block of one that was killed", async () => {
    await using folder = await temporaryFolder();
    await using fleet = new Fleet(folder.path, redis.url);
    await fleet.hold(3);
    const lease = ["--lease", "3"];
    const killed = fleet.worker(lease);
    await fleet.untilBegun(3);
    killed.child.kill("SIGKILL");
    const other = fleet.worker(lease);
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
    // It waits for ten leases.
    const worker = fleet.worker(["--lease", "1"]);
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
    // A block that one leaves to others is offered again after half a lease.
    const options = ["--processes", "2", "--lease", "5"];
    const older = fleet.worker(options);
    await fleet.untilBegun(7);
    const newer = fleet.worker(options, 10);
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
  const fleet = new Fleet(folder.path, `redis://me:s3cret@127.0.0.1:${port}/2`);
  // It looks for the server for a lease.
  const { code, stderr } = await fleet.worker(["--lease", "1"]).result;
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
