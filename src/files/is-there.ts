import { stat } from "node:fs/promises";
import { systemCode } from "./disk-failure.ts";

/** Whether there is a file or directory at a path. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return false;
    throw error;
  }
}
