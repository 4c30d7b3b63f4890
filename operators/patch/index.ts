export { type GridPatch, type GridPatchOptions, gridPatch } from "./grid-patch.ts";
export { type SlidingWindowOptions, slidingWindow } from "./sliding-window.ts";
export { type StitchOptions, stitch } from "./stitch.ts";
