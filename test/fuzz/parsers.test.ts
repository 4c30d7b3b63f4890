import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onWarning } from "voxrx";
import { forkChild } from "../support/children.ts";
import { runsLongTests, triesOf } from "../support/long.ts";
import { corpus } from "./corpus.ts";
import { checked, fuzz, removeWorkDir } from "./target.ts";
import { targets } from "./targets.ts";

/** How often: `VOXRX_FUZZ` is the number of inputs for every parser, also for those whose inputs are costly. */
const isAsked = (process.env.VOXRX_FUZZ ?? "") !== "";
const tries = triesOf("VOXRX_FUZZ", { short: 8, long: 600 });
/** Short runs try the same inputs every time; others differ, and say which they tried. */
const isLong = runsLongTests || isAsked;
const seed = isLong ? Number(process.env.VOXRX_SEED ?? Math.floor(Math.random() * 2 ** 31)) : 1;
/** Only a hang lets an input take this long; tries are counted otherwise. */
const mostSilenceMs = 30_000;

let listening: (() => void) | undefined;
beforeAll(() => {
  listening = onWarning(() => {});
});
afterAll(() => {
  listening?.();
  removeWorkDir();
});

test.each(corpus)("%s: %s", async (_, outcome, read) => {
  const check = async () => {
    await read();
    return "right" as const;
  };
  expect(await checked({ shown: "", check })).toBe(outcome);
});

describe("every parser gives a right result or an error of VoxRx, with little memory", () => {
  test.each(targets.map((target) => [target.name, target] as const))("%s", async (name, target) => {
    const count = isAsked ? tries * (target.cost ?? 1) : tries;
    if (isLong) await fuzzInChild(name, count);
    else await fuzz(target, { seed, tries: count });
  });
});

/** In a process of its own, which can be ended if an input never ends. */
async function fuzzInChild(name: string, count: number): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), "voxrx-fuzz-last-"));
  const last = join(dir, "input");
  const child = forkChild("fuzz", name, String(seed), String(count), last);
  const exited = once(child, "exit");
  let [progress, result]: [number, Message] = [0, {}];
  child.on("message", (message: Message) => {
    progress++;
    result = { ...result, ...message };
  });
  for (let known = -1; child.exitCode === null && child.signalCode === null; ) {
    if (known === progress) {
      child.kill("SIGKILL");
      await exited;
      throw new Error(`${name}, seed ${seed}: an input never ends, or takes all memory: ${last}`);
    }
    known = progress;
    await Promise.race([exited, silence()]);
  }
  if (result.fault !== undefined) throw new Error(result.fault);
  if (!result.tally) throw new Error(`${name}, seed ${seed}: the process ended with the input ${last}`);
  if (isAsked) console.log(`${name}: ${JSON.stringify(result.tally)}`);
  rmSync(dir, { recursive: true });
}

interface Message {
  readonly tally?: Readonly<Record<string, number>>;
  readonly fault?: string;
}

function silence(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, mostSilenceMs).unref();
  });
}
