/** Axis codes as in nibabel (`nibabel.orientations`): the letter is the positive end of an axis. */
import type { AffineLike } from "./affine-matrix.ts";

const letters = [
  ["L", "R"],
  ["P", "A"],
  ["I", "S"],
] as const;

/**
 * For a voxel axis: the world axis (0 x, 1 y, 2 z) that it runs along, and whether in the positive (1) or negative (-1)
 * direction.
 */
export interface AxisOrientation {
  readonly axis: number;
  readonly sign: 1 | -1;
}

/**
 * The world axis nearest to each voxel axis. Each world axis is used once, and the strongest match is chosen first. If
 * no axis is degenerate, this follows nibabel's `io_orientation`, which also matches the polar factor of the affine.
 */
export function orientationOf(affine: AffineLike, rank: number): AxisOrientation[] {
  const rotation = polarRotation(affine, rank);
  const orientations = new Array<AxisOrientation>(rank);
  const taken = new Set<number>();
  // As in nibabel: voxel axes in the order of their largest component, and each takes the best remaining world axis.
  const order = Array.from({ length: rank }, (_, axis) => axis).sort(
    (a, b) => strength(rotation, b) - strength(rotation, a),
  );
  for (const voxelAxis of order) {
    let best = -1;
    for (let world = 0; world < 3; world++) {
      if (taken.has(world)) continue;
      if (best < 0 || Math.abs(rotation[world]![voxelAxis]!) > Math.abs(rotation[best]![voxelAxis]!)) best = world;
    }
    taken.add(best);
    orientations[voxelAxis] = { axis: best, sign: rotation[best]![voxelAxis]! < 0 ? -1 : 1 };
  }
  return orientations;
}

/** Letters of the positive end of each voxel axis, such as `RAS`. */
export function axcodesOf(affine: AffineLike, rank: number): string {
  return orientationOf(affine, rank)
    .map(({ axis, sign }) => letters[axis]![sign > 0 ? 1 : 0])
    .join("");
}

/** Parses axis codes; undefined if they are not an orientation (an unknown letter, or an axis that is named twice). */
export function parseAxcodes(axcodes: string): AxisOrientation[] | undefined {
  const parsed: AxisOrientation[] = [];
  for (const letter of axcodes) {
    const axis = letters.findIndex((pair) => pair.some((code) => code === letter));
    if (axis < 0 || parsed.some((other) => other.axis === axis)) return undefined;
    parsed.push({ axis, sign: letters[axis]![1] === letter ? 1 : -1 });
  }
  return parsed;
}

function strength(rotation: readonly (readonly number[])[], axis: number): number {
  return Math.max(...rotation.map((row) => Math.abs(row[axis]!)));
}

/**
 * The rotation nearest to the affine's directions: the orthogonal factor of its polar decomposition, by Newton's
 * iteration (Higham 1986). nibabel takes the same factor from a singular value decomposition.
 */
function polarRotation(affine: AffineLike, rank: number): number[][] {
  let matrix = [0, 1, 2].map((row) => [0, 1, 2].map((column) => normalized(affine, row, column, rank)));
  for (let step = 0; step < 50; step++) {
    const inverse = inverseTranspose(matrix);
    if (!inverse) return matrix;
    let change = 0;
    const next = matrix.map((row, r) =>
      row.map((value, c) => {
        const mean = (value + inverse[r]![c]!) / 2;
        change = Math.max(change, Math.abs(mean - value));
        return mean;
      }),
    );
    matrix = next;
    if (change < 1e-14) break;
  }
  return matrix;
}

function normalized(affine: AffineLike, row: number, column: number, rank: number): number {
  if (column >= rank && rank === 2 && isZeroColumn(affine, 2)) return row === 2 ? 1 : 0;
  const norm = Math.hypot(affine[column]!, affine[4 + column]!, affine[8 + column]!);
  return norm > 0 ? affine[row * 4 + column]! / norm : 0;
}

function isZeroColumn(affine: AffineLike, column: number): boolean {
  return affine[column] === 0 && affine[4 + column] === 0 && affine[8 + column] === 0;
}

function inverseTranspose(m: readonly (readonly number[])[]): number[][] | undefined {
  const at = (r: number, c: number) => m[(r + 3) % 3]![(c + 3) % 3]!;
  const cofactor = (r: number, c: number) => at(r + 1, c + 1) * at(r + 2, c + 2) - at(r + 1, c + 2) * at(r + 2, c + 1);
  const determinant = at(0, 0) * cofactor(0, 0) + at(0, 1) * cofactor(0, 1) + at(0, 2) * cofactor(0, 2);
  if (!Number.isFinite(determinant) || Math.abs(determinant) < 1e-12) return undefined;
  return [0, 1, 2].map((r) => [0, 1, 2].map((c) => cofactor(r, c) / determinant));
}
