/**
 * An example trainer. Any code that takes tensors can be used; this one is a logistic model of each voxel in plain
 * TypeScript.
 */
import type { Tensor, Volume } from "voxrx";

/** Foreground probability of a voxel from its intensity: sigmoid(w0 + w1 v + w2 v²), trained by gradient descent. */
export class VoxelLogistic {
  readonly #weights = [0, 0, 0];
  readonly #rate = 2;

  /** One training step on a batch; returns the mean cross-entropy before the step. */
  step(image: Tensor, label: Tensor): number {
    const [w0 = 0, w1 = 0, w2 = 0] = this.#weights;
    const gradient = [0, 0, 0];
    let loss = 0;
    for (let i = 0; i < image.data.length; i++) {
      const v = image.data[i] ?? 0;
      const wanted = (label.data[i] ?? 0) > 0 ? 1 : 0;
      const probability = 1 / (1 + Math.exp(-(w0 + w1 * v + w2 * v * v)));
      loss -= Math.log(Math.max(1e-7, wanted ? probability : 1 - probability));
      const error = probability - wanted;
      for (const [n, feature] of [1, v, v * v].entries()) gradient[n] = (gradient[n] ?? 0) + error * feature;
    }
    for (const [n, sum] of gradient.entries()) {
      this.#weights[n] = (this.#weights[n] ?? 0) - (this.#rate * sum) / image.data.length;
    }
    return loss / image.data.length;
  }
}

/** A scan and its label, for {@link VoxelLogistic}. */
interface Labeled {
  readonly image: Volume;
  readonly label: Volume;
}

/** The first channel of each: all scans can then be batched, and each voxel has one value and one label. */
export function firstChannels({ image, label }: Labeled): Labeled {
  return { image: image.selectChannels(0, 1), label: label.selectChannels(0, 1) };
}

/** Creates a label for scans without one: the voxels brighter than half of the range. */
export function brightVoxels(scan: Labeled): Labeled {
  const { image } = firstChannels(scan);
  return { image, label: image.mapSamples((value) => (value > 0.5 ? 1 : 0), { dtype: "uint8" }) };
}
