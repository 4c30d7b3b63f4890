import { PipelineError } from "../errors.ts";
import type { Volume } from "./volume.ts";

/** The common spatial shape of all fields of an item. @throws PipelineError `VOXRX_SHAPE_MISMATCH` when they differ */
export function commonShape(volumes: readonly Volume[]): readonly number[] {
  const shapes = [...new Set(volumes.map(({ spatialShape }) => `[${spatialShape}]`))];
  const [first] = volumes;
  if (first && shapes.length === 1) return first.spatialShape;
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `the fields of an item must have the same spatial shape, got ${shapes.join(" and ")}`,
    {
      remedy: "Resample the fields to the same grid first, or process them in separate operators.",
    },
  );
}
