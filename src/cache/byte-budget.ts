import { OptionError } from "../errors.ts";

/** Checks the limit that a store is pruned to. @throws OptionError `VOXRX_BAD_OPTION` */
export function checkPruneLimit(maxBytes: number): void {
  if (maxBytes >= 0) return;
  throw new OptionError("VOXRX_BAD_OPTION", `maxBytes must be a number of bytes, 0 or above, got ${maxBytes}`, {
    operator: "prune",
    remedy: "Pass a number of bytes, 0 or above.",
  });
}
