import { z } from "zod";
import type { Operator } from "../../src/dataset/dataset.ts";
import { type FieldOptions, type ItemOf, keysOf, volumeOf } from "../../src/dataset/fields.ts";
import { type Gatherer, GatherStage } from "../../src/dataset/gather-stage.ts";
import { stageOperator } from "../../src/dataset/operator.ts";
import type { Entry } from "../../src/dataset/stage.ts";
import { optionsText } from "../../src/dataset/transform.ts";
import { PipelineError } from "../../src/errors.ts";
import { addWindow, divideByWeights, type WindowSums } from "../../src/kernels/accumulate.ts";
import { checkOptions, fieldShape } from "../../src/options.ts";
import { Volume } from "../../src/volume/volume.ts";
import { axisWeights, leastWeight, type WindowMeta } from "../../src/volume/windows.ts";

/** Options of {@link stitch}. */
export interface StitchOptions<K extends string = never> extends FieldOptions<K> {
  /** Field that says which window an item is, for predictions that do not say it themselves. Default: the first field that does. */
  readonly of?: string;
}

/**
 * Puts the windows of {@link slidingWindow} together again, several items to one: where they overlap, the mean of their values by weight. The result has the
 * image's own shape and place, as many channels as the windows have, and float32 samples; other fields are those of the item's first window. Windows come one item after
 * another and in order, as they were cut; one volume for each field is held at a time. Deterministic (MONAI: `sliding_window_inference`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_BROKEN_WINDOWS` for a window that is missing, doubled or out of order; `VOXRX_SHAPE_MISMATCH` for a prediction of another size
 * than its window; `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import type { Dataset, Tensor, Volume } from "voxrx";
 * import { batch, mapAsync, slidingWindow, stitch, unbatch } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * declare function predict(image: Tensor): Promise<Tensor>;
 * scans.pipe(
 *   slidingWindow({ keys: "image", roiSize: 96 }),
 *   batch(4),
 *   mapAsync(async ({ image }) => ({ image, pred: await predict(image) })),
 *   unbatch(),
 *   stitch({ keys: "pred", of: "image" }),
 * );
 * ```
 */
export function stitch<K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: StitchOptions<K> = {},
): Operator<T, T> {
  const checked = checkOptions("stitch", schema, options);
  const keys = keysOf(options);
  const detail = optionsText(checked);
  const text = { name: "stitch", ...(detail === undefined ? {} : { detail }), notes: ["several items to one"] };
  return stageOperator<Operator<T, T>>(
    (input) => new GatherStage(input, { text, gatherer: () => new Stitcher(keys, checked.of) }),
  );
}

const schema = z.strictObject({ ...fieldShape, of: z.string().min(1).optional() });

/** Puts the windows of one run together. */
class Stitcher implements Gatherer {
  readonly #keys: readonly string[] | undefined;
  readonly #of: string | undefined;
  #first: Entry<unknown> | undefined;
  #last: WindowMeta | undefined;
  #wholes: Whole[] = [];

  constructor(keys: readonly string[] | undefined, of: string | undefined) {
    this.#keys = keys;
    this.#of = of;
  }

