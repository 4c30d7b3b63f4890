import { z } from "zod";
import { volumeOperator } from "../../src/operator/volume-operator.ts";
import { functionSchema, perField, valueFor } from "../../src/options.ts";
import type { Dtype } from "../../src/samples.ts";
import { volumeExtent } from "../../src/volume/intensity-volume.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** What {@link dataStats} reports of one image. What was not asked for is undefined. */
export interface DataStatsReport {
  /** Id of the item. */
  readonly item: string;
  /** Name of the field; undefined for a bare volume. */
  readonly field: string | undefined;
  readonly dataType: Dtype | undefined;
  readonly dataShape: readonly number[] | undefined;
  /** The least and the greatest value, NaN left out; undefined also where there is no value. */
  readonly valueRange: readonly [min: number, max: number] | undefined;
  /** What `additionalInfo` gave. */
  readonly additionalInfo: unknown;
  /** All of it in words, a line each. */
  readonly text: string;
}

/** Options of {@link dataStats}. */
export interface DataStatsOptions {
  /** First words of the report, one for all fields or one for each. Default `"Data"`. */
  readonly prefix?: string | readonly string[];
  /** Whether to report the element type. Default true. */
  readonly dataType?: boolean;
  /** Whether to report the shape. Default true. */
  readonly dataShape?: boolean;
  /** Whether to report the least and the greatest value. Default true. */
  readonly valueRange?: boolean;
  /** Finds out something more about an image, which it must not change. Default: nothing. */
  readonly additionalInfo?: (volume: Volume) => unknown;
  /** Called with every report. Default: its text is written to stderr. */
  readonly report?: (report: DataStatsReport) => void;
}

/**
 * Reports type, shape and range of every image on its way, to see what a pipeline does. Items pass unchanged. Deterministic, so that
 * a cached prefix continues after it: before a cache it reports only what is computed (MONAI: `DataStats`).
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
    prefix: perField(z.string()).default("Data"),
    dataType: z.boolean().default(true),
    dataShape: z.boolean().default(true),
    valueRange: z.boolean().default(true),
    additionalInfo: functionSchema<(volume: Volume) => unknown>().optional(),
    report: functionSchema<(report: DataStatsReport) => void>().optional(),
  },
  // Whom it reports to decides nothing.
  identity: ({ additionalInfo: _, report: __, ...facts }) => facts,
  seesItem: true,
  each: (volume, options, place, { key, keys }) => {
    const { prefix, additionalInfo, report = written, ...facts } = options;
    const info = additionalInfo?.(volume);
    report(reportOf(volume, { item: key, field: keys?.[place], prefix: valueFor(prefix, place), facts, info }));
    return volume;
  },
});

function written({ text }: DataStatsReport): void {
  process.stderr.write(`${text}\n`);
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
    `${prefix} statistics: item "${item}"${field === undefined ? "" : `, field "${field}"`}`,
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
