import { changeLabels } from "../../src/kernels/relabel.ts";
import { resultSamples } from "../../src/memory/result-memory.ts";
import { volumeOperator } from "../declare.ts";
import { labelsSchema } from "./shared/label-schemas.ts";

/** Options of {@link labelFilter}. */
export interface LabelFilterOptions {
  /** Values to keep. */
  readonly appliedLabels: number | readonly number[];
}

/**
 * Keeps some values of labels and sets all others to 0. Shape, affine and element type stay. Deterministic (MONAI:
 * `LabelFilter`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { labelFilter } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume; label: Volume }>;
 * scans.pipe(labelFilter({ keys: "label", appliedLabels: [1, 5, 9] }));
 * ```
 */
export const labelFilter = volumeOperator<LabelFilterOptions>()({
  name: "labelFilter",
  version: 1,
  retains: false,
  options: { appliedLabels: labelsSchema },
  aliases: false,
  each: (volume, { appliedLabels }) => {
    const { storage } = volume.toContiguous("x-fastest");
    const data = resultSamples(volume.dtype, storage.length);
    changeLabels(storage, onlyThose(appliedLabels), data);
    return volume.withSamples({ data, layout: "x-fastest" });
  },
  elementwise: ({ appliedLabels }, dtype) => ({ value: onlyThose(appliedLabels), dtype }),
  region: (box) => box,
});

/** A function that keeps the given labels and maps all others to 0. */
function onlyThose(labels: readonly number[]): (value: number) => number {
  const kept = new Set(labels);
  return (value) => (kept.has(value) ? value : 0);
}