  add(entry: Entry<unknown>): Entry<unknown> | undefined {
    const { value } = entry;
    const windows = (this.#keys ?? [undefined]).map((key) => volumeOf(value, key));
    const places = windows.map((volume) => windowOf(volume) ?? this.#windowIn(value, entry.key));
    const [place] = places;
    if (!place) return undefined;
    this.#checkOrder(place);
    if (place.index === 0) {
      this.#first = entry;
      this.#wholes = windows.map((volume, n) => new Whole(volume, places[n] ?? place));
    }
    for (const [n, whole] of this.#wholes.entries()) {
      const [volume, own] = [windows[n], places[n]];
      if (volume && own) whole.add(volume, own);
    }
    this.#last = place;
    return place.index + 1 === place.count ? this.#finish(place) : undefined;
  }

  end(): void {
    if (this.#last)
      throw broken(this.#last.item, `the stream ends behind window ${this.#last.index} of ${this.#last.count}`);
  }

  #finish(place: WindowMeta): Entry<unknown> {
    const volumes = this.#wholes.map((whole) => whole.finish());
    const { value, index, draws } = this.#first ?? { value: undefined, index: -1 };
    const whole = this.#keys
      ? Object.assign({}, value, Object.fromEntries(this.#keys.map((key, n) => [key, volumes[n]])))
      : volumes[0];
    [this.#first, this.#last, this.#wholes] = [undefined, undefined, []];
    return { key: place.item, index, value: whole, ...(draws ? { draws } : {}) };
  }

  /** What another field says of the window. */
  #windowIn(item: unknown, key: string): WindowMeta {
    const others = this.#of === undefined ? fieldsOf(item) : [volumeOf(item, this.#of)];
    for (const other of others) {
      const window = windowOf(other);
      if (window) return window;
    }
    throw broken(
      key,
      "no field of it says which window it is",
      "Put slidingWindow before, and name the field that it cut with `of`.",
    );
  }

  #checkOrder({ item, index, count }: WindowMeta): void {
    const last = this.#last;
    if (!last) {
      if (index !== 0) throw broken(item, `window ${index} of ${count} comes first`);
    } else if (last.item !== item) {
      throw broken(last.item, `it ends behind window ${last.index} of ${last.count}, and ${item} begins`);
    } else if (index !== last.index + 1) {
      throw broken(item, `window ${index} of ${count} comes behind window ${last.index}`);
    }
  }
}

/** One field of an item, while its windows come in. */
class Whole {
  readonly #place: WindowMeta;
  readonly #sums: WindowSums;
  readonly #along: readonly Float64Array[];
  readonly #least: number;
  readonly #window: Volume;

  constructor(window: Volume, place: WindowMeta) {
    const [nx = 1, ny = 1, nz = 1] = place.paddedShape;
    const size = nx * ny * nz;
    this.#window = window;
    this.#place = place;
    this.#sums = {
      values: new Float32Array(size * window.channels),
      weights: new Float32Array(size),
      shape: [nx, ny, nz],
    };
    this.#along = place.roiSize.map((n) => axisWeights(n, place.mode, place.sigmaScale));
    this.#least = leastWeight(this.#along);
  }

  add(window: Volume, { item, start, roiSize }: WindowMeta): void {
    const { channels } = this.#window;
    if (String(window.spatialShape) !== String(roiSize) || window.channels !== channels) {
      throw new PipelineError(
        "VOXRX_SHAPE_MISMATCH",
        `a prediction of shape [${window.shape}] does not fit a window of [${channels}, ${roiSize}]`,
        { item, operator: "stitch", remedy: "Predict as many voxels as the window has, with one number of channels." },
      );
    }
    addWindow(this.#sums, window, start, this.#along, this.#least);
  }

  finish(): Volume {
    divideByWeights(this.#sums);
    const { paddedShape, padding, shape, affine } = this.#place;
    const { window: _, patchIndex: __, ...meta } = this.#window.meta;
    const padded = new Volume({ data: this.#sums.values, shape: [this.#window.channels, ...paddedShape], meta });
    const end = shape.map((n, axis) => n + (padding[axis] ?? 0));
    return padded.crop(padding, end).withAffine(affine);
  }
}

const windowSchema = z.object({
  ...{ item: z.string(), index: z.int().min(0), count: z.int().min(1), start: z.array(z.int().min(0)) },
  ...{ roiSize: z.array(z.int().min(1)), paddedShape: z.array(z.int().min(1)), padding: z.array(z.int().min(0)) },
  ...{ shape: z.array(z.int().min(1)), affine: z.array(z.number()).length(16) },
  ...{ mode: z.enum(["constant", "gaussian"]), sigmaScale: z.number().positive() },
});

function windowOf(volume: Volume): WindowMeta | undefined {
  const { window } = volume.meta;
  return window === undefined ? undefined : windowSchema.parse(window);
}

function fieldsOf(item: unknown): Volume[] {
  if (typeof item !== "object" || item === null || item instanceof Volume) return [];
  return Object.values(item).filter((value) => value instanceof Volume);
}

function broken(item: string, fault: string, remedy?: string): PipelineError {
  return new PipelineError("VOXRX_BROKEN_WINDOWS", `the windows of an item do not make a whole: ${fault}`, {
    item,
    operator: "stitch",
    remedy: remedy ?? "Keep all windows, in their order, between slidingWindow and stitch.",
  });
}
