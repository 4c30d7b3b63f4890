/** What MONAI gives for small labels (monai_metrics.py writes monai-metrics.json). */
import { readFileSync } from "node:fs";
import { Volume } from "voxrx";

interface Recorded {
  readonly name: string;
  readonly shape: readonly number[];
  readonly spacing: readonly number[];
  readonly classes: number;
  readonly pred: string;
  readonly label: string;
  readonly dice: Readonly<Record<string, readonly (number | null)[]>>;
  readonly hausdorff95: Readonly<Record<string, readonly (number | null)[]>>;
}

function recorded(): readonly Recorded[] {
  return JSON.parse(readFileSync(new URL("monai-metrics.json", import.meta.url), "utf8"));
}

/** A volume of indices of classes, z fastest. */
export function labelOf(values: readonly number[], shape: readonly number[], spacing: readonly number[] = []): Volume {
  const [x = 1, y = 1, z = 1] = spacing;
  const affine = [x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0, 0, 0, 0, 1];
  return new Volume({ data: Uint8Array.from(values), shape: [1, ...shape], affine });
}

/** The same with one channel for each class. */
export function asChannels(label: Volume, classes: number): Volume {
  const data = Array.from({ length: classes }, (_, value) => [...label.samples].map((own) => Number(own === value)));
  return new Volume({
    data: Uint8Array.from(data.flat()),
    shape: [classes, ...label.spatialShape],
    affine: label.affine,
  });
}

const numbers = (lists: Recorded["dice"]) =>
  Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.map((value) => value ?? Number.NaN)]));

/** MONAI's cases. */
export const monaiMetrics = recorded().map(({ pred, label, shape, spacing, dice, hausdorff95, ...others }) => ({
  ...others,
  pred: labelOf([...pred].map(Number), shape, spacing),
  label: labelOf([...label].map(Number), shape, spacing),
  dice: numbers(dice),
  hausdorff95: numbers(hausdorff95),
}));
