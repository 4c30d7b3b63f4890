import { PipelineError } from "../../../src/errors.ts";
import type { Volume } from "../../../src/volume/volume.ts";

/**
 * Returns the mask if it has the image's spatial shape, and one channel or as many as the image.
 *
 * @throws PipelineError `VOXRX_SHAPE_MISMATCH`
 */
export function fittingMask(mask: Volume, image: Volume): Volume {
  const isSame = String(mask.spatialShape) === String(image.spatialShape);
  if (isSame && (mask.channels === 1 || mask.channels === image.channels)) return mask;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `the mask has shape [${mask.shape}], which does not match the image's shape [${image.shape}]`,
    { remedy: "Resample both to the same grid first; give the mask one channel, or as many as the image." },
  );
}
