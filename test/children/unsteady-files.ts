/**
 * To be imported before a program: makes its calls that change files as unsteady as those to a file server. A call may be
 * delayed, and it may be repeated after it was done, as when the answer was lost: then the answer to the second one
 * counts, so a rename fails with ENOENT, and a link or an exclusive open with EEXIST. The clock jumps by a year, back and
 * forth.
 */
import { createRequire, syncBuiltinESMExports } from "node:module";

const files: Record<string, (...args: unknown[]) => Promise<unknown>> = createRequire(import.meta.url)(
  "node:fs/promises",
);
let state = process.pid;

/** Evenly from 0 to 1: the same every time for a process id (a linear congruence). */
function chance(): number {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
  return state / 2 ** 31;
}

for (const name of ["rename", "link", "unlink", "rm", "mkdir", "open"]) {
  const real = files[name];
  if (!real) continue;
  files[name] = async (...args: unknown[]) => {
    if (chance() < 0.3) await new Promise((resolve) => setTimeout(resolve, chance() * 30));
    const isRepeated = chance() < 0.4 && (name !== "open" || args[1] === "wx");
    const first = await real(...args);
    if (chance() < 0.3) await new Promise((resolve) => setTimeout(resolve, chance() * 30));
    if (!isRepeated) return first;
    if (
      name === "open" &&
      typeof first === "object" &&
      first !== null &&
      "close" in first &&
      typeof first.close === "function"
    )
      await first.close();
    return real(...args);
  };
}
syncBuiltinESMExports();

const { now } = Date;
Date.now = () => now() + (chance() < 0.5 ? -1 : 1) * 365 * 86_400_000;
