/** Scans that are made for benchmarks, with the shapes of real ones, and noise so that they compress like them. */
import type { Volume } from "voxrx";
import { normalNoise } from "./normal-noise.ts";

type Size = readonly [x: number, y: number, z: number];
type MakeVolume = typeof Volume;

/** Voxels of 0.94 x 0.94 x 1.2 mm, sagittal and slightly tilted, as a T1 comes from the scanner. */
const t1Affine = [0, -0.0187, 1.1998, -90, -0.9375, 0, 0, 120, 0, 0.9373, 0.024, -120, 0, 0, 0, 1];

/** Voxels of 0.75 x 0.75 x 1.5 mm, from right to left and from front to back. */
const ctAffine = [-0.75, 0, 0, 190, 0, -0.75, 0, 170, 0, 0, 1.5, -70, 0, 0, 0, 1];

/** Values of the classes background, fluid, grey matter and white matter in a T1. */
const t1Values = [0, 130, 330, 470];

/** Hounsfield units of air, soft tissue, bone and dense bone. */
const ctValues = [-1024, 45, 420, 1300];

/** An image with its labels. */
export interface Phantom {
  readonly image: Volume;
  readonly label: Volume;
}

/** A head in T1 weighting: classes with a bias field and noise, int16; and the classes as labels. */
export function t1Phantom(make: MakeVolume, size: Size, seed: number): Phantom {
  const noise = normalNoise(seed);
  const label = classes(size, 0.95, seed, (radius, texture) => {
    if (radius > 1) return 0;
    if (radius > 0.86) return texture > 0.4 ? 1 : 0;
    return texture > 0.5 ? 3 : texture > -0.6 ? 2 : 1;
  });
  const data = new Int16Array(label.length);
  const [nx, ny] = size;
  for (let at = 0; at < data.length; at++) {
    const value = t1Values[label[at] ?? 0] ?? 0;
    const bias = 1 + 0.15 * Math.sin(at / (nx * ny * 40)) + (0.1 * (at % nx)) / nx;
    data[at] = value === 0 ? Math.abs(3 * noise()) : Math.max(0, value * bias + 22 * noise());
  }
  return volumes(make, data, label, size, t1Affine);
}

/** A body in CT, int16 Hounsfield units, with the classes as labels. */
export function ctPhantom(make: MakeVolume, size: Size, seed: number): Phantom {
  const noise = normalNoise(seed);
  const label = classes(size, 1.25, seed, (radius, texture) => {
    if (radius > 1) return 0;
    if (radius > 0.8) return texture > 0.6 ? 3 : 2;
    return texture > 0.85 ? 2 : 1;
  });
  const data = new Int16Array(label.length);
  let before = 0;
  for (let at = 0; at < data.length; at++) {
    const kind = label[at] ?? 0;
    // Noise of a CT is correlated between neighbors.
    before = 0.5 * before + 20 * noise();
    data[at] = (ctValues[kind] ?? 0) + (kind === 0 ? 0 : before);
  }
  return volumes(make, data, label, size, ctAffine);
}

function volumes(
  make: MakeVolume,
  data: Int16Array<ArrayBuffer>,
  label: Uint8Array<ArrayBuffer>,
  size: Size,
  affine: readonly number[],
): Phantom {
  const shape = [1, ...size];
  return {
    image: new make({ data, shape, affine, layout: "x-fastest" }),
    label: new make({ data: label, shape, affine, layout: "x-fastest" }),
  };
}

/** The class of every voxel, from its distance to the center (1 at the surface, at a share `extent` of the
 * way to the edges of the image) and a texture of smooth waves. */
function classes(
  [nx, ny, nz]: Size,
  extent: number,
  seed: number,
  classOf: (radius: number, texture: number) => number,
): Uint8Array<ArrayBuffer> {
  const label = new Uint8Array(nx * ny * nz);
  const along = (length: number, frequency: number) =>
    Float32Array.from({ length }, (_, i) => Math.sin(frequency * ((2 * i) / length - 1) + seed));
  const place = (length: number) => Float32Array.from({ length }, (_, i) => (((2 * i + 1) / length - 1) / extent) ** 2);
  const [wx, wy, wz] = [along(nx, 9), along(ny, 11), along(nz, 8)];
  const [px, py, pz] = [place(nx), place(ny), place(nz)];
  for (let at = 0, z = 0; z < nz; z++) {
    const [waveZ = 0, placeZ = 0] = [wz[z], pz[z]];
    for (let y = 0; y < ny; y++) {
      const [waveY = 0, placeY = 0] = [wy[y], py[y]];
      for (let x = 0; x < nx; x++, at++) {
        const waveX = wx[x] ?? 0;
        const texture = waveX * waveY + waveY * waveZ + waveZ * waveX;
        label[at] = classOf((px[x] ?? 0) + placeY + placeZ, texture);
      }
    }
  }
  return label;
}
