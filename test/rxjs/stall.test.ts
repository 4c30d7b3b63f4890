import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { childScript } from "../support/children.ts";

describe("in a process where nothing else is alive", () => {
  const run = (program: string) => promisify(execFile)(process.execPath, [childScript("rxjs"), program]);

  test("a stall is an error that names the operator and ahead, and no silent exit", async () => {
    const { stdout } = await run("stall");
    const [code, message]: string[] = JSON.parse(stdout);
    expect(code).toBe("VOXRX_STALLED");
    expect(message).toContain("rxjs(grouped)");
    expect(message).toContain("ahead 1");
  });

  test("an rxjs that shows no work is used all the same, with one warning", async () => {
    const { stdout, stderr } = await run("unseen");
    expect(JSON.parse(stdout)).toEqual([50, 50]);
    expect(stderr.match(/VOXRX_RXJS_UNSEEN/g)?.length).toBe(1);
  });
});
