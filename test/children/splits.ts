/** What a module of a user exports, for `voxrx lock`. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Dataset } from "voxrx";
import { readShards } from "voxrx/datasets";
import { map } from "voxrx/operators";
import { scansIn } from "../support/locked-training.ts";

export { scansIn };

export const shardsIn = (dir: string) =>
  readShards(
    readdirSync(dir)
      .filter((name) => name.endsWith(".tar"))
      .map((name) => join(dir, name)),
  );

export const numbers = Dataset.from([1, 2]);

/** Scans of which one fails. */
export const failingIn = (dir: string, names: readonly string[]) =>
  scansIn(dir, names).pipe(
    map((item) => {
      if (item.subject === names[1]) throw new Error("the second is broken");
      return item;
    }),
  );
