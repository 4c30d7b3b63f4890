import * as v from "valibot";
import type { FileIdentity } from "../../files/file-identity.ts";
import { checkOptions } from "../../options.ts";
import { type Dtype, dtypes } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";
import { noteFilesTo } from "../note-files.ts";
import { describe, readStack } from "./dicom-format.ts";
import { seriesPath } from "./dicom-series.ts";
import { type VolumeKeyword, volumeKeywords } from "./volume-keys.ts";

/** Options of {@link readDicomSeries}. */
export interface DicomSeriesOptions {
  /** Series Instance UID. Required if the directory contains several series. Default: the only one. */
  readonly series?: string | undefined;
  /**
   * How to treat unevenly spaced slices: `"error"` throws; `"warn"` uses the mean distance and adds a message to
   * `meta.warnings`. Default `"error"`.
   */
  readonly gaps?: "error" | "warn";
  /**
   * What tells volumes at the same positions apart: the DICOM keyword of an attribute, or several that do so together,
   * the most significant first. Default: the attribute or combination that gives every position the same volumes; the
   * first such in the order of {@link VolumeKeyword}.
   */
  readonly volumeBy?: VolumeKeyword | readonly VolumeKeyword[];
  /** Type of the samples, as for `readVolume`. Default `"auto"`. */
  readonly dtype?: Dtype | "auto";
  /** Aborting rejects with its reason at once. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every directory and file that the volume depends on, as it was before reading. */
  readonly onFile?: (identity: FileIdentity) => void;
}

/**
 * Reads one DICOM series from the files in a directory tree. Like `readVolume` of a directory, with options for the
 * series, for gaps between slices and for what tells its volumes apart. Slices are sorted by position along their
 * normal, never by number. Modality rescale is applied in double precision.
 *
 * The volume is `[channels, x, y, z]`. Repeated acquisitions at the same positions (times, echoes, b-values, magnitude
 * and phase) become channels, in increasing order of what tells them apart. `meta.header` says what that was:
 * `volumeBy` has its keywords, and `volumes` has its values for each volume. Vendors' private elements for b-values and
 * gradient directions (Siemens, GE, Philips) stand in for the standard ones.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws FormatError `VOXRX_EMPTY_FOLDER`, `VOXRX_SEVERAL_SERIES`, `VOXRX_BAD_SERIES` for slices that are duplicated,
 * missing, of different shapes or types, unevenly spaced, or repeated and not told apart, `VOXRX_FILE_MISSING` for a link
 * that leads nowhere, `VOXRX_MISSING_LIBRARY`, and as `readVolume`
 * @example
 * ```ts
 * import { readDicomSeries } from "voxrx";
 * const ct = await readDicomSeries("study", { series: "1.2.840.113619.2.55.3", gaps: "warn" });
 * console.log(ct.shape, ct.meta.warnings);
 * const echoes = await readDicomSeries("t2star", { volumeBy: "EchoTime" });
 * console.log(echoes.shape[0], echoes.meta.header?.volumes); // [{ EchoTime: 4.9 }, { EchoTime: 9.8 }]
 * ```
 */
export async function readDicomSeries(dir: string, options: DicomSeriesOptions = {}): Promise<Volume> {
  const { signal, onFile, ...rest } = options;
  const { series, gaps, volumeBy, dtype } = checkOptions("readDicomSeries", schema, rest);
  const context = { dtype, signal, noteFile: noteFilesTo(onFile), isNoted: onFile !== undefined };
  const path = series === undefined ? dir : seriesPath(dir, series);
  return readStack(await describe(path, context, { gaps, volumeBy }), context);
}

/** Valibot schema of `volumeBy`. */
export const volumeBySchema = v.pipe(
  v.union([v.picklist(volumeKeywords), v.pipe(v.array(v.picklist(volumeKeywords)), v.minLength(1))]),
  v.transform((given) => [given].flat()),
);

const schema = v.strictObject({
  series: v.optional(v.pipe(v.string(), v.regex(/^[0-9.]{1,64}$/, "a UID: digits and dots"))),
  gaps: v.optional(v.picklist(["error", "warn"]), "error"),
  volumeBy: v.optional(volumeBySchema),
  dtype: v.optional(v.picklist(["auto", ...dtypes]), "auto"),
});
