import { totalmem } from "node:os";

/** The memory of the machine, or of the container that the process runs in, in bytes. */
export function availableMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  const total = totalmem();
  // Without a limit, systems say 0 or an enormous number.
  return limit > 0 && limit < total ? limit : total;
}
