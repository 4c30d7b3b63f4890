/** A store as a user declares it keeps every promise; stores that break one promise are told so, and nothing else. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { isVoxRxError, memoryStore, Volume } from "voxrx";
import {
  type MakeStore,
  readRegion,
  runChecks,
  type Store,
  type StoreAnswer,
  type StoredItem,
  type StoreOverOptions,
  type StoreRegionRequest,
  type StoreRequest,
  storeChecks,
  storeOver,
} from "voxrx/extend";
import { untilAborted } from "../../src/async/until-aborted.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());
let folders = 0;

/** A store in a directory of its own, one file for each entry: all that a user writes. */
function directoryStore(dir: string, options?: StoreOverOptions): Store {
  const pathOf = (id: string) => join(dir, id);
  return storeOver(
    {
      name: `directoryStore(${dir})`,
      get: (id) => readFile(pathOf(id)).catch(unlessMissing),
      async set(id, bytes) {
        await mkdir(dir, { recursive: true });
        const draft = pathOf(`${randomUUID()}.tmp`);
        await writeFile(draft, bytes);
        await rename(draft, pathOf(id));
      },
      delete: (id) => rm(pathOf(id), { force: true }),
      async *list() {
        for (const id of (await readdir(dir).catch(unlessMissing)) ?? []) {
          const file = await stat(pathOf(id)).catch(unlessMissing);
          if (file) yield { id, size: file.size };
        }
      },
    },
    options,
  );
}

/** What is not there is undefined; anything else is a fault. */
function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

const makeDirectory: MakeStore = (limits) => directoryStore(join(folder.path, String(folders++)), limits);

describe("a store in a directory", () => {
  test.each(storeChecks(makeDirectory).map((check) => [check.promise, check] as const))("%s", (_, check) =>
    check.run(),
  );

  test("keeps its entries for the next process", async () => {
    const dir = join(folder.path, "kept");
    await using first = directoryStore(dir);
    await first.set("k", { value: { n: 1 }, files: [] });
    await using second = directoryStore(dir);
    expect(await second.get("k")).toEqual({ value: { n: 1 }, files: [] });
  });
});

/** A store that does as another does, but for some methods. */
function altered(store: Store, change: (store: Store) => Partial<Store>): Store {
  return {
    name: store.name,
    getOrCompute: (request) => store.getOrCompute(request),
    get: (id) => store.get(id),
    set: (id, item) => store.set(id, item),
    delete: (id) => store.delete(id),
    stats: () => store.stats(),
    verify: () => store.verify(),
    prune: (maxBytes) => store.prune(maxBytes),
    clear: () => store.clear(),
    close: () => store.close(),
    [Symbol.asyncDispose]: () => store.close(),
    ...change(store),
  };
}

/** A store whose answers are changed on their way out. */
function answering(change: (answer: StoreAnswer, request: StoreRequest) => StoreAnswer | Promise<StoreAnswer>) {
  return (store: Store): Partial<Store> => ({
    getOrCompute: async (request) => change(await store.getOrCompute(request), request),
  });
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((inner) => (inner === undefined ? null : withoutUndefined(inner)));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutUndefined(inner)]));
}

