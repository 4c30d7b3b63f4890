import { FormatError } from "../../errors.ts";
import type { DicomImage } from "./dicom-image.ts";
import type { FramePlace } from "./frame-places.ts";

/** One frame of one file. */
export interface Slice {
  readonly image: DicomImage;
  readonly frame: number;
  readonly place: FramePlace;
}

/** The file of a slice, and its frame if there are several, for messages. */
export function sliceName(slice: Slice | undefined): string {
  if (!slice) return "nothing";
  const name = fileName(slice.image.file.path);
  return slice.image.places.length > 1 ? `${name} (frame ${slice.frame + 1})` : name;
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? "";
}

/** The first names of a list, and how many more there are. */
export function someOf(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

/** The error for slices that do not make one volume. */
export function badSeries(fault: string, path: string, remedy: string): FormatError {
  return new FormatError("VOXRX_BAD_SERIES", fault, { file: path, remedy });
}
