/**
 * A process that takes a lock again and again, and may be killed. Arguments: the lock, a file that exists while somebody
 * is inside, and how many times; `hold` takes it once and stays inside. Sends each time that it was inside, and `two` if somebody else was there too.
 */
import { readFile, unlink, writeFile } from "node:fs/promises";
import * as v from "valibot";
import { withFileLock } from "../../src/files/file-lock.ts";
import { parseJson } from "../../src/files/parse-json.ts";
import { processIdentitySchema, processState, thisProcess } from "../../src/files/process-identity.ts";

const [lock = "", inside = "", times = "1"] = process.argv.slice(2);
const self = JSON.stringify(thisProcess());
const send = (message: unknown) => new Promise<void>((done) => process.send?.(message, undefined, {}, () => done()));

if (times === "hold") {
  await withFileLock(lock, undefined, async () => {
    await send("inside");
    await new Promise<never>(() => setInterval(() => undefined, 1_000));
  });
}
for (let n = 0; n < Number(times); n++) {
  await withFileLock(lock, undefined, async () => {
    // What a killed process left does not count.
    const other = v.safeParse(processIdentitySchema, parseJson(await readFile(inside, "utf8").catch(() => "")));
    if (other.success && processState(other.output) === "running") await send("two");
    await writeFile(inside, self);
    await send(n);
    if ((await readFile(inside, "utf8")) !== self) await send("two");
    await unlink(inside);
  });
}
process.disconnect?.();
