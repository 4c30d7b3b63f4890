/** The arithmetic of MONAI's `SmartCacheDataset`: a part of the items, the rotation, that moves on between epochs. */

/** The size of a rotation, and how fast it moves. */
export interface RotationOptions {
  readonly cacheNum?: number | undefined;
  readonly cacheRate: number;
  readonly replaceRate: number;
}

/** Items in the rotation, and how many of them are replaced between epochs. */
export function rotationSize(
  length: number,
  options: RotationOptions,
): { readonly size: number; readonly replaced: number } {
  const size = Math.min(options.cacheNum ?? length, Math.trunc(length * options.cacheRate), length);
  return { size, replaced: Math.min(Math.ceil(size * options.replaceRate), length - size) };
}

/** Index, in the order of the source, at which the rotation of an epoch starts. */
export function rotationStart(length: number, epoch: number, options: RotationOptions): number {
  return length === 0 ? 0 : (epoch * rotationSize(length, options).replaced) % length;
}
