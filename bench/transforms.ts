/**
 * Measures each transform on a scan of 256 x 256 x 150 voxels, in time and as a multiple of copying its input and
 * output once. `--short` runs each once, on a scan an eighth of that size. `npm run bench -- transforms --only spacing`
 * runs those whose name starts with spacing.
 */
import { Dataset, type Operator, Volume } from "voxrx";
import * as ops from "voxrx/operators";
import { measure, only, report, short } from "./measure.ts";

type Step = Operator<Volume, Volume>;

const rounds = short ? 1 : 3;
const [nx, ny, nz] = short ? [128, 128, 75] : [256, 256, 150];

/** A CT-like image: voxels of 0.94 x 0.94 x 1.2 mm. */
function scan<T extends Float32Array | Int16Array>(data: T): Volume {
  for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 4096) - 1024;
  const affine = [-0.94, 0, 0, 120, 0, -0.94, 0, 120, 0, 0, 1.2, -90, 0, 0, 0, 1];
  return new Volume({ data, shape: [1, nx, ny, nz], layout: "x-fastest", affine });
}

/** Balls of labels 1 and 2 on a lattice, like organs: few, connected, with straight and round sides. */
function labels(): Volume {
  const data = new Uint8Array(nx * ny * nz);
  for (let at = 0, z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const [i, j, k] = [x % 64, y % 64, z % 50];
        if ((i - 32) ** 2 + (j - 32) ** 2 + (k - 25) ** 2 < 400) data[at] = 1 + (Math.floor(x / 64) % 2);
      }
    }
  }
  return new Volume({ data, shape: [1, nx, ny, nz], layout: "x-fastest" });
}

const float = scan(new Float32Array(nx * ny * nz));
const integer = scan(new Int16Array(nx * ny * nz));
const oblique = float.withAffine([0.92, -0.19, 0, 0, 0.19, 0.92, 0.1, 0, 0, -0.08, 1.2, 0, 0, 0, 0, 1]);
const label = labels();
const floatLabel = label.withSamples({ data: Float32Array.from(label.storage), layout: "x-fastest" });
const probabilities = new Volume({
  data: new Float32Array(2 * nx * ny * nz).map((_, i) => (i % 7) / 7),
  shape: [2, nx, ny, nz],
  layout: "x-fastest",
});
const half: [number, number, number] = [nx / 2, ny / 2, Math.floor(nz / 2)];
const sure = { prob: 1 } as const;

