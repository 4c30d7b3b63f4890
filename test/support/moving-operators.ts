/** Operators of a user, in a module that worker threads import. */
import { existsSync, writeFileSync } from "node:fs";
import { threadId } from "node:worker_threads";
import {
  itemOperator,
  partsOperator,
  randomVolumeOperator,
  type SameOperator,
  v,
  volumeOperator,
} from "../../src/extend.ts";
import { throwIfStopped } from "../../src/kernels/stop.ts";
import { warn } from "../../src/warnings.ts";

/** Whatever they add to the items, the tests look for it by themselves. */
type Same = (options: object) => SameOperator;

/** Adds the number of the thread that it works on. */
export const noteThread = itemOperator<{ field?: string }, Same>()({
  name: "noteThread",
  version: 1,
  kind: "random",
  options: { field: v.optional(v.string(), "thread") },
  apply: (item: object, { field }) => ({ ...item, [field]: threadId }),
});

/** The same, deterministic for the sake of caches. */
export const computedOn = itemOperator<object, Same>()({
  name: "computedOn",
  version: 1,
  options: {},
  apply: (item: object) => ({ ...item, computedOn: threadId }),
});

export const gain = volumeOperator<{ factor: number }>()({
  name: "gain",
  version: 1,
  options: { factor: v.number() },
  each: (volume, { factor }) => volume.mapSamples((value) => value * factor, { dtype: "float32" }),
});

export const randGain = randomVolumeOperator<{ most: number }>()({
  name: "randGain",
  version: 1,
  prob: "always",
  options: { most: v.number() },
  draw: (random, { most }) => ({ factor: random.uniform(1, most) }),
  apply: (volume, { factor }) => volume.mapSamples((value) => value * factor, { dtype: "float32" }),
});

/** A user's crop in two. */
export const halves = partsOperator<object>()({
  name: "halves",
  version: 1,
  options: {},
  count: () => 2,
  *parts(volumes) {
    const middle = (size: number) => Math.floor(size / 2);
    yield volumes.map((each) => each.crop([0, 0, 0], [middle(each.spatialShape[0] ?? 0)]));
    yield volumes.map((each) => each.crop([middle(each.spatialShape[0] ?? 0)], [...each.spatialShape]));
  },
});

/** Four parts; the thread dies before the third one as long as there is no file `mark`. */
export const dyingParts = partsOperator<{ mark: string }>()({
  name: "dyingParts",
  version: 1,
  options: { mark: v.string() },
  count: () => 4,
  *parts(volumes, { mark }) {
    for (let n = 0; n < 4; n++) {
      if (n === 2 && !existsSync(mark)) {
        writeFileSync(mark, "");
        process.exit(1);
      }
      yield volumes.map((each) => each.crop([n], [n + 1]));
    }
  },
});

/** Fails in one of several ways for items with a fault. */
export const faulty = itemOperator<object, Same>()({
  name: "faulty",
  version: 1,
  options: {},
  async apply(item: object) {
    const fault = "fault" in item ? item.fault : undefined;
    if (fault === "throws") throw new RangeError("not this one");
    if (fault === "exits") process.exit(3);
    if (fault === "crashes") {
      setImmediate(() => {
        throw new Error("out of the blue");
      });
      await new Promise(() => undefined);
    }
    if (fault === "fills the heap") for (const kept: unknown[] = []; ; ) kept.push(new Array(1e6).fill(kept.length));
    return item;
  },
});
/** Fails the first time that it is tried in a process: the thread dies. */
export const diesOnce = itemOperator<{ mark: string }, Same>()({
  name: "diesOnce",
  version: 1,
  options: { mark: v.string() },
  apply(item: object, { mark }) {
    if ("dies" in item && !existsSync(mark)) {
      writeFileSync(mark, "");
      process.exit(1);
    }
    return item;
  },
});

/** Says that it has begun, and then works until it is stopped, without a turn of the event loop. */
export const worksForEver = itemOperator<object, Same>()({
  name: "worksForEver",
  version: 1,
  options: {},
  apply(): object {
    warn({ code: "VOXRX_SURPLUS_DATA", message: "begun" });
    for (;;) throwIfStopped();
  },
});

/** Its draw can't be copied. */
export const drawsFunction = randomVolumeOperator<object>()({
  name: "drawsFunction",
  version: 1,
  prob: "always",
  options: {},
  draw: () => ({ add: (value: number) => value + 1 }),
  apply: (volume, { add }) => volume.mapSamples(add),
});

/** Its options are changed when they are checked. */
export const doubled = itemOperator<{ times: number }, Same>()({
  name: "doubled",
  version: 1,
  options: {
    times: v.pipe(
      v.number(),
      v.transform((times) => 2 * times),
    ),
  },
  kind: "random",
  apply: (item: object, { times }) => ({ ...item, times }),
});

/** Throws errors that can't be sent as they are. */
export const throwsOddly = itemOperator<{ way: string }, Same>()({
  name: "throwsOddly",
  version: 1,
  options: { way: v.string() },
  apply(_: object, { way }): object {
    const error = new TypeError("odd", { cause: Object.assign(new Error("inner"), { code: "EINNER", at: 3 }) });
    if (way === "stack") Object.defineProperty(error, "stack", { value: () => undefined });
    if (way === "field") Object.assign(error, { handle: () => undefined, code: "EODD" });
    if (way === "value") throw { a: [1, "b"] };
    throw error;
  },
});

export const warns = itemOperator<object, Same>()({
  name: "warns",
  version: 1,
  options: {},
  apply(item: object): object {
    warn({ code: "VOXRX_SURPLUS_DATA", message: "from a thread", detail: "with a detail" });
    return item;
  },
});

/** Something that can't be sent back. */
export const makesInstance = itemOperator<object, Same>()({
  name: "makesInstance",
  version: 1,
  options: {},
  apply: (item: object) => ({ ...item, made: new Map([["a", 1]]) }),
});
