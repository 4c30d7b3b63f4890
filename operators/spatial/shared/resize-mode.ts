/** Options of operators that resize. */
import * as v from "valibot";
import type { Rule } from "../../../src/operator/option-types.ts";
import type { ResizeMode } from "../../../src/volume/resize-volume.ts";

/** Checks a resize mode. */
export const resizeModeSchema = v.picklist(["area", "nearest", "nearest-exact", "trilinear", "bilinear"]);

/** Whether any field uses `"area"`, where each value depends on all samples in its voxel. */
export function usesArea(mode: ResizeMode | readonly ResizeMode[]): boolean {
  return [mode].flat().includes("area");
}

/** `alignCorners` is about how linear modes place voxels, so at least one field must use such a mode. */
export const alignsLinearModes: Rule<{
  readonly alignCorners: boolean;
  readonly mode: ResizeMode | readonly ResizeMode[];
}> = {
  test: ({ alignCorners, mode }) =>
    !alignCorners || [mode].flat().some((one) => one === "trilinear" || one === "bilinear"),
  fault: 'it is for mode "trilinear" only',
  option: "alignCorners",
};
