/** What a declared transform says of itself, held against what it does. */

import { keysOf } from "../operator/fields.ts";
import { type ItemNotes, StepContext, type Transform } from "../plan/transform.ts";
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
    if (some.length === 0) throw new Error("no item was chosen: give options with prob: 1");
    return some;
  };
  const checks: Check[] = [];
  const add = (promise: string, run: () => Promise<void>) => checks.push({ promise, run });
  if (transform.kind === "random") {
    add("what it draws is plain data", async () => {
      for (const { params } of await chosen()) {
        if (!isPlain(params)) throw new Error("what was drawn is not plain data: it would not survive as JSON");
      }
    });
  }
  if (twin) {
    add("its twin does the same again with what was noted", async () => {
      for (const { item, result, params } of await chosen()) {
        const again = await twin(item, throughJson(params), asNever(options), contextOf(transform, 99, {}));
        assertSame(again, result, "the twin gives another item");
      }
    });
  }
  if (transform.kind === "deterministic") {
    add("the item's id and place decide nothing", async () => {
      for (const [n, item] of items().entries()) {
        const [one, other] = [await appliedTo(transform, item, n), await appliedTo(transform, item, n + 1000)];
        assertSame(other.result, one.result, "another id gives another item");
      }
    });
  }
  if (transform.geometric) {
    add("it follows from grids alone: on outlines it gives the same shapes and affines", async () => {
      for (const { item, result, params } of await chosen()) {
        const outlined = overVolumes(item, outlineOf);
        const drawn = await (twin
          ? twin(outlined, params, asNever(options), contextOf(transform, 0, {}))
          : transform.apply(outlined, contextOf(transform, 0, {})));
        assertSame(gridsOf(drawn), gridsOf(result), "an outline ends on another grid than the volume");
      }
    });
  }
  if (traits) for (const check of traitChecks(transform, traits, asNever(options), chosen, all)) checks.push(check);
  return checks;
}

function traitChecks(
  transform: Transform,
  { elementwise, aliases, region }: VolumeTraits<never>,
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
            throw new Error("a result looks at the memory of its input");
          }
        }
      },
    });
  }
  if (elementwise) {
    checks.push({
      promise: "its value function gives what it gives, voxel by voxel",
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
              "the value function gives other values",
            );
          }
        }
      },
    });
  }
  if (region) {
    checks.push({
      promise: "a box of its result is made of the box of the input that it names, and of nothing else",
      async run() {
        for (const { item, result, params } of await chosen()) {
          const again = (other: unknown) =>
            transform.declared?.declaration.twin
              ? transform.declared.declaration.twin(other, params, options, contextOf(transform, 0, {}))
              : transform.apply(other, contextOf(transform, 0, {}));
          for (const [volume, made, field] of pairsOf(item, result, options)) {
            await holdsRegions({
              volume,
              made,
              regionOf: (box) => region(box, { options, params, field, input: gridOf(volume), output: gridOf(made) }),
              remake: async (other) => {
                const results = await again(overVolumes(item, (each) => (each === volume ? other : each)));
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

/** What {@link holdsRegions} needs to know of one volume and its result. */
export interface RegionCase {
  readonly volume: Volume;
  readonly made: Volume;
  readonly regionOf: (box: Region) => Region | undefined;
  /** The result for another volume in the place of this one. */
  readonly remake: (other: Volume) => Promise<Volume | undefined>;
}

/** Draws boxes of the result, changes all that is outside of the boxes that they are made of, and looks whether they stay. */
export async function holdsRegions({ volume, made, regionOf, remake }: RegionCase): Promise<void> {
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
      `the box [${start}] to [${end}] of the result depends on more than [${needed.start}] to [${needed.end}] of the input`,
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
  const result = await transform.apply(item, contextOf(transform, n, notes));
  const [draw] = notes.draws ?? [];
  return { item, result, params: draw?.params, chosen: transform.kind !== "random" || draw !== undefined };
}

function contextOf({ name, kind, seesItem = false }: Transform, n: number, notes: ItemNotes): StepContext {
  const run = { epoch: 0, seed: undefined, signal: new AbortController().signal };
  const place = { operator: name, path: [0], sees: seesItem || kind !== "deterministic" };
  return new StepContext({ key: String(n), index: n }, run, "conformance", place, notes);
}

/** The volumes that a transform worked on with what became of them, and the position of their key. */
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

function fieldIn(item: unknown, key: string): unknown {
  return typeof item === "object" && item !== null ? Reflect.get(item, key) : undefined;
}

function volumesIn(item: unknown): Volume[] {
  if (item instanceof Volume) return [item];
  return typeof item === "object" && item !== null
    ? Object.values(item).filter((value) => value instanceof Volume)
    : [];
}

/** An item with its volumes, bare or in fields, replaced. */
export function overVolumes(item: unknown, change: (volume: Volume) => Volume): unknown {
  if (item instanceof Volume) return change(item);
  if (typeof item !== "object" || item === null) return item;
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, value instanceof Volume ? change(value) : value]),
  );
}

function gridsOf(item: unknown): unknown {
  return volumesIn(item).map(({ shape, affine }) => ({ shape, affine }));
}

export function gridOf({ spatialShape, affine }: Volume) {
  return { shape: spatialShape, affine };
}

/** Whether a value is what JSON can carry: records, lists, strings, finite numbers, booleans, null; fields may be undefined. */
export function isPlain(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null)
    return ["string", "boolean", "undefined"].includes(typeof value) || value === null;
  if (Array.isArray(value)) return value.every(isPlain);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlain);
}

/** What was drawn, as it comes back from where it was noted. */
export function throughJson(params: unknown): unknown {
  return params === undefined ? undefined : JSON.parse(JSON.stringify(params));
}

/** Options and what was drawn go back to the declaration that they came from. */
function asNever(value: unknown): never;
function asNever(value: unknown): unknown {
  return value;
}
