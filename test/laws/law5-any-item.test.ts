import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Dataset, isVoxRxError, lmdbStore, memoryStore, type Store, tieredStore, Volume } from "voxrx";
import { registerFormat } from "voxrx/extend";
import { cacheUntilRandom, decode, map } from "voxrx/operators";
import { temporaryFolder } from "../support/folder.ts";
import { triesOf } from "../support/long.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
const runs = triesOf("VOXRX_PIPELINES", { short: 15, long: 1_000 });

class Tagged {
  tag = "a";
}
class Days extends Date {}
class Rows extends Array<number> {}
class Bytes extends Uint8Array {}

/** All of a value that a function can see, as text: prototypes, order of fields, holes, bits. */
function structure(value: unknown, above: readonly unknown[] = []): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `function ${String(value)}`;
  if (typeof value !== "object" || value === null) {
    return Object.is(value, -0) ? "-0" : `${typeof value} ${String(value)}`;
  }
  if (above.includes(value)) return "cycle";
  const within = [...above, value];
  const prototype: unknown = Object.getPrototypeOf(value);
  const kind = prototype === null ? "bare" : String(Reflect.get(Object(prototype), "constructor")?.name);
  if (value instanceof Volume) {
    const { dtype, shape, affine, meta, samples } = value;
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    return `${kind}(${[[dtype, shape, [...affine], meta].map((part) => structure(part, within)), bytes.toString("hex")]})`;
  }
  if (ArrayBuffer.isView(value)) {
    return `${kind}:${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("hex")}`;
  }
  if (value instanceof Date) return `${kind}(${value.getTime()})`;
  if (value instanceof Map || value instanceof Set) return `${kind}(${structure([...value], within)})`;
  if (value instanceof RegExp) return `${kind}(${value})`;
  const fields = Reflect.ownKeys(value).map((key) => {
    const field = Reflect.getOwnPropertyDescriptor(value, key);
    const how = [field?.enumerable, field?.get && "getter"].join();
    return `${typeof key === "symbol" ? "symbol" : JSON.stringify(key)} ${how}: ${structure(Reflect.get(value, key), within)}`;
  });
  return `${kind}{${fields.join(", ")}}`;
}

const anyName = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "t", "v", "view", "bytes", "2", "1", "", "length", "toJSON"),
  fc.string({ maxLength: 3 }),
);
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("\ud800", "a\udc00b", "\ud83d\ude00", "\u2028", "x".repeat(70_000), "undefined", "NaN"),
);
const bits = fc.uint8Array({ minLength: 0, maxLength: 40 });
/** A view at an offset, of bytes that may be NaNs of any payload. */
const anyView = fc
  .tuple(
    bits,
    fc.constantFrom(Uint8Array, Int16Array, Float32Array, Float64Array, BigInt64Array, Uint8ClampedArray),
    fc.boolean(),
  )
  .map(([bytes, Type, isShared]) => {
    const size = Type.BYTES_PER_ELEMENT;
    const length = Math.floor(bytes.length / size);
    const buffer = isShared ? new SharedArrayBuffer((length + 2) * size) : new ArrayBuffer((length + 2) * size);
    new Uint8Array(buffer, size, length * size).set(bytes.subarray(0, length * size));
    return new Type(buffer as ArrayBuffer, size, length);
  });
/** What every store keeps. */
const kept = fc.oneof(
  fc.double(),
  fc.constantFrom<unknown>(-0, Number.NaN, Number.POSITIVE_INFINITY, undefined, null, true),
  fc.bigInt(),
  anyText,
  fc.date({ noInvalidDate: false }),
  anyView,
);
/** What copies may differ from. */
const odd: fc.Arbitrary<unknown> = fc
  .oneof(
    fc.constantFrom<() => unknown>(
      () => new Map([[1, { a: 2 }]]),
      () => new Set([1, "1"]),
      () => /a/g,
      () => Buffer.from("abc"),
      () => new DataView(new ArrayBuffer(4)),
      () => new Tagged(),
      () => new Days(3),
      () => Rows.from([1, 2]),
      () => Bytes.from([1, 2]),
      () => Object(3),
      () => Symbol.for("a"),
      () => Object.assign([1], { 2: 3 }),
      () => new Array(3),
      () => Object.assign([1, 2], { index: 1 }),
      () => /(?<a>a)b/.exec("ab"),
      () => ({ [Symbol.for("a")]: 1, b: 2 }),
      () => Object.defineProperty({ a: 1 }, "hidden", { value: 2 }),
      () => ({
        get a() {
          return 1;
        },
      }),
      () => Object.assign(new Date(5), { zone: "UTC" }),
      () =>
        new Volume({
          data: Float32Array.from([1, Number.NaN]),
          shape: [1, 2, 1],
          meta: { header: { at: Object.assign([1], { 2: 3 }) } },
        }),
      () => {
        const cycle: { self?: unknown } = {};
        cycle.self = cycle;
        return cycle;
      },
    ),
  )
  .map((make) => make());

