/** A prediction and a label that are compared class by class. */
import type { Observable } from "rxjs";
import * as v from "valibot";
import { PipelineError } from "../../../src/errors.ts";
import { volumeOf } from "../../../src/operator/fields.ts";
import { countSchema, nonEmptySchema } from "../../../src/options.ts";
import type { Piped } from "../../../src/plan/operator-types.ts";
import { type LabelChannels, labelChannels, maskOf } from "../../../src/volume/label-channels.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/** Options of metrics of classes. */
export interface ClassMetricOptions {
  /** Field with the prediction: indices of classes (one channel), or one channel for each class. Default `"pred"`. */
  readonly predKey?: string;
  /** Field with the label, in either form. Default `"label"`. */
  readonly labelKey?: string;
  /**
   * Number of classes, the background (0) included. Default: the channels of the prediction; with one channel, only the
   * value 1 is looked at.
   */
  readonly numClasses?: number;
}

/** The factory of a metric of classes: its options decide the names of the fields. */
export type ClassMetric<O extends object, Name extends string> = <
  const P extends string = "pred",
  const L extends string = "label",
  const R extends string = Name,
>(
  options?: Omit<O, "predKey" | "labelKey" | "outputKey"> & {
    readonly predKey?: P;
    readonly labelKey?: L;
    readonly outputKey?: R;
  },
) => <T extends { readonly [K in P | L]: Volume }>(
  source: Observable<T>,
) => Piped<T & { readonly [K in R]: readonly number[] }, true>;

/** The schemas of {@link ClassMetricOptions}. */
export const classMetricShape = {
  predKey: v.optional(nonEmptySchema, "pred"),
  labelKey: v.optional(nonEmptySchema, "label"),
  numClasses: v.optional(countSchema),
};

/** Options of metrics of classes, checked. */
interface Checked {
  readonly predKey: string;
  readonly labelKey: string;
  readonly numClasses?: number | undefined;
  readonly includeBackground: boolean;
}

/** What is compared, and which classes are. */
export interface ComparedClasses {
  readonly pred: ClassSource;
  readonly label: ClassSource;
  readonly classes: readonly number[];
}

/** A prediction or a label. */
export interface ClassSource {
  readonly volume: Volume;
  readonly channels: LabelChannels;
}

/** The volumes of an item that are compared. @throws PipelineError `VOXRX_SHAPE_MISMATCH` */
export function comparedClasses(item: unknown, options: Checked): ComparedClasses {
  const [pred, label] = [volumeOf(item, options.predKey), volumeOf(item, options.labelKey)];
  const { numClasses = pred.channels, includeBackground } = options;
  const fits = [pred, label].every(({ channels }) => channels === 1 || channels === numClasses);
  if (!fits || String(pred.spatialShape) !== String(label.spatialShape)) {
    const remedy = fits
      ? "Bring both to one grid first: invert() undoes what was done to the image, resampleToMatch() resamples."
      : "Give indices of classes in one channel, or a channel for each of numClasses classes.";
    throw new PipelineError(
      "VOXRX_SHAPE_MISMATCH",
      `"${options.predKey}" of shape [${pred.shape}] can't be compared with "${options.labelKey}" of shape ` +
        `[${label.shape}] for ${numClasses} ${numClasses === 1 ? "class" : "classes"}`,
      { remedy },
    );
  }
  const all = Array.from({ length: numClasses }, (_, value) => value);
  const classes = numClasses === 1 ? [1] : includeBackground ? all : all.slice(1);
  return { pred: sourceOf(pred), label: sourceOf(label), classes };
}

function sourceOf(volume: Volume): ClassSource {
  return { volume, channels: labelChannels(volume) };
}

/** 1 at the voxels of a class, else 0. */
export function maskOfClass({ volume, channels }: ClassSource, value: number): Uint8Array {
  return volume.channels === 1
    ? maskOf(channels, 0, (own) => own === value)
    : maskOf(channels, value, (own) => own !== 0);
}
