/** Trainings in processes of their own, which are killed and started again. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { childScript } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { triesOf } from "../support/long.ts";

const epochs = 2;

function start(dir: string, env: Readonly<Record<string, string>> = {}): ChildProcess {
  return fork(childScript("training"), [dir, String(epochs)], { env: { ...process.env, ...env } });
}

async function ended(child: ChildProcess): Promise<void> {
  const [code, signal]: unknown[] = await once(child, "exit");
  expect([code, signal]).toEqual([0, null]);
}

async function weightsIn(dir: string): Promise<unknown> {
  return JSON.parse(await readFile(join(dir, "state 0.json"), "utf8")).weights;
}

/** Kills a training each time after that many steps, and then lets it end. */
async function trainKilled(dir: string, kills: readonly number[]): Promise<void> {
  for (const steps of kills) {
    const child = start(dir);
    const gone = once(child, "exit");
    let left = steps;
    child.on("message", () => {
      if (--left <= 0) child.kill("SIGKILL");
    });
    await gone;
  }
  await ended(start(dir));
}

describe("a training", () => {
  test("that is killed again and again ends with the weights of one that never stopped", async () => {
    await using folder = await temporaryFolder();
    await ended(start(folder.path));
    const weights = await weightsIn(folder.path);
    const tries = triesOf("VOXRX_KILLS", { short: 1, long: 6 });
    for (let seed = 1; seed <= tries; seed++) {
      const kills = [4 + (seed % 9), 1 + ((seed * 7) % 20), 3 + ((seed * 5) % 11)];
      await using other = await temporaryFolder();
      await trainKilled(other.path, kills);
      expect(await weightsIn(other.path), `killed after ${kills} steps`).toBe(weights);
    }
  });

  test("of four ranks reads each item once an epoch, and computes it once for all epochs", async () => {
    await using folder = await temporaryFolder();
    const ranks = [0, 1, 2, 3].map((rank) => start(folder.path, { RANK: String(rank), WORLD_SIZE: "4" }));
    await Promise.all(ranks.map(ended));
    const lines = async (file: string) => (await readFile(join(folder.path, file), "utf8")).trim().split("\n");
    const given = (await Promise.all([0, 1, 2, 3].map((rank) => lines(`given ${rank}.txt`)))).flat();
    const all = Array.from({ length: 47 }, (_, n) => n * n);
    for (let epoch = 0; epoch < epochs; epoch++) {
      const ofEpoch = given.filter((line) => line.startsWith(`${epoch}: `));
      const items = ofEpoch.flatMap((line) => line.slice(3).split(",").map(Number));
      expect(items.toSorted((a, b) => a - b)).toEqual(all);
    }
    const computed = (await lines("computed.txt")).map(Number);
    expect(computed.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 47 }, (_, n) => n));
  });
});
