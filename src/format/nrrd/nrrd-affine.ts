/** The affine of an NRRD file. */
import type { Affine } from "../../volume/affine-matrix.ts";
import { affineFromLps } from "../samples/stored-image.ts";
import { type NrrdHeader, vectorsOf } from "./nrrd-header.ts";

/**
 * The affine from `space directions` and `space origin`, else from `spacings` and `axis mins`. Spaces other than RAS,
 * LAS and LPS are not anatomical; like in ITK, they and files without a space are treated as LPS.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE`
 */
export function affineOf({ axes, fields }: NrrdHeader, path: string): Affine {
  const toLps = signsOf(fields.get("space"));
  const inSpace = (vector: readonly number[]) => [0, 1, 2].map((row) => (vector[row] ?? 0) * (toLps[row] ?? 1));
  const [origin] = vectorsOf(fields.get("space origin")) ?? [];
  const directions = vectorsOf(fields.get("space directions"));
  const spatial = axes.flatMap(({ isSpatial }, axis) => (isSpatial ? [axis] : []));
  if (directions) {
    const columns = spatial.map((axis) => directions[axis] ?? []).map(inSpace);
    // An axis that was added to a file with one axis has no direction.
    const known = columns.filter((column) => column.some((value) => value !== 0));
    return affineFromLps(known, inSpace(origin ?? []), path);
  }
  const spacings = numbersOf(fields.get("spacings"));
  const mins = numbersOf(fields.get("axis mins"));
  const columns = spatial.map((axis, column) => {
    const vector = [0, 0, 0];
    vector[column] = finiteOr(spacings[axis], 1);
    return inSpace(vector);
  });
  return affineFromLps(columns, inSpace(origin ?? spatial.map((axis) => finiteOr(mins[axis], 0))), path);
}

/** Signs that convert the axes of a space to LPS. */
function signsOf(space: string | undefined): readonly number[] {
  const name = space?.toLowerCase().replace(/-?time$/, "") ?? "";
  if (/^(ras|rast|right-anterior-superior)$/.test(name)) return [-1, -1, 1];
  if (/^(las|last|left-anterior-superior)$/.test(name)) return [1, -1, 1];
  return [1, 1, 1];
}

function numbersOf(text: string | undefined): number[] {
  return (text ?? "").split(/\s+/).filter(Boolean).map(Number);
}

// "nan" means that the value is unknown.
function finiteOr(value: number | undefined, otherwise: number): number {
  return value !== undefined && Number.isFinite(value) && (otherwise === 0 || value !== 0) ? value : otherwise;
}
