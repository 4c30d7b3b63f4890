/** Holes of labels: what they enclose. */
import type { TypedArray } from "../samples.ts";
import { boxesOfValues, eachRowOf, maskInBox } from "./boxes.ts";
import { type BoxShape, connectedComponents } from "./components.ts";

/**
 * Gives what a value encloses that value, whatever it was; one value after the other, ascending, each where those before have left it. Work and memory are those
 * of the boxes around the values.
 *
 * @param samples one channel, written to
 * @param connectivity how what is outside gets in: by faces (1), edges (2), corners (3)
 * @param isFlat of a 2D image: nothing is reached across its plane
 */
export function fillEnclosed(
  samples: TypedArray,
  image: BoxShape,
  connectivity: number,
  isFlat: boolean,
  applies: (value: number) => boolean,
): void {
  for (const [own, box] of boxesOfValues(samples, image)) {
    // A hole has the value on each of its sides.
    const [nx, ny, nz] = box.shape;
    if (!applies(own) || nx < 3 || ny < 3 || (nz < 3 && !isFlat)) continue;
    // What is outside of the box is outside of all holes: it reaches the image's edge straight away from the box.
    const mask = maskInBox(samples, image, box, (value) => value === own);
    const holes = enclosed(mask, box.shape, connectivity, isFlat);
    eachRowOf(image, box, (at, to) => {
      for (let x = 0; x < nx; x++) if (holes[to + x] === 1) samples[at + x] = own;
    });
  }
}

/**
 * Marks background that cannot be reached from outside of the image through background, by faces, edges or corners as `connectivity` says.
 *
 * @param isFlat of a 2D image: nothing is reached across its plane
 */
export function enclosed(mask: Uint8Array, shape: BoxShape, connectivity: number, isFlat: boolean): Uint8Array {
  const background = new Uint8Array(mask.length);
  for (let at = 0; at < mask.length; at++) if (mask[at] === 0) background[at] = 1;
  const { labels, sizes } = connectedComponents(background, shape, connectivity);
  const isOpen = new Uint8Array(sizes.length);
  const [nx, ny, nz] = shape;
  for (let z = 0, at = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++, at += nx) {
      const isEdge = y === 0 || y === ny - 1 || (!isFlat && (z === 0 || z === nz - 1));
      // Of a row inside only both ends are at the image's edge.
      for (let x = 0; x < nx; x += isEdge ? 1 : Math.max(1, nx - 1)) isOpen[labels[at + x]!] = 1;
    }
  }
  const holes = new Uint8Array(labels.length);
  for (let at = 0; at < holes.length; at++) if (labels[at] !== 0 && isOpen[labels[at]!] === 0) holes[at] = 1;
  return holes;
}
