/** Holes in labels: the voxels that a label encloses. */
import type { TypedArray } from "../samples.ts";
import { boxesOfValues, eachRowOf, maskInBox } from "./boxes.ts";
import { type BoxShape, connectedComponents } from "./components.ts";

/**
 * Sets the voxels that a value encloses to that value, whatever they were. Values are processed in ascending order,
 * each on the result of those before. Time and memory depend on the size of the boxes around the values.
 *
 * @param samples one channel, written to
 * @param connectivity which neighbors connect the background to the outside: those that share a face (1), also an edge
 *   (2), also a corner (3)
 * @param isFlat whether the image is 2D: then nothing is reached across its plane
 */
export function fillEnclosed(
  samples: TypedArray,
  image: BoxShape,
  connectivity: number,
  isFlat: boolean,
  applies: (value: number) => boolean,
): void {
  for (const [own, box] of boxesOfValues(samples, image)) {
    // A hole has the value on every side.
    const [nx, ny, nz] = box.shape;
    if (!applies(own) || nx < 3 || ny < 3 || (nz < 3 && !isFlat)) continue;
    // Voxels outside the box are outside all holes: a straight line away from the box leads to the image's edge.
    const mask = maskInBox(samples, image, box, (value) => value === own);
    const holes = enclosed(mask, box.shape, connectivity, isFlat);
    eachRowOf(image, box, (at, to) => {
      for (let x = 0; x < nx; x++) if (holes[to + x] === 1) samples[at + x] = own;
    });
  }
}

/**
 * Marks background that cannot be reached from outside the image through background. `connectivity` decides whether
 * neighbors share a face, an edge or a corner.
 *
 * @param isFlat whether the image is 2D: then nothing is reached across its plane
 */
function enclosed(mask: Uint8Array, shape: BoxShape, connectivity: number, isFlat: boolean): Uint8Array {
  const background = new Uint8Array(mask.length);
  for (let at = 0; at < mask.length; at++) if (mask[at] === 0) background[at] = 1;
  const { labels, sizes } = connectedComponents(background, shape, connectivity);
  const isOpen = new Uint8Array(sizes.length);
  const [nx, ny, nz] = shape;
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, at += nx) {
      const isEdge = y === 0 || y === ny - 1 || (!isFlat && (z === 0 || z === nz - 1));
      // In an inner row, only the two ends are at the image's edge.
      for (let x = 0; x < nx; x += isEdge ? 1 : Math.max(1, nx - 1)) isOpen[labels[at + x]!] = 1;
    }
  }
  const holes = new Uint8Array(labels.length);
  for (let at = 0; at < holes.length; at++) if (labels[at] !== 0 && isOpen[labels[at]!] === 0) holes[at] = 1;
  return holes;
}
