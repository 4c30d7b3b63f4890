import * as rx from "rxjs";
import { describe, expect, test } from "vitest";
import { countingSource, takeAndLeave, turns } from "../support/counting.ts";
import { aliases, exceptions, pageText, type Row, table } from "./rxjs-operators.ts";

const items = Array.from({ length: 20 }, (_, n) => n);
const rows = Object.entries(table);

test("law 8: every function that rxjs exports is in the table, an alias, or an exception with a reason", () => {
  const functions = Object.entries(rx).filter(([name, value]) => typeof value === "function" && /^[a-z]/.test(name));
  const stated = [...Object.keys(table), ...Object.keys(aliases), ...Object.values(exceptions).flat()];
  const unstated = functions.map(([name]) => name).filter((name) => !stated.includes(name));
  expect(unstated).toEqual([]);
  expect(stated.filter((name) => !(name in rx))).toEqual([]);
  expect(new Set(stated).size).toBe(stated.length);
  for (const [alias, name] of Object.entries(aliases)) {
    expect(name in table).toBe(true);
    expect(Reflect.get(rx, alias)).toBe(Reflect.get(rx, name));
  }
});

test("law 8: the table in the docs is the one that is tested", async () => {
  // Written by: npx vitest run test/laws/law8 -u
  await expect(pageText()).toMatchFileSnapshot("../../docs/rxjs-table.md");
});

describe.each(rows)("law 8: %s inside Dataset.pipe", (_, { operator, asks, expected }) => {
  test("asks for no more items than its outputs need", async () => {
    const { source, counts } = countingSource();
    const outputs = await takeAndLeave(source.pipe(operator), 3);
    if (asks !== "free") expect(counts.produced).toBe(asks === "all" ? 1000 : asks);
    expect(outputs.length).toBeLessThanOrEqual(3);
    expect(counts.closed).toBe(counts.opened);
    const { produced } = counts;
    await turns(5);
    expect(counts.produced).toBe(produced);
  });

  test("loses nothing and completes, with a source that answers at once and one that answers later", async () => {
    for (const later of [false, true]) {
      const { source, counts } = countingSource({ length: 20, later });
      const outputs = await source.pipe(operator).toArray();
      await expectOutputs(outputs, { operator, asks, expected });
      expect(counts.closed).toBe(counts.opened);
    }
  });

  test("closes its sources when the consumer throws, when a signal aborts and when the source fails", async () => {
    const thrown = countingSource({ length: 20 });
    const consume = async () => {
      for await (const _ of thrown.source.pipe(operator)) throw new Error("mine");
    };
    await consume().catch((error: Error) => expect(error.message).toBe("mine"));
    expect(thrown.counts.closed).toBe(thrown.counts.opened);

    const aborted = countingSource({ hangsAt: 2 });
    const controller = new AbortController();
    const reason = new Error("enough");
    const run = aborted.source.pipe(operator).forEach(() => {}, { signal: controller.signal });
    const heard = run.catch((error: unknown) => error);
    while (aborted.counts.opened === 0) await turns(1);
    controller.abort(reason);
    expect([reason, undefined]).toContain(await heard);
    await turns(2);
    expect(aborted.counts.closed).toBe(aborted.counts.opened);

    const failing = countingSource({ throwsAt: 10 });
    await takeAndLeave(failing.source.pipe(operator), 50).catch((error: unknown) => error);
    expect(failing.counts.opened).toBeGreaterThan(0);
    expect(failing.counts.closed).toBe(failing.counts.opened);
  });
});

async function expectOutputs(outputs: readonly unknown[], { operator, expected }: Row): Promise<void> {
  if (expected === "items") return expect(outputs).toEqual(items);
  if (expected === "cut") return expect(outputs.flat()).toEqual(items);
  if (expected === "other") return expect(outputs.flat().every((n) => items.includes(Number(n)))).toBe(true);
  if (typeof expected !== "string") return expect(outputs).toEqual(expected);
  const plain = await rx.lastValueFrom(rx.from(items).pipe(operator, rx.toArray()));
  if (expected === "plain") return expect(outputs).toEqual(plain);
  expect(outputs.toSorted()).toEqual(plain.toSorted());
}
