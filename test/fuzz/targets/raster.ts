/** PNG, which is decoded here, and JPEG, TIFF and WebP, whose structure is checked here and decoded by sharp. */
import fc from "fast-check";
import sharp from "sharp";
import { pngChunk, pngFile } from "../../support/png-file.ts";
import { tiffFile } from "../../support/tiff-file.ts";
import { holdsValues, imageInput } from "../image-input.ts";
import { blindChanges, edgeIntegers } from "../mutations.ts";
import type { FuzzInput, Target } from "../target.ts";

interface Png {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
  /** Gray values, if it is gray of 8 bits without filters. */
  readonly values: readonly number[] | undefined;
  readonly isValid: boolean;
}

const channels = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;

const pngs: fc.Arbitrary<Png> = fc
  .record({
    width: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 9 }),
    kind: fc.constantFrom([0, 8], [0, 1], [0, 16], [2, 8], [3, 4], [4, 8], [6, 16]) as fc.Arbitrary<
      [0 | 2 | 3 | 4 | 6, number]
    >,
    filter: fc.nat(4),
    text: fc.boolean(),
  })
  .map(({ width, height, kind: [colorType, depth], filter, text }) => {
    const lineBytes = Math.ceil((width * channels[colorType] * depth) / 8);
    const rows = Array.from({ length: height }, (_, y) => [
      filter,
      ...Array.from({ length: lineBytes }, (_, n) => (colorType === 3 ? 0x10 : (y * 16 + n) % 256)),
    ]);
    const chunks = [
      ...(colorType === 3 ? [pngChunk("PLTE", Buffer.from([1, 2, 3, 4, 5, 6]))] : []),
      ...(text ? [pngChunk("tEXt", Buffer.from("a\0b"))] : []),
    ];
    const bytes = pngFile({ width, height, colorType, depth, lines: Uint8Array.from(rows.flat()), chunks });
    // A filter changes the indices of a palette.
    const isValid = colorType !== 3 || filter === 0;
    const isPlain = colorType === 0 && depth === 8 && filter === 0;
    return { bytes, width, height, values: isPlain ? rows.flatMap((row) => row.slice(1)) : undefined, isValid };
  });

/** The chunks of a PNG: type and content. */
function chunksOf(bytes: Buffer): [type: string, content: Buffer][] {
  const chunks: [string, Buffer][] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    chunks.push([bytes.toString("latin1", at + 4, at + 8), bytes.subarray(at + 8, at + 8 + length)]);
    at += 12 + length;
  }
  return chunks;
}

/** Chunks dropped, repeated, moved and changed, each with a right CRC again. */
const chunkChanges = fc
  .tuple(fc.nat(6), fc.nat(6), fc.nat(5), fc.nat(12), edgeIntegers, blindChanges)
  .map(([one, other, kind, at, value, change]) => (bytes: Buffer) => {
    const chunks = chunksOf(bytes);
    const [n, m] = [one % chunks.length, other % chunks.length];
    const [type, content] = chunks[n] ?? ["IEND", Buffer.alloc(0)];
    const header = Buffer.from(chunks[0]?.[1] ?? Buffer.alloc(13));
    if (at < 2) header.writeInt32BE(Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value)), 4 * at);
    else header[Math.min(12, at + 5)] = value & 255;
    const next =
      kind === 0
        ? chunks.toSpliced(n, 1)
        : kind === 1
          ? chunks.toSpliced(m, 0, [type, content])
          : kind === 2
            ? chunks.with(n, chunks[m] ?? [type, content]).with(m, [type, content])
            : kind === 3
              ? chunks.with(n, [type, change(content)])
              : chunks.with(0, ["IHDR", header]);
    return Buffer.concat([bytes.subarray(0, 8), ...next.map(([name, body]) => pngChunk(name, body))]);
  });

const pngInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(pngs, chunkChanges, blindChanges, fc.nat(7))
  .map(([{ bytes, width, height, values, isValid }, inChunks, change, odds]) => {
    if (odds > 0 || !isValid) return imageInput({ bytes: odds < 5 ? inChunks(bytes) : change(bytes), name: "a.png" });
    const expected = values ? holdsValues([1, width, height], values) : () => {};
    return imageInput({ bytes, name: "a.png", expected });
  });

const tiffs: fc.Arbitrary<{ bytes: Buffer; expected: ReturnType<typeof holdsValues> }> = fc
  .record({
    width: fc.integer({ min: 1, max: 6 }),
    height: fc.integer({ min: 1, max: 6 }),
    pages: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ width, height, pages }) => {
    const data = Uint8Array.from({ length: width * height }, (_, n) => n);
    const page = { width, height, bits: [8], photometric: 1, data };
    const values = Array.from({ length: pages }, () => [...data]).flat();
    return {
      bytes: tiffFile(...Array.from({ length: pages }, () => page)),
      expected: holdsValues([1, width, height, ...(pages > 1 ? [pages] : [])], values),
    };
  });

/** The entries of the first directory: tag, type, count and value set to edges. */
const tiffChanges = fc
  .tuple(fc.nat(12), fc.constantFrom(0, 2, 4, 8), edgeIntegers, fc.nat(9))
  .map(([entry, part, value, odds]) => (bytes: Buffer) => {
    const copy = Buffer.from(bytes);
    const directory = copy.readUInt32LE(4);
    const at = odds === 0 ? directory : odds === 1 ? 4 : directory + 2 + 12 * entry + part;
    const size = part < 4 && odds > 1 ? 2 : 4;
    const number = BigInt.asUintN(8 * size, BigInt(value));
    if (at + size <= copy.length) copy.writeUIntLE(Number(number), at, size);
    return copy;
  });

const tiffInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(tiffs, tiffChanges, blindChanges, fc.nat(7))
  .map(([{ bytes, expected }, inDirectory, change, odds]) =>
    imageInput(
      odds === 0
        ? { bytes, name: "a.tif", expected }
        : { bytes: odds < 5 ? inDirectory(bytes) : change(bytes), name: "a.tif" },
    ),
  );

const gray = sharp({ create: { width: 9, height: 7, channels: 3, background: { r: 9, g: 99, b: 200 } } });
let packed: Promise<readonly [jpeg: Buffer, webp: Buffer]> | undefined;

/** A JPEG or a WebP; they are made when first used. */
const codecInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(fc.constantFrom(0, 1), blindChanges, fc.nat(7))
  .map(([kind, change, odds]) => ({
    get shown() {
      return JSON.stringify({ kind: ["jpeg", "webp"][kind], change: String(change), odds });
    },
    async check() {
      packed ??= Promise.all([gray.clone().jpeg().toBuffer(), gray.clone().webp().toBuffer()]);
      const bytes = (await packed)[kind] ?? Buffer.alloc(0);
      const name = kind === 0 ? "a.jpg" : "a.webp";
      return imageInput(odds === 0 ? { bytes, name, expected: () => {} } : { bytes: change(bytes), name }).check();
    },
  }));

export const rasterTargets: readonly Target[] = [
  { name: "png", inputs: pngInputs },
  { name: "tiff", inputs: tiffInputs, cost: 3 },
  { name: "jpeg and webp", inputs: codecInputs, cost: 3 },
];