const cases: readonly (readonly [name: string, volume: Volume, ...steps: Step[]])[] = [
  ["orientation", float, ops.orientation({ axcodes: "SAR" })],
  ["spacing 1.5 mm, float32", float, ops.spacing({ pixdim: 1.5 })],
  ["spacing 1.5 mm, int16", integer, ops.spacing({ pixdim: 1.5 })],
  ["spacing 1.5 mm, after orientation", float, ops.orientation({ axcodes: "SAR" }), ops.spacing({ pixdim: 1.5 })],
  ["spacing 1.5 mm, oblique, diagonal", oblique, ops.spacing({ pixdim: 1.5, diagonal: true })],
  ["spacing 1.5 mm, nearest, int16", integer, ops.spacing({ pixdim: 1.5, mode: "nearest" })],
  ["spatialResample", float, ops.spatialResample({ spatialSize: half })],
  ["resize area", float, ops.resize({ spatialSize: half })],
  ["resize trilinear", float, ops.resize({ spatialSize: half, mode: "trilinear" })],
  ["zoom 1.2 trilinear", float, ops.zoom({ zoom: 1.2, mode: "trilinear" })],
  ["flip", float, ops.flip()],
  ["rotate90", float, ops.rotate90()],
  ["rotate", float, ops.rotate({ angle: [0.1, 0.2, 0.3] })],
  ["affine", float, ops.affine({ shearParams: [0.1], translateParams: [3] })],
  ["spacing, rotate", float, ops.spacing({ pixdim: 1.5 }), ops.rotate({ angle: [0, 0, 0.3] })],
  ["lazy(spacing, rotate)", float, ops.lazy(ops.spacing({ pixdim: 1.5 }), ops.rotate({ angle: [0, 0, 0.3] }))],
  ["randAffine", float, ops.randAffine({ ...sure, rotateRange: 0.2 })],
  ["rand3DElastic", float, ops.rand3DElastic({ ...sure, sigmaRange: [3, 4], magnitudeRange: [20, 30] })],
  ["randGridDistortion", float, ops.randGridDistortion(sure)],
  ["spatialCrop", float, ops.centerSpatialCrop({ roiSize: half })],
  ["spatialPad", float, ops.spatialPad({ spatialSize: [nx + 20, ny + 20, nz + 20] })],
  ["cropForeground", float, ops.cropForeground()],
  ["randSpatialCropSamples, 4", float, ops.randSpatialCropSamples({ roiSize: half, numSamples: 4 })],
  ["scaleIntensity", float, ops.scaleIntensity()],
  [
    "scaleIntensityRange, int16",
    integer,
    ops.scaleIntensityRange({ aMin: -57, aMax: 164, bMin: 0, bMax: 1, clip: true }),
  ],
  [
    "scaleIntensityRangePercentiles",
    float,
    ops.scaleIntensityRangePercentiles({ lower: 1, upper: 99, bMin: 0, bMax: 1 }),
  ],
  ["normalizeIntensity", float, ops.normalizeIntensity()],
  ["thresholdIntensity", float, ops.thresholdIntensity({ threshold: 0 })],
  ["clipIntensityPercentiles", float, ops.clipIntensityPercentiles({ lower: 1, upper: 99 })],
  ["adjustContrast 2", float, ops.adjustContrast({ gamma: 2 })],
  ["adjustContrast 0.7", float, ops.adjustContrast({ gamma: 0.7 })],
  ["shiftIntensity", float, ops.shiftIntensity({ offset: 5 })],
  ["gaussianSmooth 1", float, ops.gaussianSmooth()],
  ["gaussianSharpen", float, ops.gaussianSharpen()],
  ["medianSmooth 1", float, ops.medianSmooth()],
  ["histogramNormalize", float, ops.histogramNormalize()],
  ["savitzkyGolaySmooth", float, ops.savitzkyGolaySmooth({ windowLength: 5, order: 2 })],
  ["foregroundMask", float, ops.foregroundMask({ invert: true })],
  ["randGaussianNoise", float, ops.randGaussianNoise(sure)],
  ["randRicianNoise", float, ops.randRicianNoise(sure)],
  ["randBiasField", float, ops.randBiasField(sure)],
  ["randHistogramShift", float, ops.randHistogramShift(sure)],
  ["randGibbsNoise", float, ops.randGibbsNoise(sure)],
  ["randKSpaceSpikeNoise", float, ops.randKSpaceSpikeNoise(sure)],
  ["randCoarseDropout", float, ops.randCoarseDropout({ ...sure, holes: 5, spatialSize: 20 })],
  ["randCoarseShuffle", float, ops.randCoarseShuffle({ ...sure, holes: 5, spatialSize: 20 })],
  ["randStdShiftIntensity", float, ops.randStdShiftIntensity({ ...sure, factors: 1 })],
  ["activations softmax, 2 channels", probabilities, ops.activations({ softmax: true })],
  ["asDiscrete argmax, 2 channels", probabilities, ops.asDiscrete({ argmax: true })],
  ["keepLargestConnectedComponent", label, ops.keepLargestConnectedComponent()],
  ["removeSmallObjects", label, ops.removeSmallObjects()],
  ["fillHoles", label, ops.fillHoles()],
  ["labelToContour", label, ops.labelToContour()],
  ["labelFilter", label, ops.labelFilter({ appliedLabels: 1 })],
  ["labelFilter, float32", floatLabel, ops.labelFilter({ appliedLabels: 1 })],
  ["mapLabelValue", label, ops.mapLabelValue({ origLabels: [1], targetLabels: [2] })],
  ["labelToMask", label, ops.labelToMask({ selectLabels: 1 })],
  ["distanceTransformEDT", label, ops.distanceTransformEDT()],
];

async function once(volume: Volume, steps: readonly Step[]): Promise<Volume> {
  let dataset: Dataset<Volume> = Dataset.from([volume]);
  for (const step of steps) dataset = dataset.pipe(step);
  const [result] = await dataset.toArray({ maxBytes: "4GiB" });
  if (!result) throw new Error("the pipeline yielded no item");
  return result;
}

for (const [name, volume, ...steps] of cases) {
  if (only !== undefined && !name.startsWith(only)) continue;
  const result = await once(volume, steps);
  const dense = result.storage.slice(0, result.size);
  const { copy, run } = await measure(
    { copy: () => [volume.storage.slice(), dense.slice()], run: () => once(volume, steps) },
    { rounds },
  );
  const [ms, copies] = [run.bestWallMs, run.bestWallMs / copy.bestWallMs];
  report(
    name,
    { bestWallMs: ms, bestCpuMs: run.bestCpuMs, copies },
    `${name.padEnd(36)} ${ms.toFixed(ms < 10 ? 1 : 0).padStart(6)} ms  ${copies.toFixed(1).padStart(6)} copies`,
  );
}
