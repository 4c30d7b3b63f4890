import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { BlockClaims, seenClaims } from "../../src/blocks/block-claims.ts";
import { OutputLayout } from "../../src/blocks/output-layout.ts";
import { temporaryFolder } from "../support/folder.ts";

const shard = "block-000003-0123456789ab.tar";
const leaseMs = 60_000;

/** A claim of a worker on another machine, at some count. */
function foreignClaim(count: number): string {
  return `${String(count).padStart(12, "0")} 4711-1-0-${"0".repeat(16)}-${"f".repeat(32)} node7\n`;
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval", "Date"] }));
afterEach(() => void vi.useRealTimers());

test("one of many claims of a block succeeds", async () => {
  await using folder = await temporaryFolder();
  const layout = new OutputLayout(folder.path);
  const claims = await Promise.all(Array.from({ length: 10 }, () => new BlockClaims(layout, leaseMs).claim(shard)));
  const held = claims.filter((claim) => claim !== undefined);
  expect(held.length).toBe(1);
  expect(await new BlockClaims(layout, leaseMs).claim(shard)).toBeUndefined();
  await held[0]?.release();
  expect(await readdir(layout.claims)).toEqual([]);
  const again = await new BlockClaims(layout, leaseMs).claim(shard);
  expect(again?.takenOver).toBe(0);
  await again?.release();
});

describe("a claim on another machine", () => {
  async function seen() {
    const folder = await temporaryFolder();
    const layout = new OutputLayout(folder.path);
    const claims = new BlockClaims(layout, leaseMs);
    const own = await claims.claim("block-000000-000000000000.tar"); // makes the directory
    await own?.release();
    const path = join(layout.claims, "block-000003-0123456789ab.1");
    await writeFile(path, foreignClaim(0));
    return { layout, claims, path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  }

  test("is taken over when it stood still for a lease, and not before", async () => {
    await using at = await seen();
    expect(await at.claims.claim(shard)).toBeUndefined();
    vi.advanceTimersByTime(leaseMs - 1);
    expect(await at.claims.claim(shard)).toBeUndefined();
    vi.advanceTimersByTime(2);
    const claim = await at.claims.claim(shard);
    expect(claim?.takenOver).toBe(1);
    expect(await seenClaims(at.layout)).toMatchObject([{ shard, turn: 2 }]);
    await claim?.release();
    expect(await readdir(at.layout.claims)).toEqual([]);
  });

  test("stays as long as its owner counts up", async () => {
    await using at = await seen();
    for (let beat = 1; beat < 20; beat++) {
      expect(await at.claims.claim(shard)).toBeUndefined();
      vi.advanceTimersByTime(leaseMs / 2);
      await writeFile(at.path, foreignClaim(beat));
    }
    expect([...(await at.claims.taken())]).toEqual([shard]);
    expect(await seenClaims(at.layout)).toMatchObject([{ host: "node7", count: 19 }]);
  });

  test("is not judged by clocks: neither a jump of this machine's nor a strange time of the file matters", async () => {
    await using at = await seen();
    expect(await at.claims.claim(shard)).toBeUndefined();
    for (const year of [1970, 2099]) {
      vi.setSystemTime(new Date(year, 0));
      expect(await at.claims.claim(shard)).toBeUndefined();
    }
    vi.advanceTimersByTime(leaseMs + 1);
    vi.setSystemTime(new Date(1970, 0));
    const claim = await at.claims.claim(shard);
    expect(claim?.takenOver).toBe(1);
    await claim?.release();
  });

  test("of which only the name was written is taken over like any other", async () => {
    await using at = await seen();
    await writeFile(at.path, "");
    expect(await at.claims.claim(shard)).toBeUndefined();
    vi.advanceTimersByTime(leaseMs + 1);
    const claim = await at.claims.claim(shard);
    expect(claim?.takenOver).toBe(1);
    await claim?.release();
  });
});

test("a claim counts up while it is held, and is not made again after somebody removed it", async () => {
  await using folder = await temporaryFolder();
  const layout = new OutputLayout(folder.path);
  const claim = await new BlockClaims(layout, leaseMs).claim(shard);
  expect(claim).toBeDefined();
  vi.advanceTimersByTime(leaseMs);
  await vi.waitFor(async () => expect((await seenClaims(layout))[0]?.count).toBeGreaterThan(0));
  await claim?.release();
  vi.advanceTimersByTime(leaseMs);
  expect(await readdir(layout.claims)).toEqual([]);
});
