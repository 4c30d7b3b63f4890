export { type FlipOptions, flip } from "./flip.ts";
export { type OrientationOptions, orientation } from "./orientation.ts";
export { type RandFlipOptions, randFlip } from "./rand-flip.ts";
export { type SpacingOptions, spacing } from "./spacing.ts";
