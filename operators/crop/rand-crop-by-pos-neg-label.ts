import { z } from "zod";
import { PipelineError } from "../../src/errors.ts";
import { binaryClasses, ClassCounts } from "../../src/kernels/class-map.ts";
import { fieldOf } from "../../src/operator/fields.ts";
import { partsOperator } from "../../src/operator/parts-operator.ts";
import type { Random } from "../../src/random/random.ts";
import { boxAround, voxelAt } from "../../src/volume/box-around.ts";
import { commonShape } from "../../src/volume/shape-of-all.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { boxBeforeCrop, cropped } from "./shared/cropped-region.ts";
import {
  type LabelFields,
  type LabelSamplingOptions,
  labelAndGate,
  labelSamplingShape,
} from "./shared/label-sampling.ts";

/** Options of {@link randCropByPosNegLabel}. */
export interface RandCropByPosNegLabelOptions extends LabelSamplingOptions {
  /** Weight of crops around foreground. Default 1. */
  readonly pos?: number;
  /** Weight of crops around background. Default 1. */
  readonly neg?: number;
  /**
   * Field with the numbers of the foreground's voxels, as {@link fgBgToIndices} makes it; the label is then not
   * read. Default: none.
   */
  readonly fgIndicesKey?: string;
  /** Field with the numbers of the background's voxels; given with `fgIndicesKey`. Default: none. */
  readonly bgIndicesKey?: string;
}

/**
 * Crops of each item, as items of their own, around voxels of the foreground or of the background: with the odds `pos`
 * to `neg`, evenly among the voxels of each, moved inside of the image. Foreground is where the label is not 0 (of
 * several channels the first, the background's, is left out). Where one of both has no voxel the other is taken. All
 * fields are cut alike and must agree in shape. Views: no sample is copied, and the affine follows; volumes say which
 * crop they are in `meta.patchIndex`. An indexed dataset stays indexed, `numSamples` times as long. Random: drawn are
 * the regions (MONAI: `RandCropByPosNegLabeld`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH` for fields that differ in shape, images smaller than the crop, or lists
 * of a larger image; `VOXRX_NO_VOXEL` where there is neither foreground nor background; `VOXRX_MISSING_KEY`,
 * `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { randCropByPosNegLabel } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * const keys = ["image", "label"] as const;
 * scans.pipe(randCropByPosNegLabel({ keys, labelKey: "label", spatialSize: 96, pos: 1, neg: 1, numSamples: 4 }));
 * ```
 */
export const randCropByPosNegLabel = partsOperator<RandCropByPosNegLabelOptions>()({
  name: "randCropByPosNegLabel",
  version: 1,
  needsKeys: true,
  keyOptions: ["labelKey", "imageKey"],
  options: {
    ...labelSamplingShape,
    pos: z.number().min(0).default(1),
    neg: z.number().min(0).default(1),
    fgIndicesKey: z.string().min(1).optional(),
    bgIndicesKey: z.string().min(1).optional(),
  },
  rules: [
    { test: ({ pos, neg }) => pos + neg > 0, fault: "pos and neg are both 0" },
    {
      test: ({ fgIndicesKey, bgIndicesKey }) => (fgIndicesKey === undefined) === (bgIndicesKey === undefined),
      fault: "give fgIndicesKey and bgIndicesKey, or neither",
    },
  ],
  count: ({ numSamples }) => numSamples,
  draw: (random, options, volumes, { item }) => {
    const { pos, neg, numSamples, spatialSize, allowSmaller } = options;
    const { shape, voxels } = voxelsOf(item, volumes, options);
    return drawCentres(random, voxels, pos / (pos + neg), numSamples).map((centre) =>
      boxAround(centre, spatialSize, shape, allowSmaller),
    );
  },
  apply: (volume, region) => cropped(volume, region, "randCropByPosNegLabel"),
  region: (box, { params }) => boxBeforeCrop(box, params),
});

/** The voxels of one kind: how many there are, and which is the n-th. */
interface Voxels {
  readonly count: number;
  find(n: number): readonly number[];
}

/** Draws voxels to crop around. @throws PipelineError `VOXRX_NO_VOXEL` */
export function drawCentres(
  random: Pick<Random, "next" | "integer">,
  [background, foreground]: readonly [Voxels, Voxels],
  share: number,
  count: number,
): (readonly number[])[] {
  if (background.count === 0 && foreground.count === 0) {
    throw new PipelineError("VOXRX_NO_VOXEL", "the label has neither foreground nor background to crop around", {
      remedy: "Lower imageThreshold, or leave imageKey out.",
    });
  }
  const odds = foreground.count === 0 ? 0 : background.count === 0 ? 1 : share;
  return Array.from({ length: count }, () => {
    const voxels = random.next() < odds ? foreground : background;
    return voxels.find(random.integer(voxels.count));
  });
}

function voxelsOf(
  item: unknown,
  volumes: readonly Volume[],
  options: LabelFields & { readonly fgIndicesKey?: string | undefined; readonly bgIndicesKey?: string | undefined },
): { readonly shape: readonly number[]; readonly voxels: readonly [Voxels, Voxels] } {
  const { fgIndicesKey, bgIndicesKey } = options;
  if (fgIndicesKey !== undefined && bgIndicesKey !== undefined) {
    const shape = commonShape(volumes);
    return { shape, voxels: [listed(item, bgIndicesKey, shape), listed(item, fgIndicesKey, shape)] };
  }
  const { label, gate, shape } = labelAndGate(item, volumes, options);
  const counts = new ClassCounts(binaryClasses(label, gate), 2);
  const of = (own: number): Voxels => ({ count: counts.total(own), find: (n) => counts.find(own, n) });
  return { shape, voxels: [of(0), of(1)] };
}

function listed(item: unknown, key: string, shape: readonly number[]): Voxels {
  const indices = fieldOf(item, key);
  if (!(indices instanceof Uint32Array)) {
    throw new PipelineError("VOXRX_WRONG_FIELD", `field "${key}" holds no list of voxels`, {
      remedy: "Put fgBgToIndices before, and name the fields that it adds.",
    });
  }
  // The list is ascending: its last number tells whether it was made of a larger image.
  const size = shape.reduce((product, n) => product * n, 1);
  if ((indices.at(-1) ?? 0) >= size) {
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `field "${key}" lists voxels that an image of [${shape}] does not have`,
      {
        remedy: "Put fgBgToIndices after whatever changes the shape of the images.",
      },
    );
  }
  return { count: indices.length, find: (n) => voxelAt(indices[n] ?? 0, shape) };
}
