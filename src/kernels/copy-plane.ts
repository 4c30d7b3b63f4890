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
  // Places are added up, not multiplied: 0 * -1 is -0, which V8 keeps as a double.
  let [partS, partT] = [from, to];
  for (let left = across.count; left > 0; left -= mostAcross) {
    const length = Math.min(mostAcross, left);
    let [startS, startT] = [partS, partT];
    let i = count;
    for (; i >= 8; i -= 8) {
      let [s, t] = [startS, startT];
      for (let j = 0; j < length; j++) {
        target[t] = source[s]!;
        target[t + stepT] = source[s + stepS]!;
        target[t + 2 * stepT] = source[s + 2 * stepS]!;
        target[t + 3 * stepT] = source[s + 3 * stepS]!;
        target[t + 4 * stepT] = source[s + 4 * stepS]!;
        target[t + 5 * stepT] = source[s + 5 * stepS]!;
        target[t + 6 * stepT] = source[s + 6 * stepS]!;
        target[t + 7 * stepT] = source[s + 7 * stepS]!;
        s += acrossS;
        t += acrossT;
      }
      startS += 8 * stepS;
      startT += 8 * stepT;
    }
    for (; i > 0; i--) {
      let [s, t] = [startS, startT];
      for (let j = 0; j < length; j++) {
        target[t] = source[s]!;
        s += acrossS;
        t += acrossT;
      }
      startS += stepS;
      startT += stepT;
    }
    partS += mostAcross * acrossS;
    partT += mostAcross * acrossT;
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
  // Places are added up, not multiplied: 0 * -1 is -0, which V8 keeps as a double.
  let [partS, partT] = [from, to];
  for (let left = across.count; left > 0; left -= mostAcross) {
    const length = Math.min(mostAcross, left);
    let [startS, startT] = [partS, partT];
    let i = count;
    for (; i >= 8; i -= 8) {
      let [s, t] = [startS, startT];
      for (let j = 0; j < length; j++) {
        target[t] = source[s]!;
        target[t + stepT] = source[s + stepS]!;
        target[t + 2 * stepT] = source[s + 2 * stepS]!;
        target[t + 3 * stepT] = source[s + 3 * stepS]!;
        target[t + 4 * stepT] = source[s + 4 * stepS]!;
        target[t + 5 * stepT] = source[s + 5 * stepS]!;
        target[t + 6 * stepT] = source[s + 6 * stepS]!;
        target[t + 7 * stepT] = source[s + 7 * stepS]!;
        s += acrossS;
        t += acrossT;
      }
      startS += 8 * stepS;
      startT += 8 * stepT;
    }
    for (; i > 0; i--) {
      let [s, t] = [startS, startT];
      for (let j = 0; j < length; j++) {
        target[t] = source[s]!;
        s += acrossS;
        t += acrossT;
      }
      startS += stepS;
      startT += stepT;
    }
    partS += mostAcross * acrossS;
    partT += mostAcross * acrossT;
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
  // Places are added up, not multiplied: 0 * -1 is -0, which V8 keeps as a double.
  let [partS, partT] = [from, to];
  for (let left = across.count; left > 0; left -= mostAcross) {
    const length = Math.min(mostAcross, left);
    let [startS, startT] = [partS, partT];
    let i = count;
    for (; i >= 8; i -= 8) {
      let [s, t] = [startS, startT];
      for (let j = 0; j < length; j++) {
        target[t] = source[s]!;
        target[t + stepT] = source[s + stepS]!;
        target[t + 2 * stepT] = source[s + 2 * stepS]!;
        target[t + 3 * stepT] = source[s + 3 * stepS]!;
        target[t + 4 * stepT] = source[s + 4 * stepS]!;
        target[t + 5 * stepT] = source[s + 5 * stepS]!;
        target[t + 6 * stepT] = source[s + 6 * stepS]!;
        target[t + 7 * stepT] = source[s + 7 * stepS]!;
        s += acrossS;
        t += acrossT;
      }
      startS += 8 * stepS;
      startT += 8 * stepT;
    }
    for (; i > 0; i--) {
      let [s, t] = [startS, startT];
      for (let j = 0; j < length; j++) {
        target[t] = source[s]!;
        s += acrossS;
        t += acrossT;
      }
      startS += stepS;
      startT += stepT;
    }
    partS += mostAcross * acrossS;
    partT += mostAcross * acrossT;
  }
}
