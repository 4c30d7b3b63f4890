/** Groups of spatial transforms done as one resampling (MONAI's lazy mode). */
import { fingerprintOf } from "../fingerprint/fingerprint.ts";
import { volumesIn, withVolumes } from "../item/item-volumes.ts";
import { fieldIn, isPlainRecord } from "../item/record.ts";
import type { Surroundings } from "../kernels/sampling.ts";
import { outlineOf, pendingResamplings } from "../volume/outline.ts";
import { resampleOnto } from "../volume/resample-onto.ts";
import { Volume } from "../volume/volume.ts";
import type { OperatorPlace, TransformContext } from "./item-context.ts";
import type { Transform } from "./transform.ts";

/** Transforms that are done as one resampling where possible. */
export function joinedLazily(transforms: readonly Transform[]): readonly Transform[] {
  const token = {};
  return transforms.map((transform, position) => ({
    ...transform,
    lazy: token,
    // Not that of the transform alone: combined with others it yields other samples, within interpolation error.
    get fingerprint() {
      const { fingerprint } = transform;
      return fingerprint === undefined ? undefined : fingerprintOf("lazy", 1, [fingerprint, position]);
    },
  }));
}

/** The end of the transforms that share the `lazy` token of the one at `from`. */
export function endOfGroup(transforms: readonly Transform[], from: number): number {
  let end = from;
  while (transforms[end]?.lazy === transforms[from]?.lazy && end < transforms.length) end++;
  return end;
}

/**
 * Applies the transforms of one lazy group to an item. Geometric transforms are first applied to outlines, which have
 * grids but no samples, as long as one resampling can replace them all; then that resampling is done, onto the grid of
 * the last outline. What is drawn is the same as with the transforms one by one.
 */
export async function runLazily(
  transforms: readonly Transform[],
  places: readonly OperatorPlace[],
  item: unknown,
  context: TransformContext,
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
  readonly #places: readonly OperatorPlace[];
  readonly #context: TransformContext;
  /** The item with samples, before what is pending. */
  #item: unknown;
  /** The item as outlines, after what is pending. */
  #outlined: unknown;
  #pending: number[] = [];
  /** Number of draws recorded before what is pending. */
  #drawsBefore = 0;

  constructor(
    transforms: readonly Transform[],
    places: readonly OperatorPlace[],
    context: TransformContext,
    item: unknown,
  ) {
    this.#transforms = transforms;
    this.#places = places;
    this.#context = context;
    this.#item = item;
  }

  /** Adds a geometric transform to what is pending; if one resampling cannot do both, what is pending is done first. */
  async attempt(n: number): Promise<void> {
    if (this.#pending.length === 0) {
      if (!hasOutline(this.#item)) return this.apply(n);
      this.#begin();
    }
    const drawsBefore = this.#context.notes.draws?.length ?? 0;
    const outlined = await this.#applyAlone(n, this.#outlined);
    if (this.#pending.length > 0 && !isOneResampling(outlined)) {
      this.#forget(drawsBefore);
      await this.settle();
      return this.attempt(n);
    }
    this.#outlined = outlined;
    this.#pending.push(n);
  }

  /** Applies a transform that needs samples. */
  async apply(n: number): Promise<void> {
    const item = await this.settle();
    this.#item = await this.#applyAlone(n, item);
  }

  /** Does what is pending; returns the item with samples. */
  async settle(): Promise<unknown> {
    if (this.#pending.length === 0) return this.#item;
    const pending = this.#pending;
    this.#pending = [];
    if (isWorthIt(this.#outlined)) this.#item = this.#resampled();
    else {
      this.#forget(this.#drawsBefore);
      for (const n of pending) this.#item = await this.#applyAlone(n, this.#item);
    }
    return this.#item;
  }

  /** The item with each volume on the grid of its outline. */
  #resampled(): unknown {
    return withVolumes(this.#outlined, (outline, field) => {
      const volume = field === undefined ? this.#item : fieldIn(this.#item, field);
      return volume instanceof Volume ? joined(outline, volume) : outline;
    });
  }

  #begin(): void {
    this.#outlined = withVolumes(this.#item, outlineOf);
    this.#drawsBefore = this.#context.notes.draws?.length ?? 0;
  }

  #applyAlone(n: number, item: unknown): unknown {
    this.#context.place = this.#places[n] ?? this.#context.place;
    this.#context.signal.throwIfAborted();
    return this.#transforms[n]?.apply(item, this.#context);
  }

  #forget(from: number): void {
    this.#context.notes.draws?.splice(from);
  }
}

/** Whether an item can be rebuilt from its fields alone. */
function hasOutline(item: unknown): boolean {
  return item instanceof Volume || isPlainRecord(item);
}

/** Whether several resamplings became one, for at least one field. */
function isWorthIt(outlined: unknown): boolean {
  return volumesIn(outlined).some((outline) => pendingResamplings(outline).length > 1);
}

function isOneResampling(outlined: unknown): boolean {
  return volumesIn(outlined).every((outline) => {
    const pending = pendingResamplings(outline);
    const modes = new Set(pending.flatMap(({ mode }) => mode ?? []));
    const paddings = new Set(pending.map(({ padding }) => padding));
    return (
      pending.length < 2 || (modes.size <= 1 && paddings.size <= 1 && pending.every(({ isMisplaced }) => !isMisplaced))
    );
  });
}

/** The volume on the grid of its outline. */
function joined(outline: Volume, volume: Volume): Volume {
  const [first, ...others] = pendingResamplings(outline);
  const { pending: _, ...meta } = outline.meta;
  const grid = { shape: outline.spatialShape, affine: outline.affine };
  const mode = [first, ...others].find((one) => one?.mode !== undefined)?.mode ?? "nearest";
  const padding: Surroundings = first?.padding ?? "zeros";
  return resampleOnto(volume, grid, { mode, padding, alignCorners: false }).withMeta(meta);
}
