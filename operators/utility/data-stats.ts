import * as v from "valibot";
import { functionSchema, perField, valueFor } from "../../src/options.ts";
import type { Dtype } from "../../src/samples.ts";
import { visible } from "../../src/visible-text.ts";
import { volumeExtent } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { volumeOperator } from "../declare.ts";

/** The report of {@link dataStats} on one image. Facts that were not requested are undefined. */
export interface DataStatsReport {
  /** Id of the item. */
  readonly item: string;
  /** Name of the field; undefined for a bare volume. */
  readonly field: string | undefined;
  readonly dataType: Dtype | undefined;
  readonly dataShape: readonly number[] | undefined;
  /** The smallest and the largest value, NaN left out; undefined also if there is no value. */
  readonly valueRange: readonly [min: number, max: number] | undefined;
  /** The result of `additionalInfo`. */
  readonly additionalInfo: unknown;
  /** The whole report as a string, one fact per line. */
  readonly text: string;
}

/** Options of {@link dataStats}. */
export interface DataStatsOptions {
  /**
   * Start of the report, one for all fields or one for each; the last one also applies to the fields after it. Default
   * `"Data"`.
   */
  readonly prefix?: string | readonly string[];
  /** Whether to report the element type. Default true. */
  readonly dataType?: boolean;
  /** Whether to report the shape. Default true. */
  readonly dataShape?: boolean;
  /** Whether to report the smallest and the largest value. Default true. */
  readonly valueRange?: boolean;
  /** Computes further information on an image, which it must not change. Default: none. */
  readonly additionalInfo?: (volume: Volume) => unknown;
  /** Called with every report. Default: its text is written to stderr. */
  readonly onStats?: (report: DataStatsReport) => void;
}

/**
 * Reports the type, shape and value range of every image, to show what a pipeline does. Items pass unchanged.
 * Deterministic, so a cached prefix continues after it: before a cache it reports only items that are computed (MONAI:
 * `DataStats`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`; PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { dataStats } from "voxrx/operators";
 * declare const scans: Dataset<{ image: Volume }>;
 * scans.pipe(dataStats({ keys: "image", prefix: "after loading", additionalInfo: ({ spacing }) => spacing }));
 * ```
 */
export const dataStats = volumeOperator<DataStatsOptions>()({
  name: "dataStats",
  version: 1,
  options: {
    prefix: v.optional(perField(v.string(), { repeatsLast: true }), "Data"),
    dataType: v.optional(v.boolean(), true),
    dataShape: v.optional(v.boolean(), true),
    valueRange: v.optional(v.boolean(), true),
    additionalInfo: v.optional(functionSchema<(volume: Volume) => unknown>()),
    onStats: v.optional(functionSchema<(report: DataStatsReport) => void>()),
  },
  // The callbacks do not change the items.
  identity: ({ additionalInfo: _, onStats: __, ...facts }) => facts,
  seesItem: true,
  each: (volume, options, fieldIndex, { id, keys }) => {
    const { prefix, additionalInfo, onStats = writeText, ...facts } = options;
    const info = additionalInfo?.(volume);
    onStats(
      reportOf(volume, { item: id, field: keys?.[fieldIndex], prefix: valueFor(prefix, fieldIndex), facts, info }),
    );
    return volume;
  },
});

function writeText({ text }: DataStatsReport): void {
  process.stderr.write(`${text.split("\n").map(visible).join("\n")}\n`);
}

interface Subject {
  readonly item: string;
  readonly field: string | undefined;
  readonly prefix: string;
  readonly facts: { readonly dataType: boolean; readonly dataShape: boolean; readonly valueRange: boolean };
  readonly info: unknown;
}

function reportOf(volume: Volume, { item, field, prefix, facts, info }: Subject): DataStatsReport {
  const dataType = facts.dataType ? volume.dtype : undefined;
  const dataShape = facts.dataShape ? volume.shape : undefined;
  const { min, max } = facts.valueRange ? volumeExtent(volume) : { min: 1, max: 0 };
  const valueRange = min <= max ? ([min, max] as const) : undefined;
  const lines = [
    `${prefix} statistics: item "${visible(item)}"${field === undefined ? "" : `, field "${field}"`}`,
    ...(dataType ? [`Type: ${dataType}`] : []),
    ...(dataShape ? [`Shape: [${dataShape.join(", ")}]`] : []),
    ...(facts.valueRange ? [`Value range: ${valueRange ? `(${min}, ${max})` : "no values"}`] : []),
    ...(info === undefined ? [] : [`Additional info: ${textOf(info)}`]),
  ];
  return { item, field, dataType, dataShape, valueRange, additionalInfo: info, text: lines.join("\n") };
}

function textOf(info: unknown): string {
  if (typeof info !== "object" || info === null) return String(info);
  return JSON.stringify(info) ?? String(info);
}
