/** Powers and exponentials of many numbers, by tables and short series: the engine's own take 5 to 20 times as long. */

// Both tables cut an octave into so many parts; what is left is at most 1/512, and its fourth power, where the series end, far below the rounding of a float.
const parts = 256;

/** The middle of each part of [1, 2), as its inverse and its logarithm to base 2; both from the same rounded number. */
const inverses = Float64Array.from({ length: parts }, (_, n) => 1 / (1 + (n + 0.5) / parts));
const logarithms = inverses.map((inverse) => -Math.log2(inverse));
const roots = Float64Array.from({ length: parts }, (_, n) => 2 ** (n / parts));

/** Powers of 2 by their exponent plus 1023, as a double has it; those that it has no normal number for are 0. */
const octaves = Float64Array.from({ length: 2048 }, (_, n) => (n === 0 || n === 2047 ? 0 : 2 ** (n - 1023)));

/**
 * Sets each value to its power, to within 1e-10 of it for exponents up to 20. What has no logarithm (0, negative numbers, NaN, infinity) and what is out
 * of a normal double's range goes by `**`.
 */
export function raise(values: Float64Array, exponent: number): void {
  if (exponent === 1) return;
  if (exponent === 2) {
    for (let i = 0; i < values.length; i++) values[i]! *= values[i]!;
    return;
  }
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  for (let i = 0; i < values.length; i++) {
    // The sign, the exponent and the first 20 bits behind it; numbers lie with their last bits first, as on all machines that Node runs on.
    const high = words[2 * i + 1]!;
    const value = values[i]!;
    const log = high < 0x00100000 || high >= 0x7fe00000 ? Number.NaN : log2Of(value, high);
    const power = exponent * log;
    values[i] = power > -1020 && power < 1020 ? exp2Of(power) : value ** exponent;
  }
}

/** Sets each value to its exponential, to within 1e-12 of it for those between -100 and 100. */
export function exponentiate(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) {
    const power = values[i]! * Math.LOG2E;
    values[i] = power > -1020 && power < 1020 ? exp2Of(power) : Math.exp(values[i]!);
  }
}

function log2Of(value: number, high: number): number {
  const exponent = high >>> 20;
  const part = (high >>> 12) & (parts - 1);
  // Its own exponent taken away, and what then is left of its part.
  const rest = value * octaves[2046 - exponent]! * inverses[part]! - 1;
  return exponent - 1023 + logarithms[part]! + (rest - rest * rest * (1 / 2 - rest / 3)) * Math.LOG2E;
}

function exp2Of(power: number): number {
  const place = Math.floor(power * parts + 0.5);
  const rest = (power - place / parts) * Math.LN2;
  return roots[place & (parts - 1)]! * octaves[1023 + (place >> 8)]! * (1 + rest + rest * rest * (1 / 2 + rest / 6));
}
