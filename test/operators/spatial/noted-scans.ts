/** Scans to deform, and what was noted of how. */
import type { Volume } from "voxrx";
import { plain, ramp } from "../../support/volumes.ts";

export const paramsOf = (volume: Volume) => volume.meta.applied?.at(-1)?.params ?? {};

export const unnoted = (volume: Volume) => ({ ...Object(plain(volume)), meta: undefined });

export const scansOf = (picture: Volume, count: number) =>
  Array.from({ length: count }, () => ({
    image: picture,
    label: ramp([1, ...picture.spatialShape], "int16").withAffine(picture.affine),
  }));
