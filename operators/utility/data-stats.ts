import { z } from "zod";
import { type FieldOptions, type ItemOf, keysOf, type VolumeOrFields, volumeOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { checkOptions, fieldShape, perField, valueFor } from "../../src/options.ts";
import { volumeExtent } from "../../src/volume/intensity.ts";
import type { Dtype } from "../../src/volume/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { presentKeys } from "./select-items.ts";

/** What {@link dataStats} tells of one image. What was not asked for is undefined. */
export interface DataStatsReport {
  /** Key of the item. */
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
export interface DataStatsOptions<K extends string = never> extends FieldOptions<K> {
  /** First words of the report, one for all fields or one for each. Default `"Data"`. */
  readonly prefix?: string | readonly string[];
  /** Whether to tell the element type. Default true. */
  readonly dataType?: boolean;
  /** Whether to tell the shape. Default true. */
  readonly dataShape?: boolean;
  /** Whether to tell the least and the greatest value. Default true. */
  readonly valueRange?: boolean;
  /** Tells something more of an image, which it must not change. */
  readonly additionalInfo?: (volume: Volume) => unknown;
  /** Told every report. Default: its text is written to stderr. */
  readonly report?: (report: DataStatsReport) => void;
}

/**
 * Tells type, shape and range of every image on its way, to see what a pipeline does. Items pass unchanged. Deterministic, so that
 * a cached prefix goes on behind it: before a cache it speaks only of what is computed (MONAI: `DataStats`).
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
export function dataStats<const K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  options: DataStatsOptions<K> = {},
): VolumeOrFields<K, T> {
  const { report, additionalInfo, ...facts } = checkOptions("dataStats", schema, options);
  const { prefix, allowMissingKeys = false } = facts;
  const keys = keysOf(facts);
  const tell = report ?? (({ text }: DataStatsReport) => process.stderr.write(`${text}\n`));
  return transformOperator<unknown, unknown, VolumeOrFields<K, T>>({
    name: "dataStats",
    version: 1,
    options: facts,
    apply: (item, { key }) => {
      const fields = keys ? presentKeys(item, keys, allowMissingKeys) : [undefined];
      for (const field of fields) {
        const at = field === undefined ? 0 : (keys?.indexOf(field) ?? 0);
        const volume = volumeOf(item, field);
        const info = additionalInfo?.(volume);
        tell(reportOf(volume, { item: key, field, prefix: valueFor(prefix, at), facts, info }));
      }
      return item;
    },
  });
}

const schema = z.strictObject({
  ...fieldShape,
  prefix: perField(z.string()).default("Data"),
  dataType: z.boolean().default(true),
  dataShape: z.boolean().default(true),
  valueRange: z.boolean().default(true),
  additionalInfo: z
    .custom<(volume: Volume) => unknown>((value) => typeof value === "function", "a function is needed")
    .optional(),
  report: z
    .custom<(report: DataStatsReport) => void>((value) => typeof value === "function", "a function is needed")
    .optional(),
});

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
