/** Where the windows of a sliding window lie, and how much each of their voxels counts. As MONAI's `sliding_window_inference`. */

/** What a window knows of itself, in `meta.window`: enough to put the image together again. JSON only. */
export interface WindowMeta {
  /** Key of the item that it was cut from. */
  readonly item: string;
  /** Which of its windows it is, from 0, and how many there are. */
  readonly index: number;
  readonly count: number;
  /** Its first voxel in the padded image, and its size. */
  readonly start: readonly number[];
  readonly roiSize: readonly number[];
  /** The padded image's spatial shape, and the voxels that were added before it on each axis. */
  readonly paddedShape: readonly number[];
  readonly padding: readonly number[];
  /** The image's own spatial shape and affine. */
  readonly shape: readonly number[];
  readonly affine: readonly number[];
  /** How its voxels count where windows overlap. */
  readonly mode: "constant" | "gaussian";
  readonly sigmaScale: number;
}

/** The first voxels of all windows, in the order of NumPy's `ndindex` (the last axis fastest); the last one of each axis is moved back inside. */
export function windowStarts(shape: readonly number[], roi: readonly number[], overlap: number): number[][] {
  const alongAxes = shape.map((n, axis) => {
    const size = roi[axis]!;
    const step = size === n ? size : Math.max(1, Math.trunc(size * (1 - overlap)));
    const starts: number[] = [];
    for (let start = 0; ; start += step) {
      starts.push(Math.min(start, n - size));
      if (start + size >= n) return starts;
    }
  });
  return alongAxes.reduce<number[][]>(
    (places, starts) => places.flatMap((place) => starts.map((start) => [...place, start])),
    [[]],
  );
}

/** How much voxels count along one axis: 1, or a Gaussian around the middle of the window. */
export function axisWeights(size: number, mode: WindowMeta["mode"], sigmaScale: number): Float64Array {
  if (mode === "constant") return new Float64Array(size).fill(1);
  const sigma = size * sigmaScale;
  return Float64Array.from({ length: size }, (_, n) => Math.exp((n - (size - 1) / 2) ** 2 / (-2 * sigma * sigma)));
}

/** The least that a voxel of a window counts: the product of the outermost weights, but at least 0.001. */
export function leastWeight(weights: readonly Float64Array[]): number {
  return Math.max(
    weights.reduce((product, each) => product * Math.min(...each), 1),
    1e-3,
  );
}
