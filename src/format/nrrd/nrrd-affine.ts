/** The affine of an NRRD file. */
import type { Affine } from "../../volume/affine-matrix.ts";
import { inMillimeters, type LengthUnit, lengthUnit, millimeter } from "../length-units.ts";
import { affineFromLps } from "../samples/stored-image.ts";
import { decimalOf, quoted, type TextFields } from "../text-fields.ts";
import { directionsOf, type NrrdHeader, vectorsOf } from "./nrrd-header.ts";

/**
 * The affine in mm from `space directions` and `space origin`, in the `space units`, else from `spacings` and
 * `axis mins`, in the `units` of their axes. Spaces other than RAS, LAS and LPS are not anatomical; like in ITK, they
 * and files without a space are treated as LPS.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE`; `VOXRX_BAD_HEADER` for an unknown space or unit
 */
export function affineOf({ axes, fields }: NrrdHeader, path: string): Affine {
  const toLps = signsOf(fields);
  const ofSpace = unitsOf(fields, "space units");
  const inSpace = (vector: readonly number[], units: readonly LengthUnit[]) =>
    [0, 1, 2].map((row) => inMillimeters((vector[row] ?? 0) * (toLps[row] ?? 1), units[row] ?? millimeter));
  const directions = directionsOf(fields);
  const origin = originOf(fields, directions?.find((vector) => vector !== undefined)?.length);
  const spatial = axes.flatMap(({ isSpatial }, axis) => (isSpatial ? [axis] : []));
  if (directions) {
    // An axis that was added to a file with one axis has no direction.
    const known = spatial
      .filter((axis) => directions[axis] !== undefined)
      .map((axis) => inSpace(directions[axis] ?? [], ofSpace(spaceAxes)));
    return affineFromLps(known, inSpace(origin ?? [], ofSpace(spaceAxes)), path);
  }
  const ofAxes = unitsOf(fields, "units")(spatial);
  const spacings = numbersOrNaN(fields, "spacings");
  const mins = numbersOrNaN(fields, "axis mins");
  const columns = spatial.map((axis, column) => {
    const vector = [0, 0, 0];
    vector[column] = finiteOr(spacings[axis], 1);
    return inSpace(
      vector,
      spaceAxes.map(() => ofAxes[column] ?? millimeter),
    );
  });
  if (origin) return affineFromLps(columns, inSpace(origin, ofSpace(spaceAxes)), path);
  const start = spatial.map((axis) => finiteOr(mins[axis], 0));
  return affineFromLps(columns, inSpace(start, ofAxes), path);
}

const spaceAxes = [0, 1, 2];

/** @param rank how many numbers the directions have, if there are any */
function originOf(fields: TextFields, rank: number | undefined): readonly number[] | undefined {
  const [origin, ...others] = vectorsOf(fields, "space origin") ?? [];
  const isWrong = others.length > 0 || (origin !== undefined && rank !== undefined && origin.length !== rank);
  if (!isWrong) return origin;
  const wanted = rank === undefined ? "numbers" : `${rank} numbers`;
  throw fields.fault("space origin", `space origin must be one vector of ${wanted}`);
}

const anatomical = new Map<string, readonly number[]>([
  ["right-anterior-superior", [-1, -1, 1]],
  ["ras", [-1, -1, 1]],
  ["left-anterior-superior", [1, -1, 1]],
  ["las", [1, -1, 1]],
  ...["left-posterior-superior", "lps", "scanner-xyz", "3d-right-handed", "3d-left-handed"].map(
    (name): [string, readonly number[]] => [name, [1, 1, 1]],
  ),
]);

/** Signs that convert the axes of a space to LPS. */
function signsOf(fields: TextFields): readonly number[] {
  const space = fields.get("space");
  const name = space?.toLowerCase().replace(/-time$|(?<=^(ra|la|lp)s)t$/, "") ?? "";
  const signs = name === "" ? [1, 1, 1] : anatomical.get(name);
  if (signs) return signs;
  throw fields.fault("space", `the space ${quoted(space ?? "")} is not known`, "Write left-posterior-superior or RAS.");
}

/**
 * A function that gives the units of some axes, in a field such as `"mm" "um" ""`. Units of other axes, such as time,
 * are not looked at.
 */
function unitsOf(fields: TextFields, name: string): (axes: readonly number[]) => LengthUnit[] {
  const words = fields.get(name)?.match(/"[^"]*"|[^\s"]+/g) ?? [];
  return (axes) =>
    axes.map((axis) => {
      const word = (words[axis] ?? "").replaceAll('"', "");
      const unit = lengthUnit(word);
      if (unit) return unit;
      throw fields.fault(name, `${quoted(word)} is not a known length`, `Write ${name} as "mm".`);
    });
}

/** Numbers of a field whose unknown ones are "nan". */
function numbersOrNaN(fields: TextFields, name: string): number[] {
  return (fields.words(name) ?? []).map((word) => {
    const value = /^[+-]?nan$/i.test(word) ? Number.NaN : decimalOf(word);
    if (value !== undefined) return value;
    throw fields.fault(name, `expected a number or nan, got ${quoted(word)}`);
  });
}

// "nan" means that the value is unknown.
function finiteOr(value: number | undefined, otherwise: number): number {
  return value !== undefined && Number.isFinite(value) && (otherwise === 0 || value !== 0) ? value : otherwise;
}