function nested(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.letrec<{ value: unknown; record: object }>((tie) => ({
    value: fc.oneof({ depthSize: "small" }, leaf, tie("record"), fc.array(tie("value"), { maxLength: 3 })),
    record: fc
      .tuple(fc.array(fc.tuple(anyName, tie("value")), { maxLength: 3 }), fc.boolean())
      .map(([fields, isBare]) => {
        const record: object = isBare ? Object.create(null) : {};
        for (const [name, value] of fields) {
          Object.defineProperty(record, name, { value, enumerable: true, writable: true, configurable: true });
        }
        return record;
      }),
  })).value;
}

const volumes = fc.tuple(nested(kept), bits).map(([fact, bytes]) => {
  const data = Float32Array.from([...bytes, 1]);
  return new Volume({ data, shape: [1, data.length, 1], meta: { header: { fact } } });
});

/** Functions whose result shows what they see of the item. */
const functions = {
  same: (value: unknown) => value,
  twice: (value: unknown) => ({ first: value, list: [value, value] }),
  spelled: (value: unknown) => structure(value),
  fields: (value: unknown) => Object.entries(Object(value)),
};

const stores: Readonly<Record<string, () => Store>> = {
  memory: () => memoryStore(),
  lmdb: () => lmdbStore(join(folder.path, "lmdb")),
  tiered: () => tieredStore(memoryStore({ maxBytes: 500 }), lmdbStore(join(folder.path, "tiered"))),
};

async function outcome(run: () => Promise<unknown>): Promise<string> {
  try {
    return structure(await run());
  } catch (error) {
    if (isVoxRxError(error, "VOXRX_UNCACHEABLE")) return "refused";
    throw error;
  }
}

describe.each(Object.entries(stores))("law 5: no item differs with a cache (%s)", (_, make) => {
  let store: Store;
  beforeAll(() => {
    store = make();
  });
  afterAll(() => store.close());

  async function compare(item: unknown, name: keyof typeof functions) {
    const plain = Dataset.from([item]).pipe(map((value: unknown) => functions[name](value), { name, version: 1 }));
    const cached = plain.pipe(cacheUntilRandom({ store }));
    const wanted = await outcome(() => plain.at(0));
    return { wanted, found: [await outcome(() => cached.at(0)), await outcome(() => cached.at(0))] };
  }

  const anyFunction = fc.constantFrom(...(Object.keys(functions) as (keyof typeof functions)[]));

  test("what can be kept comes back with its prototypes, bits and order of fields", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(nested(kept), volumes), anyFunction, async (item, name) => {
        const { wanted, found } = await compare(item, name);
        expect(found).toEqual([wanted, wanted]);
      }),
      { numRuns: runs },
    );
  });

  test("what can't be kept is refused, cold and warm", async () => {
    await fc.assert(
      fc.asyncProperty(nested(fc.oneof(odd, kept)), anyFunction, async (item, name) => {
        const { wanted, found } = await compare(item, name);
        expect(found[1]).toBe(found[0]);
        expect([wanted, "refused"]).toContain(found[0]);
      }),
      { numRuns: runs },
    );
  });

  test("a reader that replaces one of the same name and version is another reader", async () => {
    const value = (n: number) => () => new Volume({ data: Uint8Array.of(n), shape: [1, 1, 1] });
    const read = async () => {
      const bytes = Dataset.from([{ image: Uint8Array.from(Buffer.from("ANY5")), __key__: "a" }]);
      const [item] = await bytes.pipe(decode({ keys: "image" }) as never, cacheUntilRandom({ store })).toArray();
      return (item as unknown as { image: Volume }).image.samples[0];
    };
    const format = {
      name: "any5",
      version: 1,
      extensions: [".any5"],
      sniff: (start: Uint8Array) => Buffer.from(start.subarray(0, 4)).toString() === "ANY5",
    };
    registerFormat({ ...format, decode: () => value(1)() });
    expect(await read()).toBe(1);
    registerFormat({ ...format, decode: () => value(2)() });
    expect(await read()).toBe(2);
  });
});
