/** Compares what a declared transform says about itself with what it does. */

import { buffersOf } from "../item/buffers-of.ts";
import { volumesIn, withVolumes } from "../item/item-volumes.ts";
import { fieldIn, isPlainRecord } from "../item/record.ts";
import { freeMemory } from "../memory/free-memory.ts";
import { type Borrower, lendTo, type ResultMemory } from "../memory/result-memory.ts";
import { keysOf } from "../operator/fields.ts";
import { contextOf, type ItemContext, type ItemNotes, placeOf } from "../plan/item-context.ts";
import type { Transform } from "../plan/transform.ts";
import type { VolumeTraits } from "../plan/volume-traits.ts";
import { Random } from "../random/random.ts";
import { allocate } from "../samples.ts";
import { outlineOf } from "../volume/outline.ts";
import type { Region } from "../volume/region.ts";
import { Volume } from "../volume/volume.ts";
import type { Check } from "./checks.ts";
import { assertSame } from "./same-items.ts";

/** One item that went through a transform, with what was drawn for it. */
interface Applied {
  readonly item: unknown;
  readonly result: unknown;
  readonly params: unknown;
  /** Whether a random transform chose the item; true for others. */
  readonly chosen: boolean;
}

/** The checks of a transform that was made from a declaration. */
export function transformChecks(transform: Transform, items: () => readonly unknown[]): Check[] {
  const { declared } = transform;
  if (!declared) return [];
  const { declaration, options } = declared;
  const { traits, twin } = declaration;
  const all = () => Promise.all(items().map((item, n) => appliedTo(transform, item, n)));
  const chosen = async () => {
    const some = (await all()).filter((each) => each.chosen);
    if (some.length === 0) throw new Error("no item was chosen: pass options with prob: 1");
    return some;
  };
  const checks: Check[] = [];
  const add = (promise: string, run: () => Promise<void>) => checks.push({ promise, run });
  if (transform.kind === "random") {
    add("what it draws is plain data", async () => {
      for (const { params } of await chosen()) {
        if (!isPlain(params)) throw new Error("what was drawn is not plain data: it is not preserved as JSON");
      }
    });
  }
  if (twin) {
    add("its twin does the same again with what was recorded", async () => {
      for (const { item, result, params } of await chosen()) {
        const again = await twin(item, throughJson(params), asNever(options), contextFor(transform, 99, {}));
        assertSame(again, result, "the twin returns another item");
      }
    });
  }
  if (transform.kind === "deterministic") {
    add("the item's id and index don't affect the result", async () => {
      for (const [n, item] of items().entries()) {
        const [one, other] = [await appliedTo(transform, item, n), await appliedTo(transform, item, n + 1000)];
        assertSame(other.result, one.result, "another id yields another item");
      }
    });
  }
  if (transform.geometric) {
    add("its result follows from grids alone: on outlines it yields the same shapes and affines", async () => {
      for (const { item, result, params } of await chosen()) {
        const outlined = withVolumes(item, outlineOf);
        const drawn = await (twin
          ? twin(outlined, params, asNever(options), contextFor(transform, 0, {}))
          : transform.apply(outlined, contextFor(transform, 0, {})));
        assertSame(gridsOf(drawn), gridsOf(result), "an outline ends on another grid than the volume");
      }
    });
  }
  if (traits) for (const check of traitChecks(transform, traits, asNever(options), chosen, all)) checks.push(check);
  return checks;
}

