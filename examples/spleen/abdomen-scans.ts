/** Generates scans of a body with a liver and a spleen, and their labels, as a Decathlon task has them. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Random, saveImage, Volume } from "voxrx";

/** Writes `count` scans to a directory, with the `dataset.json` that lists them, and returns the path of that. */
export async function writeAbdomenScans(dir: string, count: number): Promise<string> {
  await mkdir(dir, { recursive: true });
  const training: { image: string; label: string }[] = [];
  for (let n = 0; n < count; n++) {
    const { image, label } = abdomenScan(new Random("abdomen", n));
    const names = { image: `scan${n}.nii.gz`, label: `label${n}.nii.gz` };
    await saveImage(image, join(dir, names.image));
    await saveImage(label, join(dir, names.label));
    training.push(names);
  }
  const labels = { 0: "background", 1: "liver", 2: "spleen" };
  await writeFile(join(dir, "dataset.json"), JSON.stringify({ labels, training }));
  return join(dir, "dataset.json");
}

type Triple = readonly [number, number, number];

function abdomenScan(random: Random) {
  const shape = [72 + random.integer(8), 60 + random.integer(8), 24 + random.integer(4)] as const;
  const moved = () => random.uniform(-0.05, 0.05);
  const liver: Triple = [-0.38 + moved(), 0.1 + moved(), 0.15 + moved()];
  const spleen: Triple = [0.5 + moved(), -0.3 + moved(), 0.2 + moved()];
  const size = random.uniform(0.9, 1.1);
  const image = new Int16Array(shape[0] * shape[1] * shape[2]);
  const label = new Uint8Array(image.length);
  const isIn = (place: Triple, center: Triple, radii: Triple) =>
    Math.hypot(...place.map((at, n) => (at - (center[n] ?? 0)) / (radii[n] ?? 1))) < 1;
  for (let x = 0, at = 0; x < shape[0]; x++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let z = 0; z < shape[2]; z++, at++) {
        const place: Triple = [(2 * x) / shape[0] - 1, (2 * y) / shape[1] - 1, (2 * z) / shape[2] - 1];
        const isLiver = isIn(place, liver, [0.4 * size, 0.5 * size, 0.7]);
        const isSpleen = isIn(place, spleen, [0.22 * size, 0.3 * size, 0.5]);
        const isBody = isIn(place, [0, 0, 0], [0.95, 0.9, 9]);
        label[at] = isLiver ? 1 : isSpleen ? 2 : 0;
        image[at] = random.normal(isLiver ? 110 : isSpleen ? 130 : isBody ? 20 : -1000, 25);
      }
    }
  }
  const affine = [-2, 0, 0, 0, 0, -2, 0, 0, 0, 0, 5, 0, 0, 0, 0, 1];
  return {
    image: new Volume({ data: image, shape: [1, ...shape], affine }),
    label: new Volume({ data: label, shape: [1, ...shape], affine }),
  };
}
