import { PipelineError } from "../../../src/errors.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/**
 * The mask, if it has the image's spatial shape, and one channel or as many as the image.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH`
 */
export function fittingMask(mask: Volume, image: Volume): Volume {
  const isSame = String(mask.spatialShape) === String(image.spatialShape);
  if (isSame && (mask.channels === 1 || mask.channels === image.channels)) return mask;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `a mask of shape [${mask.shape}] does not fit an image of shape [${image.shape}]`,
    { remedy: "Bring both to one grid first; give the mask one channel, or as many as the image." },
  );
}
