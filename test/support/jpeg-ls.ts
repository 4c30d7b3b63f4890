/** JPEG-LS frames written for tests: all samples are 0, so that a frame is runs only (ITU-T T.87, A.7.1). */

/** Lengths of runs, as powers of two (T.87, A.2.1). */
const orders = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/** A frame of zeros. */
export function zeroFrame(columns: number, rows: number, bits: number): Buffer {
  let [ones, order] = [0, 0];
  for (let row = 0; row < rows; row++) {
    let rest = columns;
    for (; rest >= 2 ** (orders[order] ?? 15); ones++) rest -= 2 ** (orders[order++] ?? 15);
    if (rest > 0) ones++;
  }
  const scan: number[] = [];
  // After a byte of ones, the first bit of the next is 0.
  for (let left = ones; left > 0; ) {
    const most = scan.at(-1) === 255 ? 7 : 8;
    const taken = Math.min(most, left);
    scan.push((2 ** taken - 1) << (most - taken));
    left -= taken;
  }
  if (scan.at(-1) === 255) scan.push(0);
  const frame = [0xff, 0xf7, 0, 11, bits, rows >> 8, rows & 255, columns >> 8, columns & 255, 1, 1, 0x11, 0];
  return Buffer.from([0xff, 0xd8, ...frame, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, ...scan, 0xff, 0xd9]);
}
