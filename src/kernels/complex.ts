/** Complex numbers: one array for the real parts, one for the imaginary parts. */
export interface Complex {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** `length` complex zeros. */
export function complexZeros(length: number): Complex {
  return { re: new Float64Array(length), im: new Float64Array(length) };
}

/** Real and imaginary parts exchanged: a transform of these is the inverse, up to a factor. */
export function exchanged({ re, im }: Complex): Complex {
  return { re: im, im: re };
}
