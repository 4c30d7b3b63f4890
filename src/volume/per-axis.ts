import { OptionError } from "../errors.ts";

/**
 * The numbers of an option, one for each spatial axis of an image; one number alone is for all axes.
 *
 * @param option its name
 * @throws OptionError `VOXRX_BAD_OPTION` for a list that does not have one number for each axis
 */
export function perAxis(option: string, given: number | readonly number[], shape: readonly number[]): number[] {
  const numbers = typeof given === "number" ? shape.map(() => given) : [...given];
  if (numbers.length === shape.length) return numbers;
  const axes = shape.length;
  throw new OptionError(
    "VOXRX_BAD_OPTION",
    `${option} must have one number or ${axes} for an image of ${axes} axes, got ${numbers.length}`,
    { remedy: "Give one number for all axes, or one per axis; process 2D and 3D images separately." },
  );
}