/** What is broken, the promise that it breaks, and how. */
const broken: readonly (readonly [what: string, promise: RegExp, change: () => (store: Store) => Partial<Store>])[] = [
  [
    "keeps undefined as null",
    /^a hit, and the miss before it, return the item/,
    () =>
      answering(({ stored, outcome }) => ({ outcome, stored: { ...stored, value: withoutUndefined(stored.value) } })),
  ],
  [
    "gives what it can't keep",
    /^a value without a stored form is refused/,
    () => (store) => ({
      async getOrCompute(request) {
        try {
          return await store.getOrCompute(request);
        } catch (error) {
          if (!isVoxRxError(error, "VOXRX_UNCACHEABLE")) throw error;
          return { stored: await request.compute(), outcome: "computed" };
        }
      },
    }),
  ],
  [
    "ignores the case of keys",
    /^set replaces, get reads and delete removes/,
    () => (store) => ({
      get: (id) => store.get(id.toLowerCase()),
      set: (id, item) => store.set(id.toLowerCase(), item),
      delete: (id) => store.delete(id.toLowerCase()),
    }),
  ],
  [
    "hands one object out to all who hit",
    /^changes to an item that was returned/,
    () => {
      const handed = new Map<string, StoredItem>();
      return answering((answer, { id }) => {
        if (answer.outcome !== "hit") return answer;
        const stored = handed.get(id) ?? answer.stored;
        handed.set(id, stored);
        return { ...answer, stored };
      });
    },
  ],
  [
    "hands one object out to all who wait",
    /^callers that wait for one computation can't change each other's item/,
    () => {
      const computed = new Map<string, StoredItem>();
      return answering((answer, { id }) => {
        if (answer.outcome === "computed") computed.set(id, answer.stored);
        return answer.outcome === "joined" ? { ...answer, stored: computed.get(id) ?? answer.stored } : answer;
      });
    },
  ],
  [
    "drops everything when it is nearly full",
    /^it stays within its limit/,
    () => (store) => ({
      async set(id, item) {
        if ((await store.stats()).entries >= 4) await store.clear();
        await store.set(id, item);
      },
    }),
  ],
  [
    "keeps items larger than its limit elsewhere",
    /^an item larger than its limit/,
    () => {
      const large = new Map<string, StoredItem>();
      return (store) => ({
        async getOrCompute(request) {
          const known = large.get(request.id);
          if (known) return { stored: known, outcome: "hit" };
          const answer = await store.getOrCompute(request);
          const { value } = answer.stored;
          if (value instanceof Volume && value.size === 20_000) large.set(request.id, answer.stored);
          return answer;
        },
      });
    },
  ],
  ["forgets to clear", /^prune leaves at most/, () => (store) => ({ clear: async () => void (await store.stats()) })],
  [
    "forgets what files an entry was made of",
    /^an entry whose file changed/,
    () => (store) => ({
      getOrCompute: ({ compute, ...request }) =>
        store.getOrCompute({ ...request, compute: async () => ({ value: (await compute()).value, files: [] }) }),
    }),
  ],
  [
    "computes for everyone",
    /^calls at the same time share one computation/,
    () =>
      answering(async (answer, { compute }) =>
        answer.outcome === "joined" ? { ...answer, stored: await compute() } : answer,
      ),
  ],
  [
    "keeps failures",
    /^a failure rejects all waiting calls, and is not kept/,
    () => {
      const failed = new Map<string, unknown>();
      return (store) => ({
        async getOrCompute(request) {
          if (failed.has(request.id)) throw failed.get(request.id);
          try {
            return await store.getOrCompute(request);
          } catch (error) {
            if (!request.signal && !isVoxRxError(error)) failed.set(request.id, error);
            throw error;
          }
        },
      });
    },
  ],
  [
    "does not look at a signal that has aborted before",
    /^a caller that aborts stops waiting/,
    () => (store) => ({
      getOrCompute: ({ signal, ...request }) =>
        store.getOrCompute(signal && !signal.aborted ? { ...request, signal } : request),
    }),
  ],
  [
    "computes for askers that have left",
    /^nothing is computed if all callers left/,
    () => (store) => ({
      getOrCompute: ({ signal, ...request }) => untilAborted(store.getOrCompute(request), signal),
    }),
  ],
  [
    "leaves the affine of a region as it was",
    /^a region of an entry is the crop/,
    () => (store) => ({
      async getRegion({ id, regions }) {
        const whole = await store.get(id);
        const cropped = await croppedBy(memoryStore(), whole, regions);
        return cropped && { ...cropped, value: withAffinesOf(whole?.value, cropped.value) };
      },
    }),
  ],
  [
    "gives what there is of a region that is not inside",
    /^a region that does not exist is refused/,
    () => (store) => ({
      async getRegion({ id, regions }) {
        const whole = await store.get(id);
        return croppedBy(memoryStore(), whole, regions).catch(() => whole);
      },
    }),
  ],
  [
    "does not know how much it holds",
    /^stats and verify count what is there/,
    () => (store) => ({ stats: async () => ({ ...(await store.stats()), bytes: 0 }) }),
  ],
  ["goes on after close", /^after close every call fails/, () => () => ({ close: async () => undefined })],
];

async function croppedBy(
  store: Store,
  item: StoredItem | undefined,
  regions: StoreRegionRequest["regions"],
): Promise<StoredItem | undefined> {
  if (!item) return undefined;
  await store.set("k", item);
  return readRegion(store, { id: "k", regions });
}

function withAffinesOf(whole: unknown, cropped: unknown): unknown {
  if (whole instanceof Volume && cropped instanceof Volume) return cropped.withAffine(whole.affine);
  if (typeof whole !== "object" || whole === null || typeof cropped !== "object" || cropped === null) return cropped;
  return Object.fromEntries(
    Object.entries(cropped).map(([name, value]) => [name, withAffinesOf(Reflect.get(whole, name), value)]),
  );
}

describe("a store that breaks one promise", () => {
  test.each(broken)("%s", async (_, promise, change) => {
    const checks = storeChecks((limits) => altered(memoryStore(limits), change()));
    const { broken: told } = await runChecks(checks);
    expect(told.map((each) => each.promise)).toEqual([expect.stringMatching(promise)]);
  });

  test("every promise has one that breaks it", () => {
    const promises = storeChecks(() => memoryStore()).map((check) => check.promise);
    for (const promise of promises) expect(broken.filter(([, words]) => words.test(promise))).toHaveLength(1);
    expect(promises.length).toBe(broken.length);
  });

  test("that never answers is told so in time", async () => {
    const never = () => new Promise<never>(() => undefined);
    const checks = storeChecks(() => altered(memoryStore(), () => ({ get: never })), { timeoutMs: 200 });
    const { broken: told } = await runChecks(checks);
    expect(told.map((each) => String(each.error))).toContain("Error: the check did not end within 0.2 s");
    expect(told.length).toBeLessThan(checks.length);
  });
});
