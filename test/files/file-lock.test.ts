import { once } from "node:events";
import { mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withFileLock } from "../../src/files/file-lock.ts";
import { forkChild, messageOf } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { runsLongTests } from "../support/long.ts";

const children = runsLongTests ? 8 : 3;
const times = runsLongTests ? 200 : 15;

test("processes that are killed while they hold it or wait never let two in, and leave nothing", async () => {
  await using folder = await temporaryFolder();
  const [lock, inside] = [join(folder.path, "locks", "lock"), join(folder.path, "inside")];
  const start = () => forkChild("lock", lock, inside, String(times));
  const said: unknown[] = [];
  const endOf = async (killAfter: number | undefined) => {
    const child = start();
    child.on("message", (message) => {
      said.push(message);
      if (message === killAfter) child.kill("SIGKILL");
    });
    await once(child, "exit");
  };
  await Promise.all(
    Array.from({ length: children }, async (_, n) => {
      for (let kill = 0; kill < 2; kill++) await endOf(n + kill);
      await endOf(undefined);
    }),
  );
  expect(said).not.toContain("two");
  // One that was to be killed may have ended before.
  expect(said.filter((message) => message === times - 1).length).toBeGreaterThanOrEqual(children);
  expect(await readdir(join(folder.path, "locks"))).toEqual([]);
});

test("an abort ends the waiting and leaves nothing", async () => {
  await using folder = await temporaryFolder();
  const lock = join(folder.path, "lock");
  const controller = new AbortController();
  const child = forkChild("lock", lock, join(folder.path, "inside"), "hold");
  await messageOf(child);
  const waiting = withFileLock(lock, controller.signal, async () => "inside");
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await withFileLock(lock, undefined, async () => "inside")).toBe("inside");
  expect((await readdir(folder.path)).filter((name) => name.startsWith("lock"))).toEqual([]);
});

test("a file in the place of a lock blocks for a minute at most", async () => {
  await using folder = await temporaryFolder();
  const lock = join(folder.path, "lock");
  await writeFile(lock, JSON.stringify({ pid: 1, host: "elsewhere", id: "x" }));
  const anHourAgo = Date.now() / 1000 - 3600;
  await utimes(lock, anHourAgo, anHourAgo);
  expect(await withFileLock(lock, undefined, async () => "inside")).toBe("inside");
});

test("what killed processes left beside a lock is removed", async () => {
  await using folder = await temporaryFolder();
  const child = forkChild("lock", join(folder.path, "lock"), join(folder.path, "inside"), "1");
  await once(child, "exit");
  const owner = [child.pid, "1", 0, "0".repeat(16), "0".repeat(32)].join("-");
  const [empty, full] = ["a", "b"].map((end) => join(folder.path, `lock.${owner.slice(0, -1)}${end}`));
  for (const left of [empty, full]) await mkdir(left ?? "");
  const anHourAgo = Date.now() / 1000 - 3600;
  await writeFile(join(full ?? "", owner), "");
  await utimes(join(full ?? "", owner), anHourAgo, anHourAgo);
  await writeFile(join(folder.path, "lock.txt"), "of somebody else");
  await withFileLock(join(folder.path, "lock"), undefined, async () => undefined);
  expect(await readdir(folder.path)).toEqual(["lock.txt"]);
});
