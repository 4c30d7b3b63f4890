/** Writes the images of docs/showing-images.md from generated scans, so that anybody can make them again. */
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { animate, compare, Dataset, type Figure, histogram, Random, show, Volume } from "voxrx";
import { batch, gaussianSmooth, randFlip, randSpatialCrop, spacing } from "voxrx/operators";
import { phantomScan } from "../datasets/phantom-scan.ts";

const dir = fileURLToPath(new URL("../docs/images/", import.meta.url));
const keys = ["image", "label"] as const;

function named(n: number): { image: Volume; label: Volume } {
  const { image, label } = phantomScan(new Random("phantom", n));
  const source = `phantom_${String(n).padStart(3, "0")}.nii.gz`;
  return { image: image.withMeta({ source }), label: label.withMeta({ source }) };
}

/** The scan as of a patient who lies askew. */
function tilted(volume: Volume, degrees: number): Volume {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [a, , , x = 0, , b, , y = 0, , , c, z = 0] = volume.affine;
  const [sx = 1, sy = 1, sz = 1] = [a, b, c];
  return volume.withAffine([sx * cos, -sy * sin, 0, x, sx * sin, sy * cos, 0, y, 0, 0, sz, z, 0, 0, 0, 1]);
}

/** A photograph, as far as it can be computed. */
function photo(): Volume {
  const [width, height] = [96, 64];
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const [x, y, channel] = [i % width, Math.floor(i / width) % height, Math.floor(i / width / height)];
    const isSun = Math.hypot(x - 70, y - 16) < 9;
    const isHill = y > 44 + 7 * Math.sin(x / 13);
    const color = isSun ? [250, 220, 90] : isHill ? [60, 120 - (y - 44), 50] : [90 + y, 140 + y, 225];
    return color[channel] ?? 0;
  });
  return new Volume({
    data,
    shape: [3, width, height],
    layout: "x-fastest",
    meta: { format: "png", source: "hill.png" },
  });
}

const scan = named(3);
const coarse = await Dataset.from([scan])
  .pipe(spacing({ keys, pixdim: [1, 1, 5], mode: ["bilinear", "nearest"] }))
  .at(0);
const crops = await Dataset.from([0, 1, 2, 3].map(named), { seed: 0 })
  .pipe(randSpatialCrop({ keys, roiSize: [40, 40, 40] }), randFlip({ keys, prob: 0.5, spatialAxis: 0 }), batch(4))
  .peek();
const smooth = await Dataset.from([scan.image])
  .pipe(gaussianSmooth({ sigma: 1.5 }))
  .at(0);
const names = { 1: "nuclei", 2: "lesion" };

const figures: Readonly<Record<string, Figure>> = {
  item: show(scan, { names }),
  anisotropic: show(coarse, { width: 160 }),
  oblique: show(tilted(scan.image, 17), { width: 160 }),
  slices: show(scan, { plane: "coronal", slices: 8, width: 128, names }),
  labels: show({ label: scan.label }, { width: 160, names }),
  photo: show(photo()),
  batch: show(crops ?? scan, { width: 112 }),
  compare: compare(scan.image, smooth, { plane: "axial", width: 192 }),
  histogram: histogram([scan.image, smooth.withMeta({ source: "smoothed.nii.gz" })], {
    log: true,
    width: 560,
    height: 260,
  }),
  animation: await animate(scan, { format: "webp", fps: 12, width: 200, names }),
};

await mkdir(dir, { recursive: true });
for (const [name, figure] of Object.entries(figures)) {
  const path = `${dir}${name}.${figure.type.slice("image/".length)}`;
  await figure.save(path);
  console.log(path, figure);
}
