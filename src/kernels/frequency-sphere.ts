/** Which frequencies of an image are kept when those far from the middle are removed. */

/** Frequencies that are kept: those within a radius from the middle of all frequencies. */
export interface Sphere {
  readonly radius: number;
  /** Distances along x, y and z. */
  readonly along: readonly [Distances, Distances, Distances];
  /** Number of frequencies along x among which all that are kept are, at least 1. */
  readonly width: number;
  /** 1 for each x and y, x fastest, where a frequency is kept at some z. */
  readonly columns: Uint8Array;
}

/** The sphere in the frequencies of an image. */
export function sphereOf(shape: readonly number[], radius: number): Sphere {
  const along = [distances(shape[0] ?? 1), distances(shape[1] ?? 1), distances(shape[2] ?? 1)] as const;
  const [alongX, alongY, alongZ] = along;
  const nearest = alongZ.own.reduce((a, b) => Math.min(a, b));
  const [half, ny] = [Math.floor((shape[0] ?? 1) / 2) + 1, shape[1] ?? 1];
  const isReached = (i: number, j: number) =>
    Math.sqrt(nearest + alongY.own[j]! + alongX.own[i]!) <= radius ||
    Math.sqrt(nearest + alongY.mirrored[j]! + alongX.mirrored[i]!) <= radius;
  let width = 1;
  for (let i = 1; i < half; i++) for (let j = 0; j < ny; j++) if (isReached(i, j)) width = i + 1;
  const columns = Uint8Array.from({ length: width * ny }, (_, n) =>
    isReached(n % width, Math.floor(n / width)) ? 1 : 0,
  );
  return { radius, along, width, columns };
}

/** Squared distances from the middle of all frequencies: for each frequency of an axis, and for its mirror image. */
interface Distances {
  readonly own: Float64Array;
  readonly mirrored: Float64Array;
}

function distances(n: number): Distances {
  const square = (frequency: number) => (((frequency + Math.floor(n / 2)) % n) - (n - 1) / 2) ** 2;
  return {
    own: Float64Array.from({ length: n }, (_, k) => square(k)),
    mirrored: Float64Array.from({ length: n }, (_, k) => square((n - k) % n)),
  };
}
