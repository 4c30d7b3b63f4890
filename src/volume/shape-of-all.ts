import { PipelineError } from "../errors.ts";
import type { Volume } from "./volume.ts";

/** The spatial shape of all fields of an item. @throws PipelineError `VOXRX_SHAPE_MISMATCH` when they differ */
export function commonShape(volumes: readonly Volume[]): readonly number[] {
  const shapes = [...new Set(volumes.map(({ spatialShape }) => `[${spatialShape}]`))];
  const [first] = volumes;
  if (first && shapes.length === 1) return first.spatialShape;
  throw new PipelineError("VOXRX_SHAPE_MISMATCH", `fields of shapes ${shapes.join(" and ")} cannot be cut alike`, {
    remedy: "Bring the fields of an item to one grid first, or cut them apart from each other.",
  });
}
