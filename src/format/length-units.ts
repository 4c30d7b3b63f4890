/** Units of length in headers; affines are in mm. */

/** A unit: `value * times / over` mm. Both are integers, so that 500 microns become exactly 0.5 mm. */
export interface LengthUnit {
  readonly times: number;
  readonly over: number;
}

/** The unit that affines have. */
export const millimeter: LengthUnit = { times: 1, over: 1 };
/** Meters. */
export const meter: LengthUnit = { times: 1000, over: 1 };
/** Microns. */
export const micrometer: LengthUnit = { times: 1, over: 1000 };

const units = new Map<string, LengthUnit>([
  ...named(meter, "m", "meter", "meters", "metre", "metres"),
  ...named({ times: 10, over: 1 }, "cm", "centimeter", "centimeters", "centimetre", "centimetres"),
  ...named(millimeter, "mm", "millimeter", "millimeters", "millimetre", "millimetres"),
  // Unicode has two characters for micro.
  ...named(micrometer, "um", "\u00b5m", "\u03bcm", "micron", "microns"),
  ...named(micrometer, "micrometer", "micrometers", "micrometre", "micrometres"),
  ...named({ times: 1, over: 1_000_000 }, "nm", "nanometer", "nanometers", "nanometre", "nanometres"),
  ...named({ times: 254, over: 10 }, "in", "inch", "inches"),
  // Headers leave the unit open like this, and mean mm.
  ...named(millimeter, "", "?", "??", "???", "unknown", "none"),
]);

function named(unit: LengthUnit, ...names: string[]): [string, LengthUnit][] {
  return names.map((name) => [name, unit]);
}

/** The unit with a name such as `um` or `millimeters`, in any case; undefined if it is not a known length. */
export function lengthUnit(name: string): LengthUnit | undefined {
  return units.get(name.trim().toLowerCase());
}

/** A length in mm. */
export function inMillimeters(value: number, { times, over }: LengthUnit): number {
  return (value * times) / over;
}
