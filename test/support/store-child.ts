/**
 * A process that uses a store and may be killed. Arguments: the folder, what to do, and what that needs.
 *
 * - `fill NAME`: writes entries NAME-0, NAME-1, … for ever, and sends each number once it is committed.
 * - `once FILE`: appends a line to FILE within the computation of `shared`, and sends the answer.
 * - `hold KEY`: begins to compute KEY, says so, and never ends.
 */
import { appendFile } from "node:fs/promises";
import { lmdbStore } from "../../src/index.ts";
import { entryOf, sumOf } from "./store-entry.ts";

const [folder = "", task, name = ""] = process.argv.slice(2);
const store = lmdbStore(folder);
const send = (message: unknown) => new Promise<void>((done) => process.send?.(message, undefined, {}, () => done()));

if (task === "fill") {
  for (let n = 0; ; n++) {
    await store.set(`${name}-${n}`, { value: entryOf(n), files: [] });
    await send(n);
  }
} else if (task === "once") {
  await store.stats();
  await send("ready");
  await new Promise((resolve) => process.once("message", resolve));
  const compute = async () => {
    await appendFile(name, "computed\n");
    // Long enough that the others ask while it is under way.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return { value: entryOf(7), files: [] };
  };
  const { stored, how } = await store.getOrCompute({ key: "shared", compute });
  await send({ how, sum: sumOf(stored.value) });
  await store.close();
  process.disconnect?.();
} else if (task === "hold") {
  const compute = () => send("computing").then(() => new Promise<never>(() => setInterval(() => undefined, 1_000)));
  await store.getOrCompute({ key: name, compute });
}
