/** Options of operators that resize. */
import { z } from "zod";
import type { Rule } from "../../../src/operator/option-types.ts";
import type { ResizeMode } from "../../../src/volume/resize-volume.ts";

/** Checks where values of a resized image come from. */
export const resizeModeSchema = z.enum(["area", "nearest", "nearest-exact", "trilinear", "bilinear"]);

/** Whether any field is pooled: each value of it depends on all samples within its voxel. */
export function usesArea(mode: ResizeMode | readonly ResizeMode[]): boolean {
  return [mode].flat().includes("area");
}

/** `alignCorners` says how linear modes place voxels: some field must have one. */
export const alignsLinearModes: Rule<{
  readonly alignCorners: boolean;
  readonly mode: ResizeMode | readonly ResizeMode[];
}> = {
  test: ({ alignCorners, mode }) =>
    !alignCorners || [mode].flat().some((one) => one === "trilinear" || one === "bilinear"),
  fault: 'it is for mode "trilinear" only',
  option: "alignCorners",
};
