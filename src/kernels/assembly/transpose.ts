/**
 * Transposes samples of 32 bits: column c of a row r goes to row c of the target. Addresses and distances between rows
 * are in bytes; the distance of the target may be negative.
 */
export function transpose(from: usize, pitch: i32, to: usize, targetPitch: i32, rows: i32, columns: i32): void {
  const wholeRows = rows & ~3;
  const wholeColumns = columns & ~3;
  // Sixteen rows at a time: a line of the target's cache is written at once.
  for (let first = 0; first < wholeRows; first += 16) {
    const end = min(first + 16, wholeRows);
    for (let c = 0; c < wholeColumns; c += 4) {
      const target = <i32>to + c * targetPitch;
      for (let r = first; r < end; r += 4) {
        const source = <i32>from + r * pitch + (c << 2);
        const a = v128.load(source);
        const b = v128.load(source + pitch);
        const d = v128.load(source + 2 * pitch);
        const e = v128.load(source + 3 * pitch);
        const low = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
        const high = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
        const lowNext = v128.shuffle<i32>(d, e, 0, 4, 1, 5);
        const highNext = v128.shuffle<i32>(d, e, 2, 6, 3, 7);
        const at = target + (r << 2);
        v128.store(at, v128.shuffle<i64>(low, lowNext, 0, 2));
        v128.store(at + targetPitch, v128.shuffle<i64>(low, lowNext, 1, 3));
        v128.store(at + 2 * targetPitch, v128.shuffle<i64>(high, highNext, 0, 2));
        v128.store(at + 3 * targetPitch, v128.shuffle<i64>(high, highNext, 1, 3));
      }
    }
  }
  for (let r = 0; r < rows; r++) {
    for (let c = r < wholeRows ? wholeColumns : 0; c < columns; c++) {
      const bits = load<i32>(<i32>from + r * pitch + (c << 2));
      store<i32>(<i32>to + c * targetPitch + (r << 2), bits);
    }
  }
}
