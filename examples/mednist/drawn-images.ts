/** Draws gray images of 64 x 64 pixels, in directories named like those of MedNIST: six classes, as simple as can be. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { Random } from "voxrx";
import { medNistClasses } from "voxrx/datasets";

type Place = readonly [x: number, y: number];
const isIn = ([x, y]: Place, [cx, cy]: Place, rx: number, ry = rx) => Math.hypot((x - cx) / rx, (y - cy) / ry) < 1;

/** Whether a place from -1 to 1 belongs to the drawing of each class. */
const drawings: Readonly<Record<(typeof medNistClasses)[number], (place: Place) => boolean>> = {
  AbdomenCT: (place) => isIn(place, [0, 0], 0.8, 0.55),
  BreastMRI: (place) => isIn(place, [-0.45, 0], 0.35) || isIn(place, [0.45, 0], 0.35),
  CXR: (place) => !isIn(place, [-0.4, 0], 0.3, 0.6) && !isIn(place, [0.4, 0], 0.3, 0.6),
  ChestCT: (place) =>
    isIn(place, [0, 0], 0.85, 0.6) && !isIn(place, [-0.35, 0], 0.25, 0.4) && !isIn(place, [0.35, 0], 0.25, 0.4),
  Hand: ([x, y]) => (y > 0.2 && y < 0.8 && Math.abs(x) < 0.5) || (y <= 0.2 && y > -0.8 && Math.cos(14 * x) > 0.3),
  HeadCT: (place) => isIn(place, [0, 0], 0.65, 0.85) && !isIn(place, [0, 0], 0.55, 0.75),
};

/** Writes `count` JPEGs of each class below `root/MedNIST`. */
export async function drawImages(root: string, count: number): Promise<void> {
  for (const name of medNistClasses) {
    await mkdir(join(root, "MedNIST", name), { recursive: true });
    for (let n = 0; n < count; n++) {
      const random = new Random(name, n);
      const [dx, dy, size] = [random.uniform(-0.2, 0.2), random.uniform(-0.2, 0.2), random.uniform(0.8, 1.2)];
      const pixels = Uint8Array.from({ length: 64 * 64 }, (_, at) => {
        const place: Place = [((at % 64) / 32 - 1 - dx) / size, (Math.floor(at / 64) / 32 - 1 - dy) / size];
        return Math.min(255, Math.max(0, random.normal(drawings[name](place) ? 170 : 40, 25)));
      });
      const path = join(root, "MedNIST", name, `${String(n).padStart(6, "0")}.jpeg`);
      await sharp(pixels, { raw: { width: 64, height: 64, channels: 1 } })
        .toColorspace("b-w")
        .jpeg()
        .toFile(path);
    }
  }
}
