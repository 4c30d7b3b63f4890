import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { root } from "../project/tree.ts";
import { longTest } from "../support/long.ts";

/** The lines that an example prints, run as its README says. */
async function linesOf(name: string): Promise<string[]> {
  const args = ["--import", "tsx", `examples/${name}/main.ts`];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  let stdout = "";
  child.stdout.on("data", (chunk) => void (stdout += String(chunk)));
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  return stdout.trim().split("\n");
}

test("a plain trainer finds what it has not seen", async () => {
  const scores = /: ([\d.]+), ([\d.]+)$/.exec((await linesOf("plain")).at(-1) ?? "")?.slice(1) ?? [];
  expect(scores).toHaveLength(2);
  for (const score of scores) expect(Number(score)).toBeGreaterThan(0.95);
});

longTest("an RxJS program stops by its event, and its data stays near the trainer", async () => {
  const lines = await linesOf("rxjs");
  expect(lines).toContain("stopped by an event after 80 batches: 60 of north, 20 of south");
  const [, lead] = /never more than (\d+) batches ahead/.exec(lines.at(-1) ?? "") ?? [];
  expect(Number(lead)).toBeLessThanOrEqual(4);
});

longTest("a training that was killed goes on as if it had not been", async () => {
  const lines = await linesOf("resume");
  // The kill comes from outside, some steps later or not.
  expect(lines.filter((line) => /killed\.json: \d+ steps, then killed$/.test(line))).not.toEqual([]);
  expect(lines.at(-1)).toBe("the same losses and scans");
});

longTest("ranks see together what one process sees", async () => {
  const lines = await linesOf("ranks");
  expect(lines.filter((line) => line.startsWith("rank "))).toHaveLength(6);
  expect(lines.at(-1)).toBe("the same items and voxels with any number of ranks");
});
