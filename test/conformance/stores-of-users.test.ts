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
import { untilAborted } from "../../src/async/single-flight.ts";
import { temporaryFolder } from "../support/folder.ts";

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());
let folders = 0;

/** A store in a directory of its own, one file for each entry: all that a user writes. */
function directoryStore(dir: string, options?: StoreOverOptions): Store {
  const pathOf = (key: string) => join(dir, key);
  return storeOver(
    {
      name: `directoryStore(${dir})`,
      get: (key) => readFile(pathOf(key)).catch(unlessMissing),
      async set(key, bytes) {
        await mkdir(dir, { recursive: true });
        const draft = pathOf(`${randomUUID()}.tmp`);
        await writeFile(draft, bytes);
        await rename(draft, pathOf(key));
      },
      delete: (key) => rm(pathOf(key), { force: true }),
      async *list() {
        for (const key of (await readdir(dir).catch(unlessMissing)) ?? []) {
          const file = await stat(pathOf(key)).catch(unlessMissing);
          if (file) yield { key, size: file.size };
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
    get: (key) => store.get(key),
    set: (key, item) => store.set(key, item),
    delete: (key) => store.delete(key),
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
    /^an item comes out of a hit/,
    () => answering(({ stored, how }) => ({ how, stored: { ...stored, value: withoutUndefined(stored.value) } })),
  ],
  [
    "gives what it can't keep",
    /^what has no stored form is refused/,
    () => (store) => ({
      async getOrCompute(request) {
        try {
          return await store.getOrCompute(request);
        } catch (error) {
          if (!isVoxRxError(error, "VOXRX_UNCACHEABLE")) throw error;
          return { stored: await request.compute(), how: "computed" };
        }
      },
    }),
  ],
  [
    "ignores the case of keys",
    /^set replaces, get looks and delete forgets/,
    () => (store) => ({
      get: (key) => store.get(key.toLowerCase()),
      set: (key, item) => store.set(key.toLowerCase(), item),
      delete: (key) => store.delete(key.toLowerCase()),
    }),
  ],
  [
    "hands one object out to all who hit",
    /^nothing done to what was handed out/,
    () => {
      const handed = new Map<string, StoredItem>();
      return answering((answer, { key }) => {
        if (answer.how !== "hit") return answer;
        const stored = handed.get(key) ?? answer.stored;
        handed.set(key, stored);
        return { ...answer, stored };
      });
    },
  ],
  [
    "hands one object out to all who wait",
    /^those who wait for one computation can't change each other's item/,
    () => {
      const computed = new Map<string, StoredItem>();
      return answering((answer, { key }) => {
        if (answer.how === "computed") computed.set(key, answer.stored);
        return answer.how === "joined" ? { ...answer, stored: computed.get(key) ?? answer.stored } : answer;
      });
    },
  ],
  [
    "drops everything when it is nearly full",
    /^it stays within its limit/,
    () => (store) => ({
      async set(key, item) {
        if ((await store.stats()).entries >= 4) await store.clear();
        await store.set(key, item);
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
          const known = large.get(request.key);
          if (known) return { stored: known, how: "hit" };
          const answer = await store.getOrCompute(request);
          const { value } = answer.stored;
          if (value instanceof Volume && value.size === 20_000) large.set(request.key, answer.stored);
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
    /^those who ask at once share one computation/,
    () =>
      answering(async (answer, { compute }) =>
        answer.how === "joined" ? { ...answer, stored: await compute() } : answer,
      ),
  ],
  [
    "keeps failures",
    /^a failure rejects for all who wait, and is not kept/,
    () => {
      const failed = new Map<string, unknown>();
      return (store) => ({
        async getOrCompute(request) {
          if (failed.has(request.key)) throw failed.get(request.key);
          try {
            return await store.getOrCompute(request);
          } catch (error) {
            if (!request.signal && !isVoxRxError(error)) failed.set(request.key, error);
            throw error;
          }
        },
      });
    },
  ],
  [
    "does not look at a signal that has aborted before",
    /^an asker that aborts stops waiting/,
    () => (store) => ({
      getOrCompute: ({ signal, ...request }) =>
        store.getOrCompute(signal && !signal.aborted ? { ...request, signal } : request),
    }),
  ],
  [
    "computes for askers that have left",
    /^nothing is computed if all askers left/,
    () => (store) => ({
      getOrCompute: ({ signal, ...request }) => untilAborted(store.getOrCompute(request), signal),
    }),
  ],
  [
    "leaves the affine of a region as it was",
    /^a region of an entry is the crop/,
    () => (store) => ({
      async getRegion({ key, regions }) {
        const whole = await store.get(key);
        const cropped = await croppedBy(memoryStore(), whole, regions);
        return cropped && { ...cropped, value: withAffinesOf(whole?.value, cropped.value) };
      },
    }),
  ],
  [
    "gives what there is of a region that is not inside",
    /^a region that does not exist is refused/,
    () => (store) => ({
      async getRegion({ key, regions }) {
        const whole = await store.get(key);
        return croppedBy(memoryStore(), whole, regions).catch(() => whole);
      },
    }),
  ],
  [
    "does not know how much it holds",
    /^stats and verify count what is there/,
    () => (store) => ({ stats: async () => ({ ...(await store.stats()), bytes: 0 }) }),
  ],
  ["goes on after close", /^after close every call says so/, () => () => ({ close: async () => undefined })],
];

async function croppedBy(
  store: Store,
  item: StoredItem | undefined,
  regions: StoreRegionRequest["regions"],
): Promise<StoredItem | undefined> {
  if (!item) return undefined;
  await store.set("k", item);
  return readRegion(store, { key: "k", regions });
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
