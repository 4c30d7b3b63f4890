/** Bytes damaged the way disks, transfers and attackers damage them. */
import type { Random } from "../random/random.ts";

/** A damaged copy of some bytes. */
export interface Damaged {
  readonly bytes: Uint8Array;
  /** What was changed, as text. */
  readonly what: string;
}

/** Sizes larger than the data, in either byte order and as text. */
const forgeries: readonly (readonly number[])[] = [
  ...[[0xff], [0x00], [0xff, 0xff], [0xff, 0x7f], [0x00, 0x10], [0x10, 0x00]],
  ...[
    [0xff, 0xff, 0xff, 0x7f],
    [0x7f, 0xff, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0xff],
    [0x00, 0x00, 0x10, 0x00],
  ],
  ...[
    [0xff, 0x0f, 0xff, 0x0f],
    [0x0f, 0xff, 0x0f, 0xff],
    [0x00, 0x10, 0x00, 0x10],
  ],
  ...[[0x39], [0x39, 0x39, 0x39], [0x39, 0x39, 0x39, 0x39, 0x39, 0x39, 0x39, 0x39]],
];

/** A copy with bits flipped or numbers replaced, in its first kilobyte, where the headers are. */
export function damaged(bytes: Uint8Array, random: Random): Damaged {
  const copy = Uint8Array.from(bytes);
  const done: string[] = [];
  for (let n = 1 + random.integer(2); n > 0; n--) {
    const at = Math.floor(Math.min(1024, copy.length) * random.next() ** 2);
    const change = random.chance(0.4)
      ? [(copy[at] ?? 0) ^ (1 << random.integer(8))]
      : (forgeries[random.integer(forgeries.length)] ?? []);
    copy.set(change.slice(0, copy.length - at), at);
    done.push(`[${change}] at byte ${at}`);
  }
  return { bytes: copy, what: done.join(" and ") };
}
