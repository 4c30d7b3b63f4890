/** Damage causes an error, never a wrong image, a hang or a lack of memory. */
import { ok } from "node:assert";
import { writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import { isVoxRxError } from "../errors.ts";
import { isGzip, largestRatio } from "../files/gunzip.ts";
import type { Format } from "../format/format.ts";
import { Random } from "../random/random.ts";
import { Volume } from "../volume/volume.ts";
import { type Damaged, damaged } from "./damaged-bytes.ts";
import { type FormatCheck, reading, type ValidFile, validFiles } from "./format-subject.ts";
import { assertSame, spelledOut } from "./same-items.ts";
import { within } from "./time-limit.ts";

export const damageChecks: readonly FormatCheck[] = [
  [
    "a file that is cut off is refused",
    async (subject, dir) => {
      for (const { path, bytes } of fewOf(await validFiles(subject, dir))) {
        const whole = spelledOut(await subject.format.read(path, reading()));
        for (const length of cutsOf(bytes.length)) {
          for (const [how, outcome] of await outcomesOf(subject.format, path, bytes.slice(0, length))) {
            if (!(outcome instanceof Volume)) continue;
            assertSame(
              spelledOut(outcome),
              whole,
              `${how} the first ${length} of ${bytes.length} bytes yields another image`,
            );
          }
        }
      }
    },
  ],
  [
    "damaged bytes yield an error of VoxRx or an image no larger than they could hold, in bounded memory and time",
    async (subject, dir) => {
      const random = new Random("formatChecks", "damage", subject.seed);
      for (const { path, bytes } of fewOf(await validFiles(subject, dir))) {
        for (let n = 0; n < subject.damages; n++) {
          // gzip's checksum would detect damage in the compressed bytes before the format reads them.
          const { bytes: changed, what } =
            isGzip(bytes) && random.chance(0.8) ? damagedInside(bytes, random) : damaged(bytes, random);
          const most = mostBytes(changed);
          for (const [how, outcome, allocated] of await outcomesOf(subject.format, path, changed)) {
            const size = outcome instanceof Volume ? outcome.storage.byteLength : 0;
            const where = `${how} ${path} with ${what}`;
            ok(size <= most, `${where} yields an image of ${size} bytes for a file of ${bytes.length}`);
            ok(allocated <= most, `${where} allocates ${allocated} bytes for a file of ${bytes.length}`);
          }
        }
      }
    },
  ],
];

/**
 * The outcomes of reading changed bytes from a file and from memory, each with the number of bytes allocated for
 * arrays.
 */
async function outcomesOf(
  format: Format,
  path: string,
  bytes: Uint8Array,
): Promise<(readonly [how: string, outcome: unknown, allocated: number])[]> {
  await writeFile(path, bytes);
  const ways: [string, () => Promise<Volume>][] = [["reading", () => format.read(path, reading())]];
  const { decode } = format;
  if (decode && bytes.length > 0) {
    const context = { name: path, dtype: "auto", signal: undefined } as const;
    ways.push(["decoding", () => decode.call(format, Uint8Array.from(bytes), context)]);
  }
  const outcomes: [string, unknown, number][] = [];
  for (const [how, read] of ways) {
    const before = process.memoryUsage().arrayBuffers;
    const outcome = await within(10_000, read(), `${how} ${path}`).catch((error: unknown) => {
      if (isVoxRxError(error)) return error;
      throw new Error(`${how} ${bytes.length} damaged bytes throws an error that is not of VoxRx`, { cause: error });
    });
    outcomes.push([how, outcome, process.memoryUsage().arrayBuffers - before]);
  }
  return outcomes;
}

/**
 * The most that this many bytes can contain, as doubles, however they are compressed; plus what reading itself needs.
 */
function mostBytes(bytes: Uint8Array): number {
  return 8 * largestRatio * bytes.length + 16 * 2 ** 20;
}

function damagedInside(bytes: Uint8Array, random: Random): Damaged {
  const inside = damaged(gunzipSync(bytes), random);
  return { ...inside, bytes: Uint8Array.from(gzipSync(inside.bytes)) };
}

function cutsOf(length: number): number[] {
  const parts = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9].map((part) => Math.floor(part * length));
  const cuts = [0, 1, 4, 16, ...parts, length - 16, length - 4, length - 1];
  return [...new Set(cuts)].filter((cut) => cut >= 0 && cut < length);
}

/** A few files of different extensions and shapes, because each is read hundreds of times. */
function fewOf(files: readonly ValidFile[]): readonly ValidFile[] {
  const every = Math.max(1, Math.floor(files.length / 3));
  return files.filter(({ written }, n) => !written || (n % every === 0 && n / every < 3));
}
