/**
 * The voxel-to-world affine, chosen as in nibabel (`nibabel.nifti1`, `spm99analyze`, `quaternions`), in the same order
 * of preference, and converted from the header's unit to mm, as in ITK.
 */
import { FormatError } from "../../errors.ts";
import { type Affine, identityAffine, invertAffine } from "../../volume/affine-matrix.ts";
import { inMillimeters } from "../length-units.ts";
import { type Extent, type HeaderFields, unitOf } from "./nifti-header.ts";

/** Valid form codes (nifti1.h). Like nibabel, any other is treated as 0. */
const knownForms = [1, 2, 3, 4, 5];

/**
 * The sform if its code is above 0, else the qform if its code is, else the base affine: voxel sizes, x flipped, and
 * the middle voxel at the world origin. For ANALYZE, the base affine is centered on SPM's origin, if that is set and
 * near the image.
 *
 * @throws FormatError `VOXRX_BAD_AFFINE` if it is not finite, if it is singular (nibabel accepts that, but spacing and
 * orientation are then meaningless), or if the quaternion is not a rotation
 */
export function affineOf(fields: HeaderFields, extent: Extent, path: string): Affine {
  const affine = chosenAffine(fields, extent, path);
  const unit = unitOf(fields);
  for (let n = 0; n < 12; n++) affine[n] = inMillimeters(affine[n] ?? 0, unit);
  const numbers = affine.slice(0, 12).join(", ");
  if (!affine.every(Number.isFinite)) throw badAffine(`the affine is not finite: ${numbers}`, path);
  if (!spansAxes(affine, extent)) throw badAffine(`the affine has axes that are zero or parallel: ${numbers}`, path);
  return affine;
}

// The third column of a 2D image is meaningless, and zero in many files.
function spansAxes(affine: Affine, { spatial }: Extent): boolean {
  if (spatial.length === 3) return invertAffine(affine) !== undefined;
  const [a = 0, b = 0, , , c = 0, d = 0, , , e = 0, f = 0] = affine;
  return Math.hypot(c * f - e * d, e * b - a * f, a * d - c * b) > 0;
}

function chosenAffine(fields: HeaderFields, extent: Extent, path: string): Affine {
  if (knownForms.includes(fields.sformCode)) {
    const affine = identityAffine();
    affine.set(fields.srow);
    return affine;
  }
  return knownForms.includes(fields.qformCode) ? qformAffine(fields, path) : baseAffine(fields, extent);
}

// nibabel repairs voxel sizes before it uses them: 0 becomes 1, a negative one loses its sign.
function voxelSizes({ pixdim }: HeaderFields): [number, number, number] {
  const size = (axis: number) => Math.abs(pixdim[axis] ?? 0) || (Number.isNaN(pixdim[axis]) ? Number.NaN : 1);
  return [size(1), size(2), size(3)];
}

function qformAffine(fields: HeaderFields, path: string): Affine {
  const rotation = rotationOf(fields, path);
  const [sx, sy, sz] = voxelSizes(fields);
  // qfac: anything but -1 counts as 1.
  const scale = [sx, sy, fields.pixdim[0] === -1 ? -sz : sz];
  const affine = identityAffine();
  for (const [row, directions] of rotation.entries()) {
    const scaled = directions.map((value, column) => value * (scale[column] ?? 1));
    affine.set([...scaled, fields.qoffset[row] ?? 0], row * 4);
  }
  return affine;
}

function rotationOf({ quaternion: [b, c, d], variant }: HeaderFields, path: string): number[][] {
  const rest = 1 - (b * b + c * c + d * d);
  // A norm up to this much above 1 is rounding (nibabel's quaternion_threshold). A norm below 1 is accepted, as in
  // nibabel.
  const threshold = 3 * (variant === "nifti2" ? Number.EPSILON : 2 ** -23);
  if (rest < -threshold) throw badAffine(`the quaternion (${b}, ${c}, ${d}) is not a rotation`, path);
  const a = Math.sqrt(Math.max(0, rest));
  // The quaternion's norm is 1 except for rounding; dividing by it keeps the matrix a rotation.
  const s = 2 / (a * a + b * b + c * c + d * d);
  return [
    [1 - s * (c * c + d * d), s * (b * c - a * d), s * (b * d + a * c)],
    [s * (b * c + a * d), 1 - s * (b * b + d * d), s * (c * d - a * b)],
    [s * (b * d - a * c), s * (c * d + a * b), 1 - s * (b * b + c * c)],
  ];
}

function baseAffine(fields: HeaderFields, { spatial }: Extent): Affine {
  const sizes = voxelSizes(fields);
  const is3d = spatial.length === 3;
  // The stored sizes, like nibabel, where FreeSurfer's long dimension is undone.
  const stored = fields.dim.slice(1, (fields.dim[0] ?? 0) + 1);
  const origin = spmOrigin(fields) ?? [0, 1, 2].map((axis) => ((stored[axis] ?? 1) - 1) / 2);
  const affine = identityAffine();
  for (const axis of [0, 1, 2]) {
    const size = axis < 2 || is3d ? (sizes[axis] ?? 1) : 1;
    const step = axis === 0 ? -size : size;
    affine[axis * 5] = step;
    affine[axis * 4 + 3] = -(origin[axis] ?? 0) * step;
  }
  return affine;
}

function spmOrigin({ analyze, dim }: HeaderFields): number[] | undefined {
  if (!analyze?.origin.some((index) => index !== 0)) return undefined;
  const isNear = analyze.origin.every(
    (index, axis) => index > -(dim[axis + 1] ?? 0) && index < 2 * (dim[axis + 1] ?? 0),
  );
  return isNear ? analyze.origin.map((index) => index - 1) : undefined;
}

function badAffine(fault: string, path: string): FormatError {
  return new FormatError("VOXRX_BAD_AFFINE", fault, {
    file: path,
    remedy: "Correct sform and qform in the header, or set both codes to 0.",
  });
}
