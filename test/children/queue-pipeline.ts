/**
 * A pipeline that tests compute in blocks, and control by files in a directory that VOXRX_TEST_DIR names: an item notes
 * that it has begun, waits as long as there is a file `hold-ID`, and fails as long as there is a file `fail-ID`.
 */
import { appendFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Dataset } from "voxrx";
import { map } from "voxrx/operators";

const dir = process.env.VOXRX_TEST_DIR ?? ".";
const count = Number(process.env.VOXRX_TEST_ITEMS ?? 8);

const items = Array.from({ length: count }, (_, n) => ({ id: `item-${n}`, n }));

export default Dataset.from(items, { id: ({ id }) => id }).pipe(
  map(
    async ({ id, n }: { id: string; n: number }) => {
      appendFileSync(join(dir, "begun"), `${id}\n`);
      while (existsSync(join(dir, `hold-${id}`))) await wait(5);
      if (existsSync(join(dir, `fail-${id}`))) throw new Error(`the scanner of ${id} was off`);
      return { n };
    },
    { name: "measure", version: 1 },
  ),
);
