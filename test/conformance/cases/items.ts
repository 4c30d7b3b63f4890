/** The items that operators are tried on, and short ways to write a case. */
import { ramp } from "../../support/volumes.ts";
import type { OperatorCase } from "../operator.ts";

export const numbers = () => [1, 2, 3, 4, 5];
const volumes = () => [0, 10, 20].map((start) => ramp([1, 6, 5, 4], "float32", start));
export const scans = () => volumes().map((image, id) => ({ image, label: ramp([1, 6, 5, 4], "uint8", id), id }));
export const quiet = { onProgress: () => undefined };
export const keys = ["image", "label"] as const;

/** A case of an operator on numbers. */
export const onNumbers = (make: OperatorCase["make"], keepsIndex = true): OperatorCase => ({
  items: numbers,
  make,
  keepsIndex,
});

/** A case of a transform of scans. */
export const onScans = (make: OperatorCase["make"], keepsIndex = true): OperatorCase => ({
  items: scans,
  make,
  keepsIndex,
});

/** Believes that an operator fits the items of its case, as the compiler does in a pipeline. */
export const fitting = (make: () => unknown): OperatorCase["make"] => make as OperatorCase["make"];
