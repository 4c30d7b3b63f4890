import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, test } from "vitest";
import { Dataset, downloadFile, readVolume, saveImage, Volume } from "voxrx";
import { concat, flatMap, load, mapAsync, prefetch, zip } from "voxrx/operators";
import { onAbort } from "../../src/async/on-abort.ts";

test("each listener is called once, until it is removed, also one that another one removes", () => {
  const controller = new AbortController();
  const said: string[] = [];
  const same = () => void said.push("same");
  onAbort(controller.signal, same);
  onAbort(controller.signal, same);
  onAbort(controller.signal, () => said.push("gone"))();
  let removeLast: () => void = () => undefined;
  onAbort(controller.signal, () => removeLast());
  removeLast = onAbort(controller.signal, () => void said.push("last"));
  controller.abort();
  expect(said).toEqual(["same", "same"]);
});

test("a signal keeps no listener of what has ended", async () => {
  const { signal } = new AbortController();
  let added = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: unknown[]) => {
    added++;
    Reflect.apply(addEventListener, signal, given);
  };
  signal.removeEventListener = (...given: unknown[]) => {
    added--;
    Reflect.apply(removeEventListener, signal, given);
  };
  for (let n = 0; n < 3; n++) {
    await Dataset.from([1, 2, 3]).pipe(prefetch(2)).toArray({ signal });
  }
  expect(added).toBe(0);
});

test("no warning about listeners, however much is in work with one signal", async () => {
  const warnings: string[] = [];
  const hear = (warning: Error) => void warnings.push(`${warning.name}: ${warning.message}`);
  process.on("warning", hear);
  const dir = await mkdtemp(join(tmpdir(), "listeners-"));
  const server = createServer((_, response) => response.end("bytes")).listen(0);
  const { signal } = new AbortController();
  try {
    const path = join(dir, "a.nii.gz");
    await saveImage(new Volume({ data: new Uint8Array(8), shape: [1, 2, 2, 2] }), path);
    const { port } = server.address() as AddressInfo;
    const many = Array.from({ length: 40 }, (_, n) => n);
    const paths = Dataset.from(many.map(() => ({ image: path })));
    const numbers = () => Dataset.from(many);
    await paths.pipe(load({ keys: "image", concurrency: 40 })).toArray({ signal });
    await paths.pipe(load(["image"]), prefetch({ concurrency: 40, buffer: 40 })).toArray({ signal });
    await numbers()
      .pipe(mapAsync((_, context) => wait(1, undefined, { signal: context.signal }), { concurrency: 40 }))
      .toArray({ signal });
    await zip(...many.map(numbers)).toArray({ signal });
    await concat(...many.map(() => numbers().pipe(flatMap((n) => [n])))).toArray({ signal });
    await Promise.all(many.map(() => numbers().toArray({ signal })));
    await Promise.all(many.map(() => readVolume(path, { signal })));
    await Promise.all(
      many.map((n) => downloadFile({ url: `http://127.0.0.1:${port}/${n}`, path: join(dir, `${n}.bin`), signal })),
    );
    await new Promise((resolve) => setImmediate(resolve)); // a warning comes in a later turn
  } finally {
    process.off("warning", hear);
    server.close();
    await rm(dir, { recursive: true, force: true });
  }
  expect(warnings).toEqual([]);
});
