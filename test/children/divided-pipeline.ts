/**
 * A pipeline for `voxrx run --out`, controlled by `control.json` in the directory that the environment names:
 * `{ items, fail, hold, end, note }`, numbers of items that fail, that wait until `control.json` no longer holds them, and
 * that end their process, and a field of all records. Each computation leaves a file `computed-ITEM-PID-N` there; one that waits, `held-ITEM-PID`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Dataset, Volume } from "voxrx";
import { map } from "voxrx/operators";

interface Control {
  readonly items: number;
  readonly fail?: readonly number[];
  readonly hold?: readonly number[];
  readonly end?: readonly number[];
  readonly note?: string;
}

const dir = process.env.VOXRX_TEST_DIR ?? "";
const control = (): Control => JSON.parse(readFileSync(join(dir, "control.json"), "utf8"));
let computed = 0;

const { note = "" } = control();
const records = Array.from({ length: control().items }, (_, n) => ({ n, note }));

export default Dataset.from(records, { id: ({ n }) => `item${n}`, seed: 3 }).pipe(
  map(async ({ n }, { random, signal }) => {
    writeFileSync(join(dir, `computed-${n}-${process.pid}-${computed++}`), "");
    if (control().hold?.includes(n)) writeFileSync(join(dir, `held-${n}-${process.pid}`), "");
    while (control().hold?.includes(n)) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (control().fail?.includes(n)) throw new Error(`item ${n} is broken`);
    if (control().end?.includes(n)) process.kill(process.pid, "SIGKILL");
    const data = Uint8Array.from({ length: 64 }, () => random().integer(256));
    return { n, image: new Volume({ data: data.fill(n, 0, 8), shape: [1, 4, 4, 4] }) };
  }),
);
