/** What a store promises where memory, disk, or another process' patience ends. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import { afterAll, afterEach, expect, test } from "vitest";
import { lmdbStore, type Store } from "voxrx";
import { stored } from "../../conformance/store.ts";
import { endChildrenOf, messageOf } from "../../support/children.ts";
import { longTest } from "../../support/long.ts";
import { startLimitedStoreChild, startStoreChild } from "../../support/store-process.ts";

const home = await mkdtemp(join(tmpdir(), "voxrx-limits-"));
let folders = 0;
const freshFolder = () => join(home, String(folders++));

const open: Store[] = [];
function openStore(folder: string): Store {
  const store = lmdbStore(folder);
  open.push(store);
  return store;
}

afterEach(async () => {
  await endChildrenOf(home);
  await Promise.all(open.splice(0).map((store) => store.close()));
});
afterAll(() => rm(home, { recursive: true, force: true }));

longTest("many large writes at once take no more memory than the window of writes", async () => {
  const most = await messageOf(startStoreChild(freshFolder(), "crowd", "30"));
  // It levels out at 900 MB for any number: what an idle process takes, and the window both as entries and as pages of LMDB.
  // Without the window 30 entries take 1,300 MB, and every further one adds to it.
  expect(most).toBeLessThan(1_100);
});

test("a disk that takes no more is an error that says so; what was committed stays, and the store serves on", async () => {
  const folder = freshFolder();
  const said = await messageOf(startLimitedStoreChild(8_192, folder, "full", "k"));
  expect(said).toEqual({
    code: expect.stringMatching(/^VOXRX_STORE_(FULL|UNUSABLE)$/),
    committed: expect.any(Number),
    whole: [true],
    damaged: [],
    entries: 1,
  });
  expect((await openStore(folder).verify()).damaged).toEqual([]);
});

test("processes that write at once stay under one limit together", async () => {
  const folder = freshFolder();
  const both = ["a", "b"].map((name) => startStoreChild(folder, "some", name, "5MB"));
  for (const most of await Promise.all(both.map(messageOf))) {
    expect(most).toBeGreaterThan(4e6);
    expect(most).toBeLessThanOrEqual(5e6);
  }
});

test("an owner that lives but fell silent does not block others", async () => {
  const folder = freshFolder();
  const child = startStoreChild(folder, "hold", "k");
  await messageOf(child);
  // A stopped process beats no more; what a minute of silence leaves behind is written here at once.
  child.kill("SIGSTOP");
  const root = openLmdb({ path: folder, noSubdir: false, maxDbs: 8 });
  const leases = root.openDB<Uint8Array, string>({ name: "voxrx.leases", encoding: "binary" });
  const lease: unknown = JSON.parse(Buffer.from(leases.get("k") ?? []).toString());
  expect(lease).toMatchObject({ pid: child.pid });
  await leases.put("k", Buffer.from(JSON.stringify({ ...Object(lease), beat: Date.now() - 3_600_000 })));
  await root.close();
  const asked = await openStore(folder).getOrCompute({ id: "k", compute: async () => stored(1) });
  expect(asked).toEqual({ stored: stored(1), outcome: "computed" });
});

test("who leaves while another process computes leaves no wait and no computation behind", async () => {
  const folder = freshFolder();
  const child = startStoreChild(folder, "hold", "k");
  await messageOf(child);
  const store = openStore(folder);
  const gone = new AbortController();
  let computed = 0;
  const compute = async () => stored(++computed);
  const leaving = store.getOrCompute({ id: "k", compute, signal: gone.signal });
  await store.set("other", stored(1));
  gone.abort(new Error("enough"));
  await expect(leaving).rejects.toBe(gone.signal.reason);
  child.kill("SIGKILL");
  const next = await store.getOrCompute({ id: "k", compute: async () => stored("mine") });
  // Closing waits for all that the store still does.
  await store.close();
  expect([next.stored.value, computed]).toEqual(["mine", 0]);
});