function traitChecks(
  transform: Transform,
  { elementwise, aliases, retains, region }: VolumeTraits<never>,
  options: never,
  chosen: () => Promise<readonly Applied[]>,
  all: () => Promise<readonly Applied[]>,
): Check[] {
  const checks: Check[] = [];
  if (aliases === false) {
    checks.push({
      promise: "its result shares no memory with its input",
      async run() {
        for (const { item, result } of await all()) {
          const given = new Set(volumesIn(item).map(({ storage }) => storage.buffer));
          if (pairsOf(item, result, options).some(([, made]) => given.has(made.storage.buffer))) {
            throw new Error("a result is a view of the memory of its input");
          }
        }
      },
    });
  }
  if (aliases === "always") {
    checks.push({
      promise: "its result is a view of its input",
      async run() {
        for (const { item, result } of await all()) {
          const given = new Set(volumesIn(item).map(({ storage }) => storage.buffer));
          if (pairsOf(item, result, options).some(([, made]) => !given.has(made.storage.buffer))) {
            throw new Error("a result has memory of its own");
          }
        }
      },
    });
  }
  if (retains === false) checks.push(retainsNothing(transform, all));
  if (elementwise) {
    checks.push({
      promise: "its value function returns the same as the operator, voxel by voxel",
      async run() {
        for (const { item, result, params } of await chosen()) {
          for (const [volume, made, field] of pairsOf(item, result, options)) {
            const fn = elementwise(options, params, volume.dtype, field);
            if (!fn) continue;
            const wanted = allocate(fn.dtype, volume.size);
            for (const [n, value] of volume.samples.entries()) wanted[n] = fn.value(value);
            assertSame(
              { shape: made.shape, samples: made.samples },
              { shape: volume.shape, samples: wanted },
              "the value function returns other values",
            );
          }
        }
      },
    });
  }
  if (region) {
    checks.push({
      promise: "a box of its result depends only on the box of the input that `region` returns",
      async run() {
        for (const { item, result, params } of await chosen()) {
          const again = (other: unknown) =>
            transform.declared?.declaration.twin
              ? transform.declared.declaration.twin(other, params, options, contextFor(transform, 0, {}))
              : transform.apply(other, contextFor(transform, 0, {}));
          for (const [volume, made, field] of pairsOf(item, result, options)) {
            await assertRegions({
              volume,
              made,
              regionOf: (box) => region(box, { options, params, field, input: gridOf(volume), output: gridOf(made) }),
              remake: async (other) => {
                const results = await again(withVolumes(item, (each) => (each === volume ? other : each)));
                return pairsOf(item, results, options)[
                  pairsOf(item, result, options).findIndex(([each]) => each === volume)
                ]?.[1];
              },
            });
          }
        }
      },
    });
  }
  return checks;
}

/** Writes over the memory that a result doesn't use, and then over the result, before the transform is applied again. */
function retainsNothing(transform: Transform, all: () => Promise<readonly Applied[]>): Check {
  return {
    promise: "it keeps no volume: memory that the item does not use any more can be used again",
    async run() {
      for (const [n, { item, result: wanted }] of (await all()).entries()) {
        for (let time = 0; time < 2; time++) {
          const given = withVolumes(item, (volume) => volume.withSamples({ data: volume.samples.slice() }));
          const { result, memory } = await appliedWithMemory(transform, given, n);
          const used = buffersOf(result);
          if (!used) break;
          freePoisoned(memory, used);
          for (const { storage } of volumesIn(given)) if (!used.has(storage.buffer)) overwrite(storage.buffer);
          assertSame(result, wanted, "the result depends on memory that it does not use");
          for (const { storage } of volumesIn(result)) overwrite(storage.buffer);
        }
      }
    },
  };
}

/** Applies a transform that takes memory, of any size, like one in a chain. */
async function appliedWithMemory(transform: Transform, item: unknown, n: number) {
  const borrower: Borrower = { memory: undefined };
  const { least } = freeMemory;
  const before = lendTo(borrower);
  freeMemory.least = 0;
  let applying: Promise<Applied>;
  try {
    applying = appliedTo(transform, item, n);
  } finally {
    freeMemory.least = least;
    lendTo(before);
  }
  const { result } = await applying;
  return { result, memory: borrower.memory };
}

function freePoisoned(memory: ResultMemory | undefined, used: ReadonlySet<ArrayBufferLike>): void {
  const { poisons } = freeMemory;
  freeMemory.poisons = true;
  memory?.keepOnly(used);
  freeMemory.poisons = poisons;
}

function overwrite(buffer: ArrayBufferLike): void {
  new Uint8Array(buffer).fill(0xa5);
}

