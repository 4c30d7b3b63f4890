/** How long transforms take, as a multiple of copying their input and output once. */
import { Dataset, type Operator, Volume } from "voxrx";
import { orientation, scaleIntensity, scaleIntensityRange, spacing } from "voxrx/operators";

const rounds = 5;

/** A CT-like image: 256 x 256 x 150 voxels of 0.94 x 0.94 x 1.2 mm. */
function scan(data: Float32Array | Int16Array): Volume {
  for (let i = 0; i < data.length; i++) data[i] = ((i * 7919) % 4096) - 1024;
  const affine = [-0.94, 0, 0, 120, 0, -0.94, 0, 120, 0, 0, 1.2, -90, 0, 0, 0, 1];
  return new Volume({ data, shape: [1, 256, 256, 150], affine });
}

async function once(volume: Volume, operators: readonly Operator<Volume, Volume>[]): Promise<Volume> {
  let dataset: Dataset<Volume> = Dataset.from([volume]);
  for (const operator of operators) dataset = dataset.pipe(operator);
  const [result] = await dataset.toArray();
  if (!result) throw new Error("nothing came out");
  return result;
}

/** The quickest of some rounds, in ms. */
async function quickest(work: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const begun = performance.now();
    await work();
    best = Math.min(best, performance.now() - begun);
  }
  return best;
}

const float = scan(new Float32Array(256 * 256 * 150));
const integer = scan(new Int16Array(256 * 256 * 150));
const oblique = float.withAffine([0.92, -0.19, 0, 0, 0.19, 0.92, 0.1, 0, 0, -0.08, 1.2, 0, 0, 0, 0, 1]);
const to = (mode: "bilinear" | "nearest") => spacing({ pixdim: 1.5, mode });
const cases: readonly [name: string, volume: Volume, operators: readonly Operator<Volume, Volume>[]][] = [
  ["spacing 1.5 mm bilinear, float32", float, [to("bilinear")]],
  ["spacing 1.5 mm bilinear, int16", integer, [to("bilinear")]],
  ["spacing 1.5 mm bilinear, behind orientation", float, [orientation({ axcodes: "SAR" }), to("bilinear")]],
  ["spacing 1.5 mm bilinear, oblique, diagonal", oblique, [spacing({ pixdim: 1.5, diagonal: true })]],
  ["spacing 1.5 mm nearest, int16", integer, [to("nearest")]],
  ["scaleIntensity, float32", float, [scaleIntensity()]],
  [
    "scaleIntensityRange, int16",
    integer,
    [scaleIntensityRange({ aMin: -57, aMax: 164, bMin: 0, bMax: 1, clip: true })],
  ],
];

for (const [name, volume, operators] of cases) {
  const result = await once(volume, operators);
  const copy = await quickest(() => [volume.samples.slice(), result.samples.slice()]);
  const time = await quickest(() => once(volume, operators));
  console.log(`${name.padEnd(44)} ${time.toFixed(0).padStart(5)} ms  ${(time / copy).toFixed(1).padStart(5)} copies`);
}
