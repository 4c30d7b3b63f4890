/** Copies planes of samples, for each width of a sample. Written by scripts/plane-copies.ts: do not edit. */

/** One axis of a copy: its length, and the distance between neighbors in the source and in the target. */
export interface Loop {
  readonly count: number;
  readonly from: number;
  readonly to: number;
}

/** How far a copy goes across before it comes back: so far that what it comes back to is still in the cache. */
const mostAcross = 512;

/** Copies a plane of samples of 8 bits, whose first is at `from` in the source and at `to` in the target. */
export function copyPlane8(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  along: Loop,
  across: Loop,
): void {
  const { count, from: stepS, to: stepT } = along;
  const { from: acrossS, to: acrossT } = across;
  const whole = count - (count % 8);
  for (let first = 0; first < across.count; first += mostAcross) {
    const length = Math.min(mostAcross, across.count - first);
    const [startS, startT] = [from + first * acrossS, to + first * acrossT];
    for (let i = 0; i < whole; i += 8) {
      let [s, t] = [startS + i * stepS, startT + i * stepT];
      for (let j = 0; j < length; j++, s += acrossS, t += acrossT) {
        target[t] = source[s]!;
        target[t + stepT] = source[s + stepS]!;
        target[t + 2 * stepT] = source[s + 2 * stepS]!;
        target[t + 3 * stepT] = source[s + 3 * stepS]!;
        target[t + 4 * stepT] = source[s + 4 * stepS]!;
        target[t + 5 * stepT] = source[s + 5 * stepS]!;
        target[t + 6 * stepT] = source[s + 6 * stepS]!;
        target[t + 7 * stepT] = source[s + 7 * stepS]!;
      }
    }
    for (let i = whole; i < count; i++) {
      let [s, t] = [startS + i * stepS, startT + i * stepT];
      for (let j = 0; j < length; j++, s += acrossS, t += acrossT) target[t] = source[s]!;
    }
  }
}

/** Copies a plane of samples of 16 bits, whose first is at `from` in the source and at `to` in the target. */
export function copyPlane16(
  source: Uint16Array,
  from: number,
  target: Uint16Array,
  to: number,
  along: Loop,
  across: Loop,
): void {
  const { count, from: stepS, to: stepT } = along;
  const { from: acrossS, to: acrossT } = across;
  const whole = count - (count % 8);
  for (let first = 0; first < across.count; first += mostAcross) {
    const length = Math.min(mostAcross, across.count - first);
    const [startS, startT] = [from + first * acrossS, to + first * acrossT];
    for (let i = 0; i < whole; i += 8) {
      let [s, t] = [startS + i * stepS, startT + i * stepT];
      for (let j = 0; j < length; j++, s += acrossS, t += acrossT) {
        target[t] = source[s]!;
        target[t + stepT] = source[s + stepS]!;
        target[t + 2 * stepT] = source[s + 2 * stepS]!;
        target[t + 3 * stepT] = source[s + 3 * stepS]!;
        target[t + 4 * stepT] = source[s + 4 * stepS]!;
        target[t + 5 * stepT] = source[s + 5 * stepS]!;
        target[t + 6 * stepT] = source[s + 6 * stepS]!;
        target[t + 7 * stepT] = source[s + 7 * stepS]!;
      }
    }
    for (let i = whole; i < count; i++) {
      let [s, t] = [startS + i * stepS, startT + i * stepT];
      for (let j = 0; j < length; j++, s += acrossS, t += acrossT) target[t] = source[s]!;
    }
  }
}

/** Copies a plane of samples of 32 bits, whose first is at `from` in the source and at `to` in the target. */
export function copyPlane32(
  source: Int32Array,
  from: number,
  target: Int32Array,
  to: number,
  along: Loop,
  across: Loop,
): void {
  const { count, from: stepS, to: stepT } = along;
  const { from: acrossS, to: acrossT } = across;
  const whole = count - (count % 8);
  for (let first = 0; first < across.count; first += mostAcross) {
    const length = Math.min(mostAcross, across.count - first);
    const [startS, startT] = [from + first * acrossS, to + first * acrossT];
    for (let i = 0; i < whole; i += 8) {
      let [s, t] = [startS + i * stepS, startT + i * stepT];
      for (let j = 0; j < length; j++, s += acrossS, t += acrossT) {
        target[t] = source[s]!;
        target[t + stepT] = source[s + stepS]!;
        target[t + 2 * stepT] = source[s + 2 * stepS]!;
        target[t + 3 * stepT] = source[s + 3 * stepS]!;
        target[t + 4 * stepT] = source[s + 4 * stepS]!;
        target[t + 5 * stepT] = source[s + 5 * stepS]!;
        target[t + 6 * stepT] = source[s + 6 * stepS]!;
        target[t + 7 * stepT] = source[s + 7 * stepS]!;
      }
    }
    for (let i = whole; i < count; i++) {
      let [s, t] = [startS + i * stepS, startT + i * stepT];
      for (let j = 0; j < length; j++, s += acrossS, t += acrossT) target[t] = source[s]!;
    }
  }
}
