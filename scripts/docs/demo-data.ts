/** What `declare const` promises in an example, as generated images. */
import { Dataset, isTensor, Random, Volume } from "voxrx";
import { orientation, spacing } from "voxrx/operators";
import { phantomScan } from "../../datasets/phantom-scan.ts";
import { abdomen } from "./abdomen.ts";

type Fields = Readonly<Record<string, unknown>>;

const made = new Map<string, Fields>();

/** A head of T1-weighted MR, with `image` in arbitrary units, and `label`: 1 for nuclei, 2 for a lesion. */
function head(seed: number): { image: Volume; label: Volume } {
  const { image, label } = phantomScan(new Random("phantom", seed));
  const quiet = image.mapSamples((value) => (value < 85 ? 0 : value));
  const upright = (volume: Volume) => volume.flip([0, 1]).toContiguous("x-fastest").withAffine(plainAffine(volume));
  return { image: upright(quiet), label: upright(label) };
}

function plainAffine({ spacing: sizes }: Volume): number[] {
  const [x = 1, y = 1, z = 1] = sizes;
  return [x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
}

/** Values from 0 to 1, with some room above. */
function unit(volume: Volume): Volume {
  return volume.mapSamples((value) => value / 1000, { dtype: "float32" });
}

/** Values of a volume by voxel. */
function byVoxel(
  like: Volume,
  channels: number,
  value: (c: number, x: number, y: number, z: number) => number,
): Volume {
  const [nx = 1, ny = 1, nz = 1] = like.spatialShape;
  const data = new Float32Array(channels * nx * ny * nz);
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let x = 0; x < nx; x++)
      for (let y = 0; y < ny; y++) for (let z = 0; z < nz; z++) data[i++] = value(c, x, y, z);
  }
  return like.withSamples({ data, shape: [channels, nx, ny, nz] });
}

/** Some voxels of a label set to another value: those in balls. */
function withBalls(label: Volume, balls: readonly (readonly [number, number, number, number, number])[]): Volume {
  const value = byVoxel(label, 1, (_, x, y, z) => {
    const ball = balls.find(([bx, by, bz, radius]) => Math.hypot(x - bx, y - by, 0.5 * (z - bz)) < radius);
    return ball ? ball[4] : (label.get(0, x, y, z) ?? 0);
  });
  return value.mapSamples((one) => one, { dtype: "uint8" });
}

/** Scores of classes, as of a network that is not sure at the borders; softmax makes them probabilities. */
function scores(label: Volume, classes: number, hasSoftmax: boolean): Volume {
  const random = new Random("scores");
  const near = byVoxel(label, classes, (c, x, y, z) => {
    let hits = 0;
    for (const [dx, dy] of [
      [0, 0],
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
      [2, 1],
      [-2, -1],
      [1, -2],
      [-1, 2],
    ] as const) {
      if ((label.get(0, x + dx, y + dy, z) ?? 0) === c) hits++;
    }
    return hits / 2 - 2 + random.normal(0, 0.4);
  });
  if (!hasSoftmax) return near;
  return byVoxel(label, classes, (c, x, y, z) => {
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(near.get(k, x, y, z) ?? 0);
    return Math.exp(near.get(c, x, y, z) ?? 0) / sum;
  });
}

/** Only liver (1) and kidneys (2). */
function liverAndKidneys(organs: Volume): Volume {
  return organs.mapSamples((value) => (value === 6 ? 1 : value === 2 || value === 3 ? 2 : 0));
}

let scan: { image: Volume; organs: Volume; label: Volume } | undefined;

function ct(): { image: Volume; organs: Volume; label: Volume } {
  if (scan) return scan;
  const { image, organs } = abdomen();
  scan = { image, organs, label: liverAndKidneys(organs) };
  return scan;
}

