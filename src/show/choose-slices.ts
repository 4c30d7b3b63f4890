/** Which slices of an image are shown. */
import { OptionError } from "../errors.ts";
import type { Volume } from "../volume/volume.ts";
import { axisAcross, flatView, isRaster, type PlaneView, planes, viewAcross } from "./plane-view.ts";
import { type CheckedSlices, listOf } from "./show-options.ts";

/** A slice of an image, as it is shown. */
export interface ChosenSlice {
  readonly view: PlaneView;
  /** Index along the voxel axis that is looked along. */
  readonly index: number;
  readonly caption: string | undefined;
}

/**
 * The slices that the options choose. `center` is the voxel that they go through by default; if undefined, the middle.
 *
 * @throws OptionError `VOXRX_BAD_OPTION` for a slice that the image does not have
 */
export function chooseSlices(
  volume: Volume,
  options: CheckedSlices,
  center: readonly number[] | undefined,
  operator: string,
): ChosenSlice[] {
  if (volume.shape.length === 3) return [{ view: flatView(volume, options.convention), index: 0, caption: undefined }];
  return axesFor(volume, options).flatMap((axis) => slicesAlong(volume, axis, options, center?.[axis], operator));
}

function axesFor(volume: Volume, { plane, axis, slices, at }: CheckedSlices): number[] {
  if (axis !== undefined) return [axis];
  if (plane !== undefined) return [...new Set(listOf(plane))].map((name) => axisAcross(volume, name));
  const flat = volume.spatialShape.indexOf(1);
  if (flat >= 0) return [flat];
  if (isRaster(volume)) return [2];
  const names =
    slices === undefined && at === undefined ? (["axial", "coronal", "sagittal"] as const) : ["axial" as const];
  return names.map((name) => axisAcross(volume, name));
}

function slicesAlong(
  volume: Volume,
  axis: number,
  { slices, at, axis: asStored, convention }: CheckedSlices,
  center: number | undefined,
  operator: string,
): ChosenSlice[] {
  const view = viewAcross(volume, axis, convention);
  const length = volume.spatialShape[axis] ?? 1;
  // Counted the same way however the image is stored, so that its middle is the same.
  const isReversed = view.across?.isReversed ?? false;
  const turned = (place: number) => (isReversed ? length - 1 - place : place);
  const isCounted = asStored === undefined;
  const places = () => {
    if (at !== undefined) return listOf(at).map((place) => (isCounted ? place : turned(place)));
    if (slices !== undefined)
      return Array.from({ length: slices }, (_, n) => Math.floor(((n + 0.5) * length) / slices));
    if (center === undefined) return [Math.floor(length / 2)];
    return [Math.max(0, Math.min(length - 1, Math.floor(turned(center) + 0.5 + 1e-6)))];
  };
  return places().map((place) => {
    const shown = isCounted ? place : turned(place);
    if (shown < 0 || shown >= length) throw noSlice(shown, length, view, operator);
    const name = view.plane ?? (isRaster(volume) && axis === 2 ? "page" : `axis ${axis}`);
    return { view, index: turned(place), caption: length > 1 ? `${name} ${shown}` : view.plane };
  });
}

function noSlice(place: number, length: number, { plane }: PlaneView, operator: string): OptionError {
  return new OptionError("VOXRX_BAD_OPTION", `at: there is no ${plane ?? ""} slice ${place} of ${length}`, {
    operator,
    remedy: `Slices are counted from 0 to ${length - 1}; planes are ${planes.join(", ")}.`,
  });
}
