/** The largest angle between a voxel axis and the world axis nearest to it, in degrees; 0 for an image that is not oblique. */
export function obliqueAngle(affine: ArrayLike<number>, rank: number): number {
  const angles = Array.from({ length: rank }, (_, axis) => {
    const direction = [0, 4, 8].map((row) => Math.abs(affine[row + axis] ?? 0));
    const [x = 0, y = 0, z = 0] = direction.sort((a, b) => b - a);
    // From the tangent: the arc cosine is too coarse for small angles.
    return x > 0 ? (Math.atan2(Math.hypot(y, z), x) * 180) / Math.PI : 0;
  });
  return Math.max(0, ...angles);
}
