/** Runs of spatial transforms done as one resampling (MONAI's lazy mode). */
import type { Padding } from "../kernels/sampling.ts";
import { askedOf, outlineOf } from "../volume/outline.ts";
import { resampleOnto } from "../volume/resample-onto.ts";
import { Volume } from "../volume/volume.ts";
import type { StepContext, StepPlace, Transform } from "./transform.ts";

/** Where the transforms that share the token of the one at `from` end. */
export function endOfGroup(transforms: readonly Transform[], from: number): number {
  let end = from;
  while (transforms[end]?.lazy === transforms[from]?.lazy && end < transforms.length) end++;
  return end;
}

/**
 * Applies transforms of one lazy group to an item. Geometric ones are tried on outlines, which have grids and no samples, as long as one
 * resampling can stand for them; then it is done, onto the grid that the outline ended on. Draws are those of the same transforms one by one.
 */
export async function runLazily(
  transforms: readonly Transform[],
  places: readonly StepPlace[],
  item: unknown,
  context: StepContext,
): Promise<unknown> {
  const group = new LazyRun(transforms, places, context, item);
  for (const [n, { geometric = false }] of transforms.entries()) {
    if (geometric) await group.attempt(n);
    else await group.apply(n);
  }
  return group.settle();
}

class LazyRun {
  readonly #transforms: readonly Transform[];
  readonly #places: readonly StepPlace[];
  readonly #context: StepContext;
  /** The item with samples, before what is pending. */
  #item: unknown;
  /** The item in outlines, behind what is pending. */
  #outlined: unknown;
  #pending: number[] = [];
  /** How much was noted before what is pending. */
  #noted = 0;

  constructor(transforms: readonly Transform[], places: readonly StepPlace[], context: StepContext, item: unknown) {
    this.#transforms = transforms;
    this.#places = places;
    this.#context = context;
    this.#item = item;
  }

  /** Takes up a geometric transform; what is pending is done before, if one resampling cannot stand for both. */
  async attempt(n: number): Promise<void> {
    if (this.#pending.length === 0) this.#begin();
    const noted = this.#context.notes.draws?.length ?? 0;
    const outlined = await this.#step(n, this.#outlined);
    if (this.#pending.length > 0 && !isOneResampling(outlined)) {
      this.#forget(noted);
      await this.settle();
      return this.attempt(n);
    }
    this.#outlined = outlined;
    this.#pending.push(n);
  }

  /** Applies a transform that needs samples. */
  async apply(n: number): Promise<void> {
    const item = await this.settle();
    this.#item = await this.#step(n, item);
  }

  /** Does what is pending; gives the item with samples. */
  async settle(): Promise<unknown> {
    if (this.#pending.length === 0) return this.#item;
    const pending = this.#pending;
    this.#pending = [];
    if (isWorthIt(this.#outlined)) this.#item = overVolumes(this.#outlined, this.#item, joined);
    else {
      this.#forget(this.#noted);
      for (const n of pending) this.#item = await this.#step(n, this.#item);
    }
    return this.#item;
  }

  #begin(): void {
    this.#outlined = overVolumes(this.#item, this.#item, outlineOf);
    this.#noted = this.#context.notes.draws?.length ?? 0;
  }

  #step(n: number, item: unknown): unknown {
    this.#context.place = this.#places[n] ?? this.#context.place;
    this.#context.signal.throwIfAborted();
    return this.#transforms[n]?.apply(item, this.#context);
  }

  #forget(from: number): void {
    this.#context.notes.draws?.splice(from);
  }
}

/** Several resamplings became one, for a field at least. */
function isWorthIt(outlined: unknown): boolean {
  return volumesOf(outlined).some((outline) => askedOf(outline).length > 1);
}

function isOneResampling(outlined: unknown): boolean {
  return volumesOf(outlined).every((outline) => {
    const asked = askedOf(outline);
    const modes = new Set(asked.flatMap(({ mode }) => mode ?? []));
    const paddings = new Set(asked.map(({ padding }) => padding));
    return asked.length < 2 || (modes.size <= 1 && paddings.size <= 1 && asked.every(({ isApart }) => !isApart));
  });
}

/** The volume on the grid of its outline. */
function joined(outline: Volume, volume: Volume): Volume {
  const [first, ...others] = askedOf(outline);
  const { pending: _, ...meta } = outline.meta;
  const grid = { shape: outline.spatialShape, affine: outline.affine };
  const mode = [first, ...others].find((asked) => asked?.mode !== undefined)?.mode ?? "nearest";
  const padding: Padding = first?.padding ?? "zeros";
  return resampleOnto(volume, grid, { mode, padding, alignCorners: false }).withMeta(meta);
}

function volumesOf(item: unknown): Volume[] {
  if (item instanceof Volume) return [item];
  if (!isRecord(item)) return [];
  return Object.values(item).filter((value) => value instanceof Volume);
}

/** An item with its volumes, bare or in fields, replaced; `other` is the item to go with it field by field. */
function overVolumes(item: unknown, other: unknown, change: (volume: Volume, other: Volume) => Volume): unknown {
  if (item instanceof Volume) return other instanceof Volume ? change(item, other) : item;
  if (!isRecord(item) || !isRecord(other)) return item;
  const changed = Object.entries(item).map(([name, value]): [string, unknown] => {
    const counterpart = other[name];
    return [name, value instanceof Volume && counterpart instanceof Volume ? change(value, counterpart) : value];
  });
  return Object.fromEntries(changed);
}

function isRecord(item: unknown): item is Readonly<Record<string, unknown>> {
  return typeof item === "object" && item !== null && Object.getPrototypeOf(item) === Object.prototype;
}