/** How scenes are made. A scene has a value for each field that an example may declare. */
const scenes: Readonly<Record<string, () => Fields | Promise<Fields>>> = {
  ct: () => {
    const { image, organs, label } = ct();
    const interest = byVoxel(label, 1, (_, x, y, z) => (label.get(0, x, y, z) === 2 ? 1 : 0));
    return { image, label, organs, mask: label, interest, path: "scans/001.nii.gz", age: 62, subject: "001" };
  },
  metal: () => {
    const screw = withBalls(ct().label, [
      [52, 36, 38, 3, 9],
      [70, 36, 38, 3, 9],
    ]);
    const image = byVoxel(ct().image, 1, (_, x, y, z) =>
      screw.get(0, x, y, z) === 9 ? 3000 : (ct().image.get(0, x, y, z) ?? 0),
    );
    return { image: image.mapSamples((value) => value, { dtype: "int16" }), label: ct().label };
  },
  organs: () => ({ image: ct().image, label: ct().organs }),
  freeSurfer: () => ({
    image: ct().image,
    label: ct().label.mapSamples((value) => (value ? 400 + 100 * value : 0), { dtype: "int16" }),
  }),
  head: () => {
    const { image, label } = head(3);
    const brain = image.mapSamples((value) => (value > 300 && value < 600 ? 1 : value > 700 ? 1 : 0), {
      dtype: "uint8",
    });
    return { image, label, brain: insideOf(image), body: image, mask: brain };
  },
  unitHead: () => {
    const { image, label } = head(3);
    return { image: unit(image), label, brain: insideOf(image), body: unit(image) };
  },
  channels: () => {
    const { image, label } = head(3);
    const other = image.mapSamples((value) => Math.max(0, 900 - value));
    const both = byVoxel(image, 2, (c, x, y, z) => (c === 0 ? image : other).get(0, x, y, z) ?? 0);
    return {
      image: both.mapSamples((value) => value, { dtype: "int16" }),
      label,
      t1: image,
      t2: other,
      seg: label,
      mask: label,
      age: 62,
      path: "scans/001.nii.gz",
    };
  },
  otherGrid: async () => {
    const { image } = head(3);
    const flair = await Dataset.from([image.mapSamples((value) => Math.max(0, 900 - value))])
      .pipe(spacing({ pixdim: [2, 2, 5] }))
      .at(0);
    return { t1: image, flair };
  },
  stored: () => {
    const { image, label } = head(3);
    const turned = (volume: Volume) => volume.permute([1, 0, 2]).flip([0]);
    return { image: turned(image), label: turned(label) };
  },
  holes: () => ({
    pred: withBalls(ct().label, [
      [88, 62, 38, 6, 0],
      [80, 48, 38, 4, 0],
      [84, 34, 30, 3, 0],
    ]),
  }),
  islands: () => ({
    pred: withBalls(ct().label, [
      [30, 60, 38, 5, 1],
      [60, 84, 38, 4, 2],
      [50, 40, 38, 3, 1],
      [20, 50, 38, 2, 1],
    ]),
  }),
  labels: () => ({ pred: ct().label, image: ct().image }),
  logits: () => ({ pred: scores(ct().label, 3, false).selectChannels(1, 2) }),
  probabilities: () => ({ pred: scores(ct().label, 3, true), label: ct().label }),
  predicted: async () => {
    const scan = { image: ct().image, label: ct().label };
    const { image, label } = await Dataset.from([scan])
      .pipe(
        orientation({ keys: ["image", "label"], axcodes: "LPS" }),
        spacing({ keys: ["image", "label"], pixdim: [2.4, 2.4, 5], mode: ["bilinear", "nearest"] }),
      )
      .at(0);
    return { image: image.withMeta({ source: "scans/001.nii.gz" }), label, pred: scores(label, 3, true) };
  },
  predictedLabels: async () => {
    const { image, label } = await sceneOf("predicted");
    return { image, pred: label };
  },
};

/** The inside of a skull. */
function insideOf(image: Volume): Volume {
  const [nx = 1, ny = 1, nz = 1] = image.spatialShape;
  const inside = byVoxel(image, 1, (_, x, y, z) =>
    Math.hypot((2 * x) / nx - 1, (2 * y) / ny - 1, (2 * z) / nz - 1) < 0.8 ? 1 : 0,
  );
  return inside.mapSamples((value) => value, { dtype: "uint8" });
}

/** A scene by its name, made once. */
export async function sceneOf(name: string): Promise<Fields> {
  const make = scenes[name];
  if (!make) throw new Error(`there is no scene ${name}`);
  const known = made.get(name) ?? (await make());
  made.set(name, known);
  return known;
}

/** The value of `declare const NAME: TYPE` or `declare function NAME` in an example. */
export function declaredValue(scene: Fields, name: string, type: string): unknown {
  if (name === "predict") return predict;
  if (name === "train") return async () => undefined;
  if (type === "ort.InferenceSession") return { run: async () => ({ logits: { dims: [1, 2, 120, 108, 60] } }) };
  if (type === "Volume") return atlas(scene);
  const record = /Dataset<\{(.*)\}>$/s.exec(type)?.[1];
  if (record === undefined && !/Dataset<Volume>$/.test(type)) throw new Error(`no demonstration data of type ${type}`);
  if (record === undefined) return Dataset.from([fieldOf(scene, "image")]);
  const keys = [...record.matchAll(/(\w+)\??:/g)].map((match) => match[1] ?? "");
  return Dataset.from([Object.fromEntries(keys.map((key) => [key, fieldOf(scene, key)]))]);
}

function fieldOf(scene: Fields, key: string): unknown {
  if (key in scene) return scene[key];
  throw new Error(`the scene has no field ${key}, which the example declares; it has ${Object.keys(scene).join(", ")}`);
}

/** An atlas on another grid: coarser, and turned. */
function atlas({ image }: Fields): Volume {
  if (!(image instanceof Volume)) throw new Error("the scene has no image");
  const [cos, sin] = [Math.cos(0.35), Math.sin(0.35)];
  const shape = [1, 64, 56, 30];
  return new Volume({
    data: new Uint8Array(64 * 56 * 30),
    shape,
    affine: [1.6 * cos, -1.6 * sin, 0, -32, 1.6 * sin, 1.6 * cos, 0, -60, 0, 0, 5, -75, 0, 0, 0, 1],
  });
}

/** A network, as far as it goes without one: what is as bright as an organ is likely one. */
export async function predict(image: unknown): Promise<unknown> {
  const sigmoid = (value: number) => 1 / (1 + Math.exp((80 - value) / 12));
  if (image instanceof Volume) return image.mapSamples(sigmoid, { dtype: "float32" });
  if (isTensor(image)) return { ...image, data: Float32Array.from(image.data, sigmoid), dtype: "float32" };
  throw new Error("predict takes a volume or a tensor");
}
