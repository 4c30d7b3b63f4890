/** Scans that look like a head from far away: enough to see what a pipeline does, without anybody's data. */
import type { Random } from "../src/random/random.ts";
import { Volume } from "../src/volume/volume.ts";

/** An ellipsoid, in parts of the head's radius: center and half axes. */
interface Blob {
  readonly center: readonly [number, number, number];
  readonly radii: readonly [number, number, number];
}

/** Gray levels, as in a T1-weighted MR scan. */
const levels = { air: 20, scalp: 640, bone: 110, fluid: 170, gray: 400, white: 540, nucleus: 790, lesion: 930 };

/**
 * A scan of 1 mm and its label: 1 for two nuclei deep in the brain, 2 for a lesion, which is somewhere else in each
 * scan. It is stored from left to right and from front to back (LPS), as scanners do.
 */
export function phantomScan(random: Random): { image: Volume; label: Volume } {
  const [nx, ny, nz] = [54 + random.integer(6), 62 + random.integer(6), 52 + random.integer(6)];
  const head = headOf(random, [nx, ny, nz]);
  const image = new Int16Array(nx * ny * nz);
  const label = new Uint8Array(nx * ny * nz);
  for (let z = 0, i = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        const tissue = head(x, y, z);
        image[i] = Math.max(0, Math.round(random.normal(levels[tissue], 22)));
        label[i] = tissue === "nucleus" ? 1 : tissue === "lesion" ? 2 : 0;
      }
    }
  }
  const affine = [-1, 0, 0, nx, 0, -1, 0, ny, 0, 0, 1, 0, 0, 0, 0, 1];
  const shape = [1, nx, ny, nz];
  return {
    image: new Volume({ data: image, shape, layout: "x-fastest", affine }),
    label: new Volume({ data: label, shape, layout: "x-fastest", affine }),
  };
}

/** The tissue at each voxel of a head of random shape. */
function headOf(random: Random, [nx, ny, nz]: readonly [number, number, number]) {
  const near = (n: number) => ({ center: n / 2 + random.uniform(-1, 1), radius: n * random.uniform(0.46, 0.49) });
  const [alongX, alongY, alongZ] = [near(nx), near(ny), near(nz)];
  const [turn, folds] = [random.uniform(-0.12, 0.12), random.uniform(0, 6)];
  const side = random.integer(2) === 0 ? -1 : 1;
  const lesion: Blob = {
    center: [side * random.uniform(0.35, 0.5), random.uniform(-0.45, 0.35), random.uniform(0.15, 0.4)],
    radii: [random.uniform(0.11, 0.17), random.uniform(0.13, 0.2), random.uniform(0.12, 0.18)],
  };
  return (x: number, y: number, z: number): keyof typeof levels => {
    const [dx, dy] = [(x - alongX.center) / alongX.radius, (y - alongY.center) / alongY.radius];
    const w = (z - alongZ.center) / alongZ.radius;
    const [u, v] = [dx * Math.cos(turn) - dy * Math.sin(turn), dx * Math.sin(turn) + dy * Math.cos(turn)];
    const r = Math.hypot(u, v, w);
    if (r > 1) return "air";
    if (r > 0.92) return "scalp";
    if (r > 0.84) return "bone";
    if (r > 0.8) return "fluid";
    if (isIn(lesion, u, v, w)) return "lesion";
    const away = Math.abs(u);
    if (isIn(nucleus, away, v, w)) return "nucleus";
    if (isIn(ventricle, away, v, w) || (away < 0.03 && r > 0.5 && w > -0.2)) return "fluid";
    const angle = Math.atan2(v, u);
    const fold = 0.07 * Math.sin(9 * angle + folds) * Math.cos(8 * w + folds) + 0.04 * Math.sin(17 * angle + 5 * w);
    return r + fold < 0.64 ? "white" : "gray";
  };
}

/** On both sides. */
const nucleus: Blob = { center: [0.3, 0.02, -0.08], radii: [0.12, 0.26, 0.15] };
const ventricle: Blob = { center: [0.13, 0.02, 0.14], radii: [0.09, 0.36, 0.13] };

function isIn({ center, radii }: Blob, u: number, v: number, w: number): boolean {
  return Math.hypot((u - center[0]) / radii[0], (v - center[1]) / radii[1], (w - center[2]) / radii[2]) < 1;
}
