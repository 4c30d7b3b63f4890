/** Boxes of an output, with the box of the image that each of them reads: no larger than the memory of the loops. */
import type { Displacement, GatherPlan, GatherSource } from "./gather-plan.ts";

type Three = readonly [number, number, number];

interface TileBox {
  readonly start: Three;
  readonly shape: Three;
}

/** A box of the output, and the part of the image that it needs. */
export interface GatherTile {
  readonly output: TileBox;
  readonly image: TileBox;
}

/** The range of positions, or of indices, along an axis. */
interface Range {
  readonly low: number;
  readonly high: number;
}

const axes = [0, 1, 2] as const;
const still: Range = { low: 0, high: 0 };

/** Voxels of the image that are read for one box. Their number does not depend on the machine, nor do the results. */
const mostVoxels = 12 * 2 ** 20;

/** The boxes of a plan. */
export function tilesOf(source: GatherSource, plan: GatherPlan, most = mostVoxels): GatherTile[] {
  if (plan.shape.includes(0)) return [];
  const [output, image]: TileBox[] = [plan.shape, source.shape].map((shape) => ({ start: [0, 0, 0], shape }));
  // To find how far a displacement reaches takes longer than to read a small image.
  if (plan.displacement && volumeOf(image!) <= most) return [{ output: output!, image: image! }];
  const reach = plan.displacement?.map(rangeOf) ?? [still, still, still];
  return split(output!, source, plan, reach, most);
}

function split(
  output: TileBox,
  source: GatherSource,
  plan: GatherPlan,
  reach: readonly Range[],
  most: number,
): GatherTile[] {
  const image = imageBox(output, source, plan, reach);
  const { start, shape } = output;
  const longest = Math.max(...shape);
  if (longest === 1 || volumeOf(image) <= most) return [{ output, image }];
  const axis = shape.indexOf(longest);
  const half = longest >> 1;
  const part = (from: number, length: number): TileBox => ({
    start: replaced(start, axis, start[axis]! + from),
    shape: replaced(shape, axis, length),
  });
  return [part(0, half), part(half, longest - half)].flatMap((box) => split(box, source, plan, reach, most));
}

/** The part of the image that a box of the output reads, and a voxel more on each side. */
function imageBox({ start, shape }: TileBox, source: GatherSource, plan: GatherPlan, reach: readonly Range[]): TileBox {
  const ranges = axes.map((row): Range => {
    let [low, high] = [plan.map[4 * row + 3]!, plan.map[4 * row + 3]!];
    for (const axis of axes) {
      const by = plan.map[4 * row + axis]!;
      const a = by * (start[axis] + reach[axis]!.low);
      const b = by * (start[axis] + shape[axis] - 1 + reach[axis]!.high);
      low += Math.min(a, b);
      high += Math.max(a, b);
    }
    return voxelsOf({ low, high }, source.shape[row]!, plan);
  });
  const [x, y, z] = ranges;
  const lengthOf = ({ low, high }: Range) => high - low + 1;
  return { start: [x!.low, y!.low, z!.low], shape: [lengthOf(x!), lengthOf(y!), lengthOf(z!)] };
}

function voxelsOf({ low, high }: Range, n: number, { padding, alignCorners }: GatherPlan): Range {
  const inside = (voxel: number) => Math.min(Math.max(voxel, 0), n - 1);
  const isWithin = low >= 0 && high <= n - 1;
  if (padding !== "reflection" || isWithin)
    return { low: inside(Math.floor(low) - 1), high: inside(Math.floor(high) + 2) };
  const { edge, span } = mirrorsOf(n, alignCorners);
  // More than one turn, or positions that are not numbers: everything.
  if (!(high - low < span)) return { low: 0, high: n - 1 };
  const [first, last] = [Math.floor((low - edge) / span), Math.floor((high - edge) / span)];
  const folded = (position: number, turn: number) => {
    const rest = position - edge - turn * span;
    return edge + (turn % 2 === 0 ? rest : span - rest);
  };
  const ends = [folded(low, first), folded(high, last)];
  // Mirrors of even number are at the start of the image, the others at its end.
  if (last > first) ends.push(last % 2 === 0 ? 0 : n - 1);
  return { low: inside(Math.floor(Math.min(...ends)) - 1), high: inside(Math.floor(Math.max(...ends)) + 2) };
}

/** Where the first mirror of an axis is, and how far it is to the next one. */
export function mirrorsOf(n: number, alignCorners: boolean): { readonly edge: number; readonly span: number } {
  return alignCorners ? { edge: 0, span: n - 1 } : { edge: -0.5, span: n };
}

function rangeOf(values: Displacement[number]): Range {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

function volumeOf({ shape }: TileBox): number {
  return shape[0] * shape[1] * shape[2];
}

function replaced([x, y, z]: Three, axis: number, value: number): Three {
  return [axis === 0 ? value : x, axis === 1 ? value : y, axis === 2 ? value : z];
}
