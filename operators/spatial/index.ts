export { type FlipOptions, flip } from "./flip.ts";
export { type OrientationOptions, orientation } from "./orientation.ts";
export { type RandAxisFlipOptions, randAxisFlip } from "./rand-axis-flip.ts";
export { type RandFlipOptions, randFlip } from "./rand-flip.ts";
export { type RandRotate90Options, randRotate90 } from "./rand-rotate90.ts";
export { type Rotate90Options, rotate90 } from "./rotate90.ts";
export { type SpacingOptions, spacing } from "./spacing.ts";
