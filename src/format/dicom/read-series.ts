import * as v from "valibot";
import type { FileIdentity } from "../../files/file-identity.ts";
import { checkOptions } from "../../options.ts";
import { type Dtype, dtypes } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";
import { noteFilesTo } from "../note-files.ts";
import { describe, readStack } from "./dicom-format.ts";
import { seriesPath } from "./dicom-series.ts";

/** Options of {@link readDicomSeries}. */
export interface DicomSeriesOptions {
  /** Series Instance UID. Required if the directory contains several series. Default: the only one. */
  readonly series?: string | undefined;
  /**
   * How to treat unevenly spaced slices: `"error"` throws; `"warn"` uses the mean distance and adds a message to
   * `meta.warnings`. Default `"error"`.
   */
  readonly gaps?: "error" | "warn";
  /** Type of the samples, as for `readVolume`. Default `"auto"`. */
  readonly dtype?: Dtype | "auto";
  /** Aborting rejects with its reason at once. */
  readonly signal?: AbortSignal | undefined;
  /** Called with every directory and file that the volume depends on, as it was before reading. */
  readonly onFile?: (identity: FileIdentity) => void;
}

/**
 * Reads one DICOM series from the files in a directory tree. Like `readVolume` of a directory, with options for the
 * series and for gaps between slices. Slices are sorted by position along their normal, never by number. The volume is
 * `[channels, x, y, z]`; repeated acquisitions at the same positions (time, echoes) become channels. Modality rescale
 * is applied in double precision.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws FormatError `VOXRX_EMPTY_FOLDER`, `VOXRX_SEVERAL_SERIES`, `VOXRX_BAD_SERIES` for slices that are duplicated,
 * missing, of different shapes or types, or unevenly spaced, `VOXRX_MISSING_LIBRARY`, and as `readVolume`
 * @example
 * ```ts
 * import { readDicomSeries } from "voxrx";
 * const ct = await readDicomSeries("study", { series: "1.2.840.113619.2.55.3", gaps: "warn" });
 * console.log(ct.shape, ct.meta.warnings);
 * ```
 */
export async function readDicomSeries(dir: string, options: DicomSeriesOptions = {}): Promise<Volume> {
  const { signal, onFile, ...rest } = options;
  const { series, gaps, dtype } = checkOptions("readDicomSeries", schema, rest);
  const context = { dtype, signal, noteFile: noteFilesTo(onFile) };
  return readStack(await describe(series === undefined ? dir : seriesPath(dir, series), context, gaps), context);
}

const schema = v.strictObject({
  series: v.optional(v.pipe(v.string(), v.regex(/^[0-9.]{1,64}$/, "a UID: digits and dots"))),
  gaps: v.optional(v.picklist(["error", "warn"]), "error"),
  dtype: v.optional(v.picklist(["auto", ...dtypes]), "auto"),
});
