export { type DiceOptions, dice } from "./dice.ts";
export { type Hausdorff95Options, hausdorff95 } from "./hausdorff95.ts";
export type { ClassMetric, ClassMetricOptions } from "./shared/class-masks.ts";
