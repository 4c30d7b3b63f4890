/** The lines that `console.log` prints for volumes and tensors. Never reads samples. */
import { makeDisplayable } from "../display.ts";
import { shownUrl } from "../shown-url.ts";
import type { VolumeMeta } from "./meta.ts";

/** What the line of a volume is made of. */
interface VolumeFacts {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly spacing: readonly number[];
  readonly axcodes: string;
  readonly meta: VolumeMeta;
}

/** What the line of a tensor is made of. */
interface TensorFacts {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly layout: string;
}

/** Numbers as people write sizes: three digits, without zeros at the end. */
export function shownSizes(sizes: readonly number[]): string {
  return sizes.map((size) => String(Number(size.toPrecision(3)))).join(" x ");
}

/** Name of the file that an image was read from. */
export function sourceName({ source }: VolumeMeta): string | undefined {
  if (typeof source !== "string") return undefined;
  return shownUrl(source).split(/[\\/]/).filter(Boolean).at(-1);
}

/** `Volume 1 x 240 x 256 x 176 int16, 1 x 1 x 1.2 mm, RAS, IXI314.nii.gz` */
function lineOfVolume({ shape, dtype, spacing, axcodes, meta }: VolumeFacts): string {
  const size = `Volume ${shape.join(" x ")} ${dtype}`;
  return [size, `${shownSizes(spacing)} mm`, axcodes, sourceName(meta)].filter(Boolean).join(", ");
}

/** `Tensor 2 x 1 x 96 x 96 x 96 float32 NCXYZ` */
function lineOfTensor({ shape, dtype, layout }: TensorFacts): string {
  return `Tensor ${shape.join(" x ")} ${dtype} ${layout}`;
}

/** Gives all volumes, by their prototype, a line and an image in notebooks. */
export function makeVolumesDisplayable(prototype: VolumeFacts): void {
  makeDisplayable(prototype, lineOfVolume);
}

/** Gives a tensor a line and an image in notebooks. */
export function displayable<T extends TensorFacts>(tensor: T): T {
  return makeDisplayable(tensor, lineOfTensor);
}
