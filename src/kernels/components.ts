/** Connected components of masks. */

/** A box of voxels, x fastest: `[x, y, z]`; z is 1 for a 2D image. */
export type BoxShape = readonly [nx: number, ny: number, nz: number];

/** Which component each voxel is of. */
export interface Components {
  /** 1 to `sizes.length - 1`, in the order of their first voxel (x fastest); 0 for background. */
  readonly labels: Int32Array;
  /** Voxels of each; of 0 those of the background. */
  readonly sizes: readonly number[];
}

/**
 * Labels the connected components of the voxels that are not 0: two passes with union-find (Rosenfeld and Pfaltz 1966). Memory is one 32-bit number for each
 * voxel.
 *
 * @param connectivity neighbours share a face (1), a face or an edge (2), or a corner too (3)
 */
export function connectedComponents(mask: Uint8Array, shape: BoxShape, connectivity: number): Components {
  const [nx, ny, nz] = shape;
  const labels = new Int32Array(mask.length);
  const parents = new Parents();
  const before = neighboursBefore(connectivity);
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        if (mask[at] === 0) continue;
        let own = 0;
        for (const [dx, dy, dz] of before) {
          const [i, j, k] = [x + dx, y + dy, z + dz];
          if (i < 0 || j < 0 || k < 0 || i >= nx || j >= ny) continue;
          const other = labels[at + dx + nx * (dy + ny * dz)]!;
          if (other === 0) continue;
          own = own === 0 ? other : parents.join(own, other);
        }
        labels[at] = own === 0 ? parents.add() : own;
      }
    }
  }
  return numbered(labels, parents);
}

/** Offsets of the neighbours that a scan has passed before it comes to a voxel. */
function neighboursBefore(connectivity: number): readonly (readonly [number, number, number])[] {
  const all: [number, number, number][] = [];
  for (let dz = -1; dz <= 0; dz++) {
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const isBefore = dz < 0 || dy < 0 || (dy === 0 && dx < 0);
        if ((dz < 0 || dy <= 0) && isBefore && Math.abs(dx) + Math.abs(dy) + Math.abs(dz) <= connectivity) {
          all.push([dx, dy, dz]);
        }
      }
    }
  }
  return all;
}

function numbered(labels: Int32Array, parents: Parents): Components {
  const numbers = new Int32Array(parents.count + 1);
  const sizes = [0];
  for (let at = 0; at < labels.length; at++) {
    const root = labels[at] === 0 ? 0 : parents.find(labels[at]!);
    if (root !== 0 && numbers[root] === 0) numbers[root] = sizes.push(0) - 1;
    const number = numbers[root]!;
    labels[at] = number;
    sizes[number]!++;
  }
  return { labels, sizes };
}

/** Sets of provisional labels. */
class Parents {
  #parents = new Int32Array(1024);
  count = 0;

  add(): number {
    this.count++;
    if (this.count >= this.#parents.length) {
      const grown = new Int32Array(this.#parents.length * 2);
      grown.set(this.#parents);
      this.#parents = grown;
    }
    this.#parents[this.count] = this.count;
    return this.count;
  }

  find(label: number): number {
    let root = label;
    while (this.#parents[root] !== root) {
      this.#parents[root] = this.#parents[this.#parents[root]!]!;
      root = this.#parents[root]!;
    }
    return root;
  }

  join(a: number, b: number): number {
    const [first, second] = [this.find(a), this.find(b)];
    const root = Math.min(first, second);
    this.#parents[Math.max(first, second)] = root;
    return root;
  }
}

/**
 * Marks background that cannot be reached from outside of the image through background, by faces, edges or corners as `connectivity` says.
 *
 * @param isFlat of a 2D image: nothing is reached across its plane
 */
export function enclosed(mask: Uint8Array, shape: BoxShape, connectivity: number, isFlat: boolean): Uint8Array {
  const background = mask.map((value) => (value === 0 ? 1 : 0));
  const { labels, sizes } = connectedComponents(background, shape, connectivity);
  const isOpen = new Uint8Array(sizes.length);
  const [nx, ny, nz] = shape;
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const onEdge = x === 0 || y === 0 || x === nx - 1 || y === ny - 1 || (!isFlat && (z === 0 || z === nz - 1));
        if (onEdge) isOpen[labels[at]!] = 1;
      }
    }
  }
  return Uint8Array.from(labels, (label) => (label > 0 && isOpen[label] === 0 ? 1 : 0));
}

/** Marks the `count` largest components. Of equals the one whose first voxel comes first with z fastest, as in scikit-image. */
export function largestComponents({ labels, sizes }: Components, shape: BoxShape, count: number): Uint8Array {
  const numbers = [...sizes.keys()].slice(1);
  const isTied = new Set(sizes.slice(1)).size < numbers.length;
  const first = isTied ? firstVoxels(labels, sizes.length, shape) : undefined;
  numbers.sort((a, b) => sizes[b]! - sizes[a]! || (first ? first[a]! - first[b]! : 0));
  const isKept = new Uint8Array(sizes.length);
  for (const number of numbers.slice(0, count)) isKept[number] = 1;
  return Uint8Array.from(labels, (label) => isKept[label]!);
}

/** The place of each component's first voxel, counted z fastest. */
function firstVoxels(labels: Int32Array, count: number, [nx, ny, nz]: BoxShape): Float64Array {
  const first = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  let at = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, at++) {
        const place = z + nz * (y + ny * x);
        if (place < first[labels[at]!]!) first[labels[at]!] = place;
      }
    }
  }
  return first;
}
