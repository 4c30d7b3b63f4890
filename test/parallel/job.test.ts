import { expect, test } from "vitest";
import { Chain } from "../../src/parallel/chain.ts";
import { Job } from "../../src/parallel/job.ts";

test("a thread keeps the process while its consumer waits, also if it said before that it waits itself", async () => {
  const place = { seed: 0, randomCount: 0 };
  const chain = { data: { ...place, id: "c", steps: [], modules: [], fingerprints: [] }, here: Chain.of(place, []) };
  const run = { epoch: 0, seed: 0, signal: new AbortController().signal };
  const job = new Job({ chain, entry: { id: "0", index: 0, value: 1, next: null }, run, notes: {} }, () => undefined);
  let isWaiting = false;
  job.begin({ number: 1, post: () => undefined, leave: () => undefined, rest: (_, waits) => void (isWaiting = waits) });
  const { task } = job;
  const result = {
    kind: "result",
    task,
    id: "0/0",
    index: 0,
    draws: undefined,
    next: null,
    node: 7,
    files: [],
    worked: undefined,
  } as const;
  job.receive({ ...result, isLast: false });
  job.receive({ kind: "waits", task });
  expect(isWaiting).toBe(true);
  expect((await job.next())?.value).toBe(7);
  expect(isWaiting).toBe(false);
  const pending = job.next();
  job.receive({ kind: "waits", task });
  expect(isWaiting).toBe(false);
  job.receive({ ...result, node: 8, isLast: true });
  expect((await pending)?.value).toBe(8);
});
