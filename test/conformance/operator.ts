/** What every operator promises, whatever it does. */
import { type Observable, of } from "rxjs";
import { describe, expect, test } from "vitest";
import { Dataset, IndexedDataset } from "voxrx";
import { turns } from "../support/counting.ts";
import { spelledOut } from "../support/volumes.ts";

/** One operator to be held to its promises. */
export interface OperatorCase {
  /** Items that it can work on: three or more, made anew for every test. */
  readonly items: () => readonly unknown[];
  /** The operator, made anew. */
  readonly make: () => (source: Observable<unknown>) => Observable<unknown>;
  /** Whether an indexed dataset stays one behind it. */
  readonly keepsIndex: boolean;
}

/** Runs the suite on one operator. */
export function operatorConformance(name: string, { items, make, keepsIndex }: OperatorCase): void {
  const over = (source: Dataset<unknown>): Dataset<unknown> => source.pipe(make());
  const plainly = async (dataset: Dataset<unknown>) => (await dataset.toArray()).map(spelledOut);

  describe(`operator ${name}`, () => {
    test("composing and explaining it does no work", async () => {
      let pulled = 0;
      const ds = over(
        Dataset.from(() => {
          pulled++;
          return items();
        }),
      );
      expect(ds.explain()).toContain("epoch 0 is next");
      await turns(3);
      expect(pulled).toBe(0);
    });

    test("is an RxJS OperatorFunction whose result is a Dataset", async () => {
      const piped = of(...items()).pipe(make());
      expect(piped).toBeInstanceOf(Dataset);
      expect(await plainly(piped as Dataset<unknown>)).toEqual(await plainly(over(Dataset.from(() => items()))));
    });

    test("gives the same items again in the same epoch, over a list and over a stream", async () => {
      const ds = over(Dataset.from([...items()]));
      const first = await plainly(ds.epoch(3));
      expect(first.length).toBeGreaterThan(0);
      expect(await plainly(ds.epoch(3))).toEqual(first);
    });

    test("leaves the items that it is given as they were", async () => {
      const given = items();
      const before = given.map(spelledOut);
      for await (const _ of over(Dataset.from([...given]))) await turns(1);
      expect(given.map(spelledOut)).toEqual(before);
    });

    test(keepsIndex ? "keeps an index: at(i) is the i-th item" : "does not claim an index", async () => {
      const ds = over(Dataset.from([...items()]));
      expect(ds instanceof IndexedDataset).toBe(keepsIndex);
      if (!(ds instanceof IndexedDataset)) return;
      const all = await plainly(ds.epoch(1));
      await ds.ready();
      expect(ds.length).toBe(all.length);
      for (const [i, item] of all.entries()) expect(spelledOut(await ds.at(i, { epoch: 1 }))).toEqual(item);
      await expect(ds.at(all.length)).rejects.toMatchObject({ code: "VOXRX_OUT_OF_RANGE" });
    });

    test("passes an empty dataset", async () => {
      expect(await over(Dataset.from([])).toArray()).toEqual([]);
    });
  });
}
