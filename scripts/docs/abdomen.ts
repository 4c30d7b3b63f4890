/** A CT scan of an abdomen, as far as it can be computed: every organ is an ellipsoid. */
import { Random, Volume } from "voxrx";

/** Center and half axes, in parts of half of the image: from -1 to 1 along each axis (right, front, top). */
interface Organ {
  /** Its value in the label, as in the BTCV data set; 0 for what has none. */
  readonly value: number;
  /** CT number. */
  readonly hu: number;
  readonly center: readonly [number, number, number];
  readonly radii: readonly [number, number, number];
}

const size = [120, 108, 60] as const;
const spacing = [0.8, 0.8, 2.5] as const;

/** Later ones lie over earlier ones. */
const organs: readonly Organ[] = [
  { value: 0, hu: -95, center: [0, 0, 0], radii: [0.92, 0.84, 9] },
  { value: 0, hu: 55, center: [0, -0.02, 0], radii: [0.83, 0.74, 9] },
  { value: 0, hu: -85, center: [0, 0.08, 0], radii: [0.72, 0.6, 9] },
  { value: 0, hu: 50, center: [-0.24, -0.5, 0], radii: [0.2, 0.17, 9] },
  { value: 0, hu: 50, center: [0.24, -0.5, 0], radii: [0.2, 0.17, 9] },
  { value: 6, hu: 112, center: [0.38, 0.12, 0.25], radii: [0.36, 0.44, 0.62] },
  { value: 6, hu: 112, center: [0.12, 0.3, 0.35], radii: [0.36, 0.2, 0.4] },
  { value: 0, hu: 25, center: [-0.3, 0.3, 0.2], radii: [0.28, 0.22, 0.5] },
  { value: 0, hu: -850, center: [-0.3, 0.42, 0.2], radii: [0.18, 0.09, 0.4] },
  { value: 1, hu: 128, center: [-0.56, -0.1, 0.35], radii: [0.14, 0.26, 0.42] },
  { value: 2, hu: 190, center: [0.42, -0.36, -0.2], radii: [0.15, 0.17, 0.46] },
  { value: 2, hu: 120, center: [0.39, -0.35, -0.2], radii: [0.07, 0.08, 0.3] },
  { value: 3, hu: 190, center: [-0.42, -0.36, -0.1], radii: [0.15, 0.17, 0.46] },
  { value: 3, hu: 120, center: [-0.39, -0.35, -0.1], radii: [0.07, 0.08, 0.3] },
  { value: 9, hu: 150, center: [0.13, -0.2, 0], radii: [0.085, 0.08, 9] },
  { value: 8, hu: 240, center: [-0.07, -0.22, 0], radii: [0.08, 0.085, 9] },
  { value: 0, hu: 520, center: [0, -0.46, 0], radii: [0.17, 0.17, 9] },
  { value: 0, hu: 260, center: [0, -0.45, 0], radii: [0.12, 0.12, 9] },
  { value: 0, hu: 480, center: [0, -0.68, 0], radii: [0.05, 0.12, 9] },
  { value: 0, hu: 30, center: [0, -0.58, 0], radii: [0.05, 0.045, 9] },
  { value: 0, hu: 60, center: [0.42, 0.3, 0.1], radii: [0.08, 0.1, 0.2] },
];

/** A scan of int16 and its organs, of 0.8 x 0.8 x 2.5 mm, stored from left to right, back to front, bottom to top. */
export function abdomen(seed = 0): { image: Volume; organs: Volume } {
  const random = new Random("abdomen", seed);
  const [nx, ny, nz] = size;
  const image = new Int16Array(nx * ny * nz);
  const label = new Uint8Array(nx * ny * nz);
  for (let z = 0, i = 0; z < nz; z++) {
    const layer = organs.filter(({ center, radii }) => Math.abs((2 * (z + 0.5)) / nz - 1 - center[2]) < radii[2]);
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        const organ = organAt(layer, [(2 * (x + 0.5)) / nx - 1, (2 * (y + 0.5)) / ny - 1, (2 * (z + 0.5)) / nz - 1]);
        image[i] = Math.max(-1024, Math.round(random.normal(organ?.hu ?? -1005, organ ? 14 : 6)));
        label[i] = organ?.value ?? 0;
      }
    }
  }
  const affine = [spacing[0], 0, 0, -48, 0, spacing[1], 0, -43, 0, 0, spacing[2], -75, 0, 0, 0, 1];
  const shared = { shape: [1, nx, ny, nz], layout: "x-fastest" as const, affine };
  return { image: new Volume({ ...shared, data: image }), organs: new Volume({ ...shared, data: label }) };
}

function organAt(layer: readonly Organ[], [x, y, z]: readonly [number, number, number]): Organ | undefined {
  return layer.findLast(({ center, radii }) => {
    const lobed = 1 + 0.06 * Math.sin(5 * x + 3 * z) * Math.cos(4 * y - 2 * z);
    return Math.hypot((x - center[0]) / radii[0], (y - center[1]) / radii[1], (z - center[2]) / radii[2]) < lobed;
  });
}
