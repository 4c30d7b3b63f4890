import * as v from "valibot";
import { changeLabels } from "../../src/kernels/relabel.ts";
import { resultSamples } from "../../src/memory/result-memory.ts";
import { numberSchema } from "../../src/options.ts";
import { type Dtype, dtypes, dtypeWith, holds, holdsAllOf, isIntegerDtype } from "../../src/samples.ts";
import { refuserOf } from "../../src/volume/value-range.ts";
import { volumeOperator } from "../declare.ts";

/** Options of {@link mapLabelValue}. */
export interface MapLabelValueOptions {
  /** Values to replace. A value that is listed twice becomes the last target that differs from it. */
  readonly origLabels: readonly number[];
  /** What each becomes, in the same order. */
  readonly targetLabels: readonly number[];
  /**
   * Element type of the result. Default: the label's own type if it can hold all new values, else float32 (float64 for
   * 32-bit types).
   */
  readonly dtype?: Dtype;
}

/**
 * Replaces values of labels with others, all at once; values that are not listed stay. Shape and affine stay.
 * Deterministic (MONAI: `MapLabelValue`, which returns float32).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_VALUE_RANGE` for a value that `dtype` can't hold
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { mapLabelValue } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(mapLabelValue({ keys: "label", origLabels: [500, 600], targetLabels: [1, 2] }));
 * ```
 */
export const mapLabelValue = volumeOperator<MapLabelValueOptions>()({
  name: "mapLabelValue",
  version: 2,
  retains: false,
  options: {
    origLabels: v.pipe(v.array(numberSchema), v.minLength(1)),
    targetLabels: v.pipe(v.array(numberSchema), v.minLength(1)),
    dtype: v.optional(v.picklist(dtypes)),
  },
  rules: [
    {
      test: ({ origLabels, targetLabels }) => origLabels.length === targetLabels.length,
      fault: "origLabels and targetLabels must have the same length",
    },
  ],
  aliases: false,
  each: (volume, options) => {
    const { storage } = volume.toContiguous("x-fastest");
    const dtype = dtypeOf(options, volume.dtype);
    const data = resultSamples(dtype, storage.length);
    changeLabels(storage, replacing(options), data, refuserOf(dtype));
    return volume.withSamples({ data, layout: "x-fastest" });
  },
  elementwise: (options, own) => {
    const dtype = dtypeOf(options, own);
    const isSafe = holdsAllOf(dtype, own) && options.targetLabels.every((target) => holds(dtype, target));
    return isSafe || !isIntegerDtype(dtype) ? { value: replacing(options), dtype } : undefined;
  },
  region: (box, { options: { dtype } }) => (dtype && isIntegerDtype(dtype) ? undefined : box),
});

/** A function that maps labels to their targets; other labels stay. */
function replacing({ origLabels, targetLabels }: MapLabelValueOptions): (value: number) => number {
  const targets = new Map<number, number>();
  for (const [n, value] of origLabels.entries()) {
    const target = targetLabels[n] ?? value;
    if (target !== value) targets.set(value, target);
  }
  return (value) => targets.get(value) ?? value;
}

/** The element type of the result. */
function dtypeOf({ targetLabels, dtype }: MapLabelValueOptions, own: Dtype): Dtype {
  return dtype ?? dtypeWith(own, targetLabels);
}
