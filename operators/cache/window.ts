/** The arithmetic of MONAI's `SmartCacheDataset`. */

/** What a window is made of. */
export interface WindowOptions {
  readonly cacheNum?: number | undefined;
  readonly cacheRate: number;
  readonly replaceRate: number;
}

/** Items in the window, and how many of them are replaced between epochs. */
export function windowSize(
  length: number,
  options: WindowOptions,
): { readonly size: number; readonly replaced: number } {
  const size = Math.min(options.cacheNum ?? length, Math.trunc(length * options.cacheRate), length);
  return { size, replaced: Math.min(Math.ceil(size * options.replaceRate), length - size) };
}

/** Place in the order of the source at which an epoch's window starts. */
export function windowStart(length: number, epoch: number, options: WindowOptions): number {
  return length === 0 ? 0 : (epoch * windowSize(length, options).replaced) % length;
}
