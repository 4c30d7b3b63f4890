/** Runs a pipeline with progress() and writes what it draws. Argument: the name of a case. */
import { mergeMap, from as rxFrom } from "rxjs";
import { Dataset } from "voxrx";
import * as op from "voxrx/operators";

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const nothing = () => {};
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const named = (name: string, count = 3) =>
  Dataset.from(numbers(count)).pipe(
    op.map(async (n: number) => turn().then(() => n), { name: "turn", version: 1 }),
    op.progress({ name, everyMs: 0 }),
  );

const cases: Record<string, () => Promise<unknown>> = {
  plain: () => named("training", 40).toArray(),
  nameless: () => Dataset.from([1, 2, 3]).pipe(op.progress()).toArray(),
  cached: async () => {
    const cached = Dataset.from(numbers(4)).pipe(
      op.map((n: number) => n, { version: 1 }),
      op.cacheUntilRandom(),
    );
    const training = cached.pipe(op.progress({ name: "training" }));
    await training.toArray();
    await training.toArray();
  },
  two: async () => {
    const [training, validation] = [named("training", 6), named("validation", 20)];
    for await (const n of training) if (n === 2) await validation.toArray();
  },
  nested: async () => {
    const inner = () => named("inner");
    const outer = op.progress({ name: "outer", everyMs: 0 });
    await Dataset.from(() => inner())
      .pipe(outer)
      .toArray();
    await Dataset.from([1])
      .pipe(
        op.flatMap(() => inner()),
        outer,
      )
      .toArray();
    await op.zip(inner(), inner()).pipe(outer).toArray();
    await op
      .concat(inner(), inner())
      .pipe(op.shuffle({ buffer: 2 }), outer)
      .toArray();
    await Dataset.from([1])
      .pipe(
        mergeMap(() => inner()),
        outer,
      )
      .forEach(nothing);
    await Dataset.from(async ({ signal }) => inner().toArray({ signal }))
      .pipe(outer)
      .toArray();
    await Dataset.from(rxFrom(inner())).pipe(outer).toArray();
  },
  quiet: async () => {
    const training = named("training");
    await training.peek();
    await training.at(1);
    training.explain();
    const run = training.iterate();
    await run.return();
    await named("inner")
      .pipe(op.progress({ quiet: true }))
      .toArray();
    await named("inner")
      .pipe(op.progress({ onProgress: () => undefined }))
      .toArray();
  },
  failing: async () => {
    const failing = Dataset.from(numbers(4)).pipe(
      op.map(async (n: number) => {
        await turn();
        if (n === 2) throw new Error("bad");
        return n;
      }),
      op.progress({ name: "training", everyMs: 0 }),
    );
    await failing.toArray().catch(() => undefined);
  },
  left: async () => {
    for await (const n of named("training")) if (n === 1) break;
  },
  abandoned: async () => {
    await named("training").iterate().next();
    await turn();
  },
};

// It is loaded for the first bar, and a run may be over by then.
await import("cli-progress");
await cases[process.argv[2] ?? ""]?.();
