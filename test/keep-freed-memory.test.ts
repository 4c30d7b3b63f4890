import { afterEach, expect, test, vi } from "vitest";
import { koffiIfInstalled, systemLibrary } from "../src/koffi.ts";
import { runChild } from "./support/children.ts";
import { casesOf } from "./support/long.ts";

const koffi = koffiIfInstalled();
const libc = koffi && systemLibrary(koffi, ["libc.so.6"]);

afterEach(() => void vi.unstubAllEnvs());

function isGlibc(): boolean {
  try {
    return libc?.func("mallinfo2", "int", []) !== undefined;
  } catch {
    return false;
  }
}

/** What a process says about memory of so many bytes, or of so many blocks of them. */
async function told(bytes: number, blocks = 0): Promise<string> {
  const { output, code } = await runChild(["--expose-gc"], "memory", String(bytes), String(blocks));
  expect(code, output).toBe(0);
  return output.trim();
}

test.skipIf(!isGlibc())("freed memory of up to 256 MiB stays in the process", async () => {
  for (const bytes of casesOf([40_000_000, 1_000_000, 20_000_000])) expect(await told(bytes)).toBe("kept");
  expect(await told(300_000_000)).toBe("mapped");
});

test.skipIf(!isGlibc())("memory that was freed at once, of several scans, is used again", async () => {
  for (const blocks of casesOf([8, 3, 16]))
    expect(await told(40_000_000, blocks), `${blocks} blocks`).toBe("used again");
});

test.skipIf(!isGlibc())("who sets glibc's own variables decides", async () => {
  vi.stubEnv("MALLOC_TRIM_THRESHOLD_", "131072");
  expect(await told(40_000_000)).toBe("mapped");
});
