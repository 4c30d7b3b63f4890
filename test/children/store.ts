/**
 * A process that uses a store and may be killed. Arguments: the folder, what to do, and what that needs.
 *
 * - `fill NAME`: writes entries NAME-0, NAME-1, … for ever, and sends each number once it is committed.
 * - `once FILE`: appends a line to FILE within the computation of `shared`, and sends the answer.
 * - `hold KEY`: begins to compute KEY, says so, and never ends.
 * - `crowd COUNT`: writes COUNT entries of 20 MB at once, and sends the most memory that it ever took, in MB.
 * - `some NAME MAX`: writes 60 entries into a store of MAX bytes, and sends the most bytes that it ever saw in there.
 * - `full NAME`: writes entries until that fails, and sends how; then whether those before are whole, and whether the store serves on.
 * - `use NAME`: sends the result of using the store: reading NAME and writing it.
 * - `crammed`: fills the store until a write fails, clears it, and sends what happened, at last whether it closed.
 */
import { appendFile } from "node:fs/promises";
import { isVoxRxError, lmdbStore, Volume } from "../../src/index.ts";
import { entryOf, sumOf } from "../support/store-entry.ts";

const [folder = "", task, name = "", maxBytes = "20GiB"] = process.argv.slice(2);
const store = lmdbStore(folder, { maxBytes });
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
  // The test lets the computation end once all children have asked.
  const finish = new Promise((resolve) => process.once("message", resolve));
  void send("asking");
  const compute = async () => {
    await appendFile(name, "computed\n");
    await finish;
    return { value: entryOf(7), files: [] };
  };
  const { stored, outcome } = await store.getOrCompute({ id: "shared", compute });
  await send({ outcome, sum: sumOf(stored.value) });
  await store.close();
  process.disconnect?.();
} else if (task === "hold") {
  const compute = async (): Promise<never> => {
    // LMDB ends the transaction of the look before in a later turn: until then it uses the lock file.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
    await send("computing");
    return new Promise(() => setInterval(() => undefined, 1_000));
  };
  await store.getOrCompute({ id: name, compute });
} else if (task === "crowd") {
  const image = new Volume({ data: new Float32Array(5_000_000).fill(1), shape: [1, 5_000, 1_000, 1] });
  const write = (n: number) => store.set(`big ${n}`, { value: { image }, files: [] });
  await Promise.all(Array.from({ length: Number(name) }, (_, n) => write(n)));
  await send(process.resourceUsage().maxRSS / 1_000);
  await store.close();
} else if (task === "some") {
  let most = 0;
  for (let n = 0; n < 60; n++) {
    await store.set(`${name}-${n}`, { value: entryOf(n), files: [] });
    most = Math.max(most, (await store.stats()).bytes);
  }
  await send(most);
  await store.close();
} else if (task === "full") {
  const write = (n: number) => store.set(`${name}-${n}`, { value: entryOf(n), files: [] });
  let committed = 0;
  let failure: unknown;
  while (committed < 500 && !failure) {
    failure = await write(committed).then(
      () => void committed++,
      (error: unknown) => error,
    );
  }
  const sums = new Set<boolean>();
  for (let n = 0; n < committed; n++) sums.add(sumOf((await store.get(`${name}-${n}`))?.value) === sumOf(entryOf(n)));
  const { damaged } = await store.verify();
  for (let n = 0; n < committed; n++) await store.delete(`${name}-${n}`);
  await write(0);
  const code = isVoxRxError(failure) ? failure.code : String(failure);
  await send({ code, committed, whole: [...sums], damaged, entries: (await store.stats()).entries });
  await store.close();
} else if (task === "use") {
  const use = async () => {
    await store.get(name);
    await store.set(name, { value: entryOf(1), files: [] });
    return "used";
  };
  const code = await use().catch((error: unknown) => (isVoxRxError(error) ? error.code : String(error)));
  await store.close();
  await send(code);
  process.disconnect?.();
} else if (task === "crammed") {
  const write = (n: number) => store.set(`${n}`, { value: new Uint8Array(16_384), files: [] });
  let failure: unknown;
  for (let n = 0; n < 2_000 && !failure; n++)
    failure = await write(n).then(
      () => undefined,
      (error: unknown) => error,
    );
  await store.clear();
  const { entries } = await store.stats();
  await write(0);
  // One that no room can be made for, just before the close.
  const large = await store
    .set("large", { value: new Uint8Array(30_000_000), files: [] })
    .catch((error: unknown) => error);
  await store.close();
  const codes = [failure, large].map((error) => (isVoxRxError(error) ? error.code : String(error)));
  await send({ codes, entries, isClosed: true });
  process.disconnect?.();
}
