import { z } from "zod";
import { type FileIdentity, identifyFile } from "../../files/identify-file.ts";
import { fileFault } from "../../files/image-file.ts";
import { checkOptions } from "../../options.ts";
import { type Dtype, dtypes } from "../../samples.ts";
import type { Volume } from "../../volume/volume.ts";
import { describe, readStack } from "./dicom-format.ts";
import { seriesPath } from "./dicom-series.ts";

/** Options of {@link readDicomSeries}. */
export interface DicomSeriesOptions {
  /** Series Instance UID. Needed where the folder holds several series. Default: the only one. */
  readonly series?: string | undefined;
  /**
   * What unevenly spaced slices are: `"error"`, or `"warn"` for a volume with their mean distance that says so in `meta.warnings`.
   * Default `"error"`.
   */
  readonly gaps?: "error" | "warn";
  /** Type that the samples shall have, as for `readVolume`. Default `"auto"`. */
  readonly dtype?: Dtype | "auto";
  /** Aborting rejects with its reason at once. */
  readonly signal?: AbortSignal | undefined;
  /** Told of every folder and file that the volume depends on, as it was before reading began. */
  readonly onFile?: (identity: FileIdentity) => void;
}

/**
 * Reads one DICOM series from the files below a folder, as `readVolume` reads a folder, with a choice of series and of what to do about
 * gaps. Slices are sorted by position along their normal, never by number. `[channels, x, y, z]`; what was taken several times at each place
 * (time, echoes) becomes channels. Modality rescale is applied in double.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws FormatError `VOXRX_EMPTY_FOLDER`, `VOXRX_SEVERAL_SERIES`, `VOXRX_BAD_SERIES` for slices that are there twice, missing, unlike each
 * other or unevenly spaced, `VOXRX_MISSING_LIBRARY`, and as `readVolume`
 * @example
 * ```ts
 * import { readDicomSeries } from "voxrx";
 * const ct = await readDicomSeries("study", { series: "1.2.840.113619.2.55.3", gaps: "warn" });
 * console.log(ct.shape, ct.meta.warnings);
 * ```
 */
export async function readDicomSeries(folder: string, options: DicomSeriesOptions = {}): Promise<Volume> {
  const { signal, onFile, ...rest } = options;
  const { series, gaps, dtype } = checkOptions("readDicomSeries", schema, rest);
  const noteFile = async (file: string) => {
    const identity = await identifyFile(file).catch((cause) => {
      throw fileFault(cause, file);
    });
    onFile?.(identity);
  };
  const context = { dtype, signal, noteFile };
  return readStack(await describe(series === undefined ? folder : seriesPath(folder, series), context, gaps), context);
}

const schema = z.strictObject({
  series: z
    .string()
    .regex(/^[0-9.]{1,64}$/, "a UID: digits and dots")
    .optional(),
  gaps: z.enum(["error", "warn"]).default("error"),
  dtype: z.enum(["auto", ...dtypes]).default("auto"),
});
