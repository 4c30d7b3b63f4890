import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "./disk-failure.ts";
import { isThere } from "./is-there.ts";

/**
 * Makes a directory and those above it that are missing, and returns the first one that was made; undefined if all were
 * there. Node's recursive mkdir reports a full disk, a read-only one and others as ENOENT: the error thrown here has the
 * system's own code.
 */
export async function makeDirectory(path: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true });
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    return makeOneByOne(path);
  }
}

async function makeOneByOne(path: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let here = path; !(await isThere(here)); here = dirname(here)) {
    missing.push(here);
    if (dirname(here) === here) break;
  }
  for (const dir of missing.reverse()) {
    await mkdir(dir).catch((error: unknown) => {
      if (systemCode(error) !== "EEXIST") throw error; // another process made it in the meantime
    });
  }
  return missing[0];
}
