/** Servers that answer, and don't do what a queue needs. */
import { describe, expect, test } from "vitest";
import { QueueRefusals, refusedBy } from "../../cli/blocks/queue-refusals.ts";
import { onWarning } from "../../src/warnings.ts";
import { endsWith, Fleet, until } from "../support/fleet.ts";
import { temporaryFolder } from "../support/folder.ts";
import { longTest } from "../support/long.ts";
import { hasRedis, RedisServer } from "../support/redis-server.ts";
import type { StartedCommand } from "../support/run-command.ts";

/** A server of its own, and a worker that has a block in work. */
async function busy(fleet: Fleet, options: readonly string[] = []): Promise<StartedCommand> {
  await fleet.hold(0);
  const worker = fleet.worker(options, 4);
  await fleet.untilBegun(0);
  return worker;
}

/** The keys of the queue, by their last part. */
async function keyOf(redis: RedisServer, part: string): Promise<string> {
  const keys = await redis.command("KEYS", `bull:voxrx-*:${part}`);
  return String(Array.isArray(keys) ? keys[0] : "");
}

async function becomesReplica(redis: RedisServer): Promise<void> {
  await redis.command("REPLICAOF", "127.0.0.1", "1");
}

const refused = /refuses commands of the queue.*\[VOXRX_QUEUE_REFUSED\]/;
const waits = (word: string) =>
  new RegExp(`^warning: .*refuses commands of the queue: ${word}.*VOXRX_QUEUE_WAITS`, "gm");

