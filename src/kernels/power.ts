/**
 * Powers and exponentials of many numbers, by tables and short series: the engine's own functions take several times as
 * long.
 */

// Both tables divide an octave into this many parts. The remainder is at most 1/512, and its fourth power, where the
// series end, is far below the rounding of a float.
const parts = 256;

/** The inverse and the base-2 logarithm of the middle of each part of [1, 2), both from the same rounded number. */
const inverses = Float64Array.from({ length: parts }, (_, n) => 1 / (1 + (n + 0.5) / parts));
const logarithms = inverses.map((inverse) => -Math.log2(inverse));
const roots = Float64Array.from({ length: parts }, (_, n) => 2 ** (n / parts));

/** Powers of 2, indexed by their exponent plus 1023, as in a double; those that are not normal doubles are 0. */
const octaves = Float64Array.from({ length: 2048 }, (_, n) => (n === 0 || n === 2047 ? 0 : 2 ** (n - 1023)));

/** Powers of 2 with larger exponents, in parts of an octave, are left to the engine. */
const farthest = 1020 * parts;

// Added to indices so that none is negative: then cutting off the fraction rounds down.
const middle = 1024 * parts;

const [third, sixth, partOfOctave] = [1 / 3, 1 / 6, Math.LN2 / parts];

/**
 * Raises each value to a power, in place, with an error below 1e-10 of the result for exponents up to 20. Values
 * without a logarithm (0, negative numbers, NaN, infinity) and values outside the range of normal doubles use `**`.
 */
export function raise(values: Float64Array, exponent: number): void {
  if (exponent === 1) return;
  if (exponent === 2) square(values);
  else raiseByTables(values, exponent, { inverses, logarithms, roots, octaves });
}

function square(values: Float64Array): void {
  for (let i = 0; i < values.length; i++) values[i]! *= values[i]!;
}

interface Tables {
  readonly inverses: Float64Array;
  readonly logarithms: Float64Array;
  readonly roots: Float64Array;
  readonly octaves: Float64Array;
}

// A single loop with the tables in local variables: with separate functions that look tables up, it takes 1.5 times as
// long.
function raiseByTables(values: Float64Array, exponent: number, tables: Tables): void {
  const { inverses, logarithms, roots, octaves } = tables;
  // The high word has the sign, the exponent and the first 20 bits of the fraction. It comes second in each pair of
  // words, as on all machines that Node runs on.
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const scale = exponent * parts;
  for (let i = 0; i < values.length; i++) {
    const high = words[2 * i + 1]!;
    const value = values[i]!;
    if (high < 0x00100000 || high >= 0x7fe00000) {
      values[i] = value ** exponent;
      continue;
    }
    const octave = high >>> 20;
    const part = (high >>> 12) & (parts - 1);
    // Divide by the octave, then by the middle of the part; the rest is close to 0.
    const rest = value * octaves[2046 - octave]! * inverses[part]! - 1;
    const series = (rest - rest * rest * (0.5 - rest * third)) * Math.LOG2E;
    const power = scale * (octave - 1023 + logarithms[part]! + series);
    values[i] = power > -farthest && power < farthest ? powerOf2(power, roots, octaves) : value ** exponent;
  }
}

/**
 * Replaces each value with its exponential, with an error below 1e-12 of the result for values between -100 and 100.
 */
export function exponentiate(values: Float64Array): void {
  const scale = Math.LOG2E * parts;
  for (let i = 0; i < values.length; i++) {
    const power = values[i]! * scale;
    values[i] = power > -farthest && power < farthest ? powerOf2(power, roots, octaves) : Math.exp(values[i]!);
  }
}

/** 2 to the power of `power` parts of an octave. */
function powerOf2(power: number, roots: Float64Array, octaves: Float64Array): number {
  const place = (power + (middle + 0.5)) | 0;
  const rest = (power - (place - middle)) * partOfOctave;
  return roots[place & (parts - 1)]! * octaves[(place >> 8) - 1]! * (1 + rest + rest * rest * (0.5 + rest * sixth));
}
