/** Images made for figures, and the pixels of figures. */
import { decode } from "fast-png";
import type { Figure } from "voxrx";
import { Volume } from "voxrx";
import { applyAffine } from "../../src/volume/affine-matrix.ts";

/** Red, green and blue of a figure's pixels. */
export interface FigurePixels {
  readonly width: number;
  readonly height: number;
  at(x: number, y: number): readonly [number, number, number];
  readonly rgb: Uint8Array;
}

export function pixelsIn({ bytes }: Pick<Figure, "bytes">): FigurePixels {
  const { width, height, data, channels } = decode(bytes);
  if (channels !== 3) throw new Error(`expected 3 channels, got ${channels}`);
  const rgb = Uint8Array.from(data);
  const at = (x: number, y: number) => {
    const [r = -1, g = -1, b = -1] = rgb.subarray(3 * (y * width + x), 3 * (y * width + x) + 3);
    return [r, g, b] as const;
  };
  return { width, height, rgb, at };
}

/** What figures are made on. */
const background = 24;

/** The rectangle of a figure's pixels that are not background. */
export function boxOf({ width, height, at }: FigurePixels) {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (at(x, y).every((value) => value === background)) continue;
      [left, top] = [Math.min(left, x), Math.min(top, y)];
      [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
    }
  }
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** The brightest place of a rectangle, in parts of its size. */
export function brightestIn(pixels: FigurePixels, { left, top, width, height }: ReturnType<typeof boxOf>) {
  let best = { x: 0, y: 0, value: -1 };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [value] = pixels.at(left + x, top + y);
      if (value > best.value) best = { x: x / width, y: y / height, value };
    }
  }
  return best;
}

/** A head that differs on all sides: a ball with a nose in front, a bright right ear, and a dark spot near the top. */
export function head(shape: readonly [number, number, number], affine: readonly number[]): Volume {
  const [nx, ny, nz] = shape;
  const center = applyAffine(affine, [(nx - 1) / 2, (ny - 1) / 2, (nz - 1) / 2]);
  return fromWorld(shape, affine, (world) => {
    const [x = 0, y = 0, z = 0] = world.map((at, axis) => (at - (center[axis] ?? 0)) / 10);
    if (Math.hypot(x - 0.75, y, z) < 0.25) return 1000;
    if (Math.hypot(x, y - 0.9, z + 0.1) < 0.25) return 700;
    if (Math.hypot(x + 0.2, y, z - 0.5) < 0.2) return 150;
    return Math.hypot(x / 0.8, y / 0.9, z) < 1 ? 400 + 60 * Math.sin(6 * x) * Math.cos(5 * y + z) : 0;
  });
}

/** A label field in the same world: 1 a ball at the left, 2 a ball behind. */
export function organs(shape: readonly [number, number, number], affine: readonly number[], like: Volume): Volume {
  const [nx = 1, ny = 1, nz = 1] = like.spatialShape;
  const center = applyAffine(like.affine, [(nx - 1) / 2, (ny - 1) / 2, (nz - 1) / 2]);
  const field = fromWorld(shape, affine, (world) => {
    const [x = 0, y = 0, z = 0] = world.map((at, axis) => (at - (center[axis] ?? 0)) / 10);
    if (Math.hypot(x + 0.35, y - 0.1, z) < 0.3) return 1;
    return Math.hypot(x - 0.1, y + 0.45, z - 0.1) < 0.3 ? 2 : 0;
  });
  return field.toContiguous("x-fastest", "uint8");
}

function fromWorld(
  shape: readonly [number, number, number],
  affine: readonly number[],
  valueAt: (world: readonly number[]) => number,
): Volume {
  const [nx, ny, nz] = shape;
  const data = new Float32Array(nx * ny * nz);
  for (let z = 0, i = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) for (let x = 0; x < nx; x++, i++) data[i] = valueAt(applyAffine(affine, [x, y, z]));
  }
  return new Volume({ data, shape: [1, ...shape], layout: "x-fastest", affine });
}

/** Voxels of these sizes along the world's axes, the first at the left, behind and below. */
export function straight(x: number, y: number, z: number): number[] {
  return [x, 0, 0, -20, 0, y, 0, 5, 0, 0, z, 12, 0, 0, 0, 1];
}

/** The same, turned around the patient's long axis. */
export function turned(degrees: number, size: number): number[] {
  const [cos, sin] = [size * Math.cos((degrees * Math.PI) / 180), size * Math.sin((degrees * Math.PI) / 180)];
  return [cos, -sin, 0, 3, sin, cos, 0, -8, 0, 0, size, 0, 0, 0, 0, 1];
}

/** All 48 ways to store an image: each order of its axes, in each direction. */
export function storageOrders(volume: Volume): Volume[] {
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  return orders.flatMap((order) =>
    Array.from({ length: 8 }, (_, bits) => {
      const view = volume.permute(order).flip([0, 1, 2].filter((axis) => (bits >> axis) & 1));
      return view.withSamples({ data: view.samples.slice(), layout: "z-fastest" });
    }),
  );
}