describe.skipIf(!hasRedis).concurrent("workers of a server that refuses (needs redis-server)", () => {
  test("a user without the rights ends a worker, with what the server says and what to do", async () => {
    await using folder = await temporaryFolder();
    await using redis = await RedisServer.start();
    await redis.command("ACL", "SETUSER", "default", "resetkeys", "~other:*");
    await using fleet = new Fleet(folder.path, redis.url);
    const { code, stderr } = await fleet.worker([], 1).result;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/NOPERM .*ACL SETUSER.*\[VOXRX_QUEUE_REFUSED\]/)]);
    expect(stderr).not.toMatch(/ {4}at /);
  });

  test("jobs in no list of the queue, as when a server has evicted it, are added again", async () => {
    await using folder = await temporaryFolder();
    await using redis = await RedisServer.start();
    await using fleet = new Fleet(folder.path, redis.url);
    const worker = await busy(fleet);
    await until(async () => (await keyOf(redis, "wait")) !== "");
    await redis.command("DEL", await keyOf(redis, "wait"));
    await fleet.release(0);
    await endsWith(0, worker);
    expect(await fleet.begun()).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  longTest.each([
    ["NOAUTH", (redis: RedisServer) => redis.command("CONFIG", "SET", "requirepass", "s3cret")],
    ["READONLY", becomesReplica],
    ["OOM", (redis: RedisServer) => redis.command("CONFIG", "SET", "maxmemory", "1")],
    ["ERR", (redis: RedisServer) => redis.command("ACL", "SETUSER", "default", "-xadd")],
  ])("a server that refuses from the start ends a worker: %s", async (word, refuse) => {
    await using folder = await temporaryFolder();
    await using redis = await RedisServer.start();
    await refuse(redis);
    await using fleet = new Fleet(folder.path, redis.url);
    // Some refusals are waited out for ten leases.
    const { code, stderr } = await fleet.worker(["--lease", "2"], 1).result;
    expect([code, stderr]).toEqual([1, expect.stringMatching(refused)]);
    expect(stderr).toContain(word);
    expect(await fleet.begun()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  longTest.each([
    ["NOPERM", (redis: RedisServer) => redis.command("ACL", "SETUSER", "default", "resetkeys")],
    ["WRONGTYPE", async (redis: RedisServer) => redis.command("SET", await keyOf(redis, "meta"), "something else")],
    ["WRONGTYPE", async (redis: RedisServer) => redis.command("SET", await keyOf(redis, "wait"), "something else")],
  ])("a refusal that lasts ends a worker after its block: %s", async (word, refuse) => {
    await using folder = await temporaryFolder();
    await using redis = await RedisServer.start();
    await using fleet = new Fleet(folder.path, redis.url);
    const worker = await busy(fleet);
    await until(async () => (await keyOf(redis, "wait")) !== "");
    await refuse(redis);
    await fleet.release(0);
    const { code, stderr } = await worker.result;
    expect([code, stderr]).toEqual([1, expect.stringMatching(refused)]);
    expect(stderr).toContain(word);
    expect((await fleet.layout.done()).size).toBe(1);
  });

  longTest.each([
    ["READONLY", becomesReplica, ["REPLICAOF", "NO", "ONE"]],
    [
      "OOM",
      (redis: RedisServer) => redis.command("CONFIG", "SET", "maxmemory", "1"),
      ["CONFIG", "SET", "maxmemory", "0"],
    ],
  ] as const)("a refusal that passes is told once, and each block is computed once: %s", async (word, refuse, end) => {
    await using folder = await temporaryFolder();
    await using redis = await RedisServer.start();
    await using fleet = new Fleet(folder.path, redis.url);
    // It is patient for ten leases.
    const worker = await busy(fleet, ["--lease", "3"]);
    await refuse(redis);
    // The lease of the block in work can't be renewed. What else is refused varies: a full server lets scripts go on that
    // began with a command that needs no memory.
    await until(() => worker.stderr().includes(word));
    await fleet.release(0);
    await until(async () => (await fleet.layout.done()).size > 0);
    const [name, ...args] = end;
    await redis.command(name, ...args);
    await endsWith(0, worker);
    expect(worker.stderr().match(waits(word))).toHaveLength(1);
    expect(await fleet.begun()).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  longTest("a server that loads its data is waited for", async () => {
    await using folder = await temporaryFolder();
    await using redis = await RedisServer.start({ dir: folder.path });
    await redis.command("EVAL", "for i = 1, 50000 do redis.call('set', 'key' .. i, i) end", "0");
    await redis.command("SAVE");
    await redis.kill();
    // So slowly that it takes minutes, until the worker has told that it waits.
    const isUp = redis.start({
      dir: folder.path,
      "key-load-delay": "5000",
      "loading-process-events-interval-bytes": "1024",
    });
    await using fleet = new Fleet(folder.path, redis.url);
    const worker = fleet.worker(["--lease", "3"], 1);
    await until(() => worker.stderr().includes("loads its data after a start"));
    await redis.command("CONFIG", "SET", "key-load-delay", "0");
    await isUp;
    await endsWith(0, worker);
  });
});

/** An answer as ioredis throws it. */
const answer = (words: string) => Object.assign(new Error(words), { name: "ReplyError" });

test("what a refusal means does not depend on the version of the server, or on whether a script met it", () => {
  const remedies = [
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "WRONGTYPE Operation against a key holding the wrong kind of value script: 1d25f5366be8b1220b8100735ac8125985ec7798, on @user_script:1.",
    "ERR Error running script (call to f_1d25f5366be8b1220b8100735ac8125985ec7798): @user_script:1: WRONGTYPE Operation against a key",
  ].map((words) => refusedBy("redis://host", answer(words)));
  expect(new Set(remedies.map((error) => [error?.code, error?.remedy].join())).size).toBe(1);
  expect(remedies[1]?.fault).toMatch(/wrong kind of value$/);
  expect(refusedBy("redis://host", new Error("Missing lock for job 1"))).toBeUndefined();
});

test("each kind of refusal is told once; one that passes ends the work only if it stays", () => {
  const told: string[] = [];
  const stop = onWarning(({ message }) => void told.push(message));
  const patient = new QueueRefusals("redis://host", 60_000);
  for (const words of ["OOM full", "OOM full", "READONLY replica"]) patient.note(answer(words), false);
  patient.note(answer("NOPERM no"), true);
  expect(told.map((message) => /queue: (\w+)/.exec(message)?.[1])).toEqual(["OOM", "READONLY", "NOPERM"]);
  expect(patient.errorSince(0)).toMatchObject({ code: "VOXRX_QUEUE_REFUSED" });
  const once = new QueueRefusals("redis://host", 60_000);
  once.note(answer("OOM full"), true);
  stop();
  expect(once.errorSince(0)).toBeUndefined();
});
