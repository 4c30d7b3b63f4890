/** A trainer in plain TypeScript: the class of a voxel from its gray level and its place, by softmax regression. */
import type { Tensor } from "voxrx";

/** What the model sees of a voxel: gray level `v`, place `x y z` from -1 to 1, and their squares. */
const features = 9;

export class VoxelSoftmax {
  readonly #classes: number;
  readonly #weights: Float64Array;
  // Sums of Adam (Kingma and Ba 2015).
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  #steps = 0;

  constructor(classes: number) {
    this.#classes = classes;
    const zeros = () => new Float64Array(classes * features);
    [this.#weights, this.#mean, this.#square] = [zeros(), zeros(), zeros()];
  }

  /** One step on a batch; returns the mean cross-entropy of a voxel before the step. */
  step(image: Tensor, label: Tensor): number {
    const gradient = new Float64Array(this.#weights.length);
    let loss = 0;
    this.#eachVoxel(image, (at, seen, scores) => {
      const most = Math.max(...scores);
      const sum = scores.reduce((before, score) => before + Math.exp(score - most), 0);
      for (let c = 0; c < this.#classes; c++) {
        const share = Math.exp((scores[c] ?? 0) - most) / sum;
        const wanted = label.data[at] === c ? 1 : 0;
        if (wanted === 1) loss -= Math.log(Math.max(share, 1e-9));
        for (const [f, value] of seen.entries()) {
          gradient[c * features + f] = (gradient[c * features + f] ?? 0) + (share - wanted) * value;
        }
      }
    });
    this.#descend(gradient.map((sum) => sum / image.data.length));
    return loss / image.data.length;
  }

  /** Scores of the classes, `[N, classes, X, Y, Z]`, of a batch `[N, 1, X, Y, Z]`. */
  predict(image: Tensor): { data: Float32Array; shape: number[] } {
    const [n = 0, , ...size] = image.shape;
    const voxels = image.data.length / n;
    const data = new Float32Array(image.data.length * this.#classes);
    this.#eachVoxel(image, (at, _, scores) => {
      const start = Math.floor(at / voxels) * voxels * this.#classes + (at % voxels);
      for (let c = 0; c < this.#classes; c++) data[start + c * voxels] = scores[c] ?? 0;
    });
    return { data, shape: [n, this.#classes, ...size] };
  }

  #eachVoxel(image: Tensor, visit: (at: number, seen: Float64Array, scores: Float64Array) => void): void {
    const [, , nx = 1, ny = 1, nz = 1] = image.shape;
    const [seen, scores] = [new Float64Array(features), new Float64Array(this.#classes)];
    for (let at = 0; at < image.data.length; at++) {
      const v = image.data[at] ?? 0;
      const x = (2 * (Math.floor(at / (ny * nz)) % nx)) / nx - 1;
      const y = (2 * (Math.floor(at / nz) % ny)) / ny - 1;
      const z = (2 * (at % nz)) / nz - 1;
      seen.set([1, v, v * v, x, x * x, y, y * y, z, z * z]);
      for (let c = 0; c < this.#classes; c++) {
        scores[c] = seen.reduce((sum, value, f) => sum + (this.#weights[c * features + f] ?? 0) * value, 0);
      }
      visit(at, seen, scores);
    }
  }

  #descend(gradient: Float64Array): void {
    this.#steps++;
    for (const [n, slope] of gradient.entries()) {
      const mean = 0.9 * (this.#mean[n] ?? 0) + 0.1 * slope;
      const square = 0.99 * (this.#square[n] ?? 0) + 0.01 * slope ** 2;
      [this.#mean[n], this.#square[n]] = [mean, square];
      const [unbiasedMean, unbiasedSquare] = [mean / (1 - 0.9 ** this.#steps), square / (1 - 0.99 ** this.#steps)];
      this.#weights[n] = (this.#weights[n] ?? 0) - (0.3 * unbiasedMean) / (Math.sqrt(unbiasedSquare) + 1e-8);
    }
  }
}