/** What {@link assertRegions} needs to know about one volume and its result. */
export interface RegionCase {
  readonly volume: Volume;
  readonly made: Volume;
  readonly regionOf: (box: Region) => Region | undefined;
  /** The result for another volume in place of this one. */
  readonly remake: (other: Volume) => Promise<Volume | undefined>;
}

/**
 * Draws boxes of the result, changes the input outside of the boxes that `region` returns for them, and checks that
 * they stay the same.
 */
export async function assertRegions({ volume, made, regionOf, remake }: RegionCase): Promise<void> {
  const random = new Random("regions", ...volume.shape, ...made.shape);
  if (made.size === 0) return;
  for (let n = 0; n < 4; n++) {
    const start = made.spatialShape.map((size) => random.integer(size));
    const end = made.spatialShape.map(
      (size, axis) => (start[axis] ?? 0) + 1 + random.integer(size - (start[axis] ?? 0)),
    );
    const needed = regionOf({ start, end });
    if (!needed) continue;
    const changed = await remake(changedOutside(volume, needed));
    const [wanted, got] = [made.crop(start, end), changed?.crop(start, end)];
    assertSame(
      { shape: got?.shape, samples: got?.samples },
      { shape: wanted.shape, samples: wanted.samples },
      `the result from [${start}] to [${end}] depends on more than the input from [${needed.start}] to [${needed.end}]`,
    );
  }
}

/** A copy of a volume with other values everywhere outside of a box. */
function changedOutside(volume: Volume, { start, end }: Region): Volume {
  const inside = (index: readonly number[]) =>
    index.every((i, axis) => axis === 0 || (i >= (start[axis - 1] ?? 0) && i < (end[axis - 1] ?? 0)));
  const copy = volume.withSamples({ data: volume.samples.slice() });
  const { data, shape } = copy;
  const index = shape.map(() => 0);
  for (let n = 0; n < data.length; n++) {
    if (!inside(index)) data[n] = (data[n] ?? 0) === 77 ? 33 : 77;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      index[axis] = 0;
    }
  }
  return copy;
}

async function appliedTo(transform: Transform, item: unknown, n: number): Promise<Applied> {
  const notes: ItemNotes = {};
  const result = await transform.apply(item, contextFor(transform, n, notes));
  const [draw] = notes.draws ?? [];
  return { item, result, params: draw?.params, chosen: transform.kind !== "random" || draw !== undefined };
}

function contextFor(transform: Transform, n: number, notes: ItemNotes): ItemContext {
  const run = { epoch: 0, seed: undefined, signal: new AbortController().signal };
  return contextOf({ id: String(n), index: n }, run, "conformance", notes, placeOf(transform, [0]));
}

/** The volumes that a transform worked on, with their results and the position of their keys. */
export function pairsOf(item: unknown, result: unknown, options: unknown): [Volume, Volume, number][] {
  const keys = keysOf(typeof options === "object" && options !== null ? options : {});
  if (item instanceof Volume) return result instanceof Volume ? [[item, result, 0]] : [];
  const pairs: [Volume, Volume, number][] = [];
  for (const [field, key] of (keys ?? []).entries()) {
    const [given, made] = [fieldIn(item, key), fieldIn(result, key)];
    if (given instanceof Volume && made instanceof Volume) pairs.push([given, made, field]);
  }
  return pairs;
}

function gridsOf(item: unknown): unknown {
  return volumesIn(item).map(({ shape, affine }) => ({ shape, affine }));
}

export function gridOf({ spatialShape, affine }: Volume) {
  return { shape: spatialShape, affine };
}

/**
 * Whether JSON can represent a value: records, lists, strings, finite numbers, booleans, null; fields can be undefined.
 */
export function isPlain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null)
    return ["string", "boolean", "undefined"].includes(typeof value) || value === null;
  if (Array.isArray(value)) return value.every(isPlain);
  return isPlainRecord(value) && Object.values(value).every(isPlain);
}

/** What was drawn, after it was stored as JSON. */
export function throughJson(params: unknown): unknown {
  return params === undefined ? undefined : JSON.parse(JSON.stringify(params));
}

/** Options and parameters are passed back to the declaration that they came from, so their types match. */
function asNever(value: unknown): never;
function asNever(value: unknown): unknown {
  return value;
}
