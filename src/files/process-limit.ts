import { readFileSync } from "node:fs";

/** A limit of the system on this process; undefined where there is none, or the system does not say. */
export function processLimit(name: "Max open files" | "Max file size"): number | undefined {
  try {
    const limits = readFileSync("/proc/self/limits", "latin1");
    const soft = new RegExp(`^${name} +(\\d+)`, "m").exec(limits)?.[1];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
