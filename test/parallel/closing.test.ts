import { describe, expect, test } from "vitest";
import { Dataset, onWarning, Volume } from "voxrx";
import * as op from "voxrx/operators";
import { transformsOf } from "../../src/extend-plan.ts";
import { Chain } from "../../src/parallel/chain.ts";
import * as own from "../support/moving-operators.ts";
import { onThreads } from "../support/worker-program.ts";

describe("a run that is closed while a thread works", () => {
  const endless = () =>
    Dataset.from([{ n: 0 }, { n: 1 }, { n: 2 }]).pipe(own.worksForEver({}), op.parallel(onThreads(1)));

  /** Resolves when a thread says that it has begun. */
  function begun(): Promise<void> {
    return new Promise((resolve) => {
      const off = onWarning(({ message }) => {
        if (message !== "begun") return;
        off();
        resolve();
      });
    });
  }

  /** The only thread must be free again for this to end. */
  async function threadIsFree(): Promise<void> {
    const next = Dataset.from([{ n: 7 }]).pipe(own.noteThread({}), op.parallel(onThreads(1)));
    expect(await next.toArray()).toMatchObject([{ n: 7 }]);
  }

  test("by return(): it settles, and the thread stops what nobody waits for", async () => {
    const started = begun();
    const run = endless().iterate();
    const pending = run.next();
    await started;
    expect(await run.return()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    await threadIsFree();
  });

  test("by a signal: it rejects with its reason", async () => {
    const started = begun();
    const controller = new AbortController();
    const pending = endless().toArray({ signal: controller.signal });
    await started;
    controller.abort("enough");
    await expect(pending).rejects.toBe("enough");
    await threadIsFree();
  });

  test("by throw() and by unsubscribe", async () => {
    const mine = new Error("mine");
    const started = begun();
    const run = endless().iterate();
    const pending = run.next();
    await started;
    await expect(run.throw(mine)).rejects.toBe(mine);
    await pending;
    const startedAgain = begun();
    const subscription = endless().subscribe();
    await startedAgain;
    subscription.unsubscribe();
    await threadIsFree();
  });
});

describe("long transforms look, between slabs, whether they were stopped", () => {
  const image = new Volume({ data: Float32Array.from({ length: 24 ** 3 }, (_, n) => n % 7), shape: [1, 24, 24, 24] });
  const label = image.mapSamples((value) => (value > 3 ? 1 : 0), { dtype: "uint8" });

  test.each<[string, () => ReturnType<typeof op.flip>, Volume]>([
    ["rotate", () => op.rotate({ angle: 0.3 }), image],
    ["rotate, nearest", () => op.rotate({ angle: 0.3, mode: "nearest" }), image],
    ["spacing", () => op.spacing({ pixdim: 1.5 }), image],
    ["gaussianSmooth", () => op.gaussianSmooth({ sigma: 2 }), image],
    ["medianSmooth", () => op.medianSmooth({ radius: 1 }), image],
    ["distanceTransformEDT", () => op.distanceTransformEDT({}), label],
    ["keepLargestConnectedComponent", () => op.keepLargestConnectedComponent({}), label],
  ])("%s", async (_, make, volume) => {
    let looks = 0;
    const transforms = transformsOf(make()) ?? [];
    const run = { epoch: 0, seed: 0, signal: new AbortController().signal, throwIfStopped: () => void looks++ };
    const chain = Chain.of({ seed: 0, randomCount: 0 }, [transforms]);
    const entry = await chain.apply({ id: "0", index: 0, value: volume, next: null }, run, {});
    expect(entry?.value).toBeInstanceOf(Volume);
    // Once before the transform, and then in it.
    expect(looks).toBeGreaterThan(10);
  });
});
