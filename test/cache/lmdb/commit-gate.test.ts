import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CommitGate, whileNobodyCommits } from "../../../src/cache/lmdb/commit-gate.ts";
import { endOwner, newOwner } from "../../../src/files/owner-name.ts";
import { childScript, messageOf } from "../../support/children.ts";
import { temporaryFolder } from "../../support/folder.ts";
import { runsLongTests } from "../../support/long.ts";
import { startStoreChild } from "../../support/store-process.ts";

const hasStrace = spawnSync("strace", ["-e", "trace=none", "true"], { stdio: "ignore" }).status === 0;
const traced = test.skipIf(!hasStrace || !runsLongTests);
/** The owner's name of a process that has ended: no id is above 2^22. */
function deadOwner(): string {
  const owner = newOwner();
  endOwner(owner);
  return owner.replace(/^\d+/, String(2 ** 22 + 1));
}

describe("commits and openings of one directory", () => {
  traced("a process that opens a store slowly does not damage what others commit meanwhile", async () => {
    await using folder = await temporaryFolder();
    const writer = startStoreChild(folder.path, "fill", "a");
    await messageOf(writer);
    for (const reader of [0, 1]) {
      const inject = ["-e", "trace=pread64", "-e", "inject=pread64:delay_exit=60000"];
      const child = fork(childScript("store"), [folder.path, "use", `reader ${reader}`], {
        execPath: "strace",
        execArgv: ["-f", "-qq", "-o", "/dev/null", ...inject, process.execPath],
      });
      expect(await messageOf(child)).toBe("used");
      await once(child, "exit");
      for (let n = 0; n < 20; n++) expect(await messageOf(writer)).toEqual(expect.any(Number));
    }
    expect(writer.exitCode).toBe(null);
  });

  test("never overlap, and all of them get their turn", async () => {
    await using folder = await temporaryFolder();
    const gates = [new CommitGate(folder.path), new CommitGate(folder.path)];
    let [commits, openings, most] = [0, 0, 0];
    const commit = (gate: CommitGate) =>
      gate.run(async () => {
        commits++;
        most = Math.max(most, commits);
        expect(openings).toBe(0);
        await new Promise(setImmediate);
        commits--;
      });
    const open = () =>
      whileNobodyCommits(folder.path, async () => {
        openings++;
        expect([commits, openings]).toEqual([0, 1]);
        await new Promise(setImmediate);
        openings--;
      });
    const works = gates.flatMap((gate) =>
      Array.from({ length: 60 }, async (_, n) => {
        for (let turn = 0; turn < n % 7; turn++) await new Promise(setImmediate);
        await (n % 10 === 0 ? open() : commit(gate));
      }),
    );
    await Promise.all(works);
    expect(most).toBeGreaterThan(1);
    for (const gate of gates) gate.close();
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("wait for no process that was killed in the middle of one", async () => {
    await using folder = await temporaryFolder();
    const opening = join(folder.path, "opening.lock");
    await mkdir(join(folder.path, `committing.${deadOwner()}`));
    expect(await whileNobodyCommits(folder.path, async () => "opened")).toBe("opened");
    await mkdir(opening);
    await writeFile(join(opening, deadOwner()), "");
    expect(await new CommitGate(folder.path).run(async () => "committed")).toBe("committed");
    // One that was killed when it had all but removed the lock.
    await mkdir(opening);
    expect(await new CommitGate(folder.path).run(async () => "committed")).toBe("committed");
  });

  test("a failed one lets the next begin", async () => {
    await using folder = await temporaryFolder();
    const gate = new CommitGate(folder.path);
    await expect(gate.run(() => Promise.reject(new Error("full")))).rejects.toThrow("full");
    await expect(whileNobodyCommits(folder.path, () => Promise.reject(new Error("bad")))).rejects.toThrow("bad");
    expect(await gate.run(async () => "committed")).toBe("committed");
  });
});
