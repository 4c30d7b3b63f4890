/** Writes uncompressed little-endian TIFF files of any kind, by TIFF 6.0 and nothing of ours. */

export interface TiffPage {
  readonly width: number;
  readonly height: number;
  /** Bits of each sample of a pixel. */
  readonly bits: readonly number[];
  /** 0 and 1: gray with white or black as 0; 2: RGB; 3: palette; 5: CMYK; 8: CIELab. */
  readonly photometric: number;
  readonly data: Uint8Array;
  /** 1: unsigned, 2: signed, 3: float. */
  readonly sampleFormat?: number;
  readonly extraSamples?: readonly number[];
  readonly colorMap?: readonly number[];
  readonly profile?: Buffer;
  readonly description?: string;
}

const sizes = { 2: 1, 3: 2, 4: 4, 7: 1 } as const;
type Entry = readonly [tag: number, type: keyof typeof sizes, values: Iterable<number>];

export function tiffFile(...pages: readonly TiffPage[]): Buffer {
  const parts: Buffer[] = [Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])];
  let at = 8;
  const push = (bytes: Uint8Array) => {
    const place = at;
    const padded = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    parts.push(padded);
    at += padded.length;
    return place;
  };
  const links: [from: number, to: number][] = [];
  let link = 4;
  for (const page of pages) {
    const directory = directoryOf(entriesOf(page, push(page.data)), push);
    const start = push(directory);
    links.push([link, start]);
    link = start + directory.length - 4;
  }
  const file = Buffer.concat(parts);
  for (const [from, to] of links) file.writeUInt32LE(to, from);
  return file;
}

function entriesOf(page: TiffPage, dataAt: number): Entry[] {
  const { width, height, bits, photometric, data, sampleFormat, extraSamples, colorMap, profile, description } = page;
  return [
    [256, 4, [width]],
    [257, 4, [height]],
    [258, 3, bits],
    [259, 3, [1]],
    [262, 3, [photometric]],
    ...(description === undefined ? [] : [[270, 2, Buffer.from(`${description}\0`)] as const]),
    [273, 4, [dataAt]],
    [277, 3, [bits.length]],
    [278, 4, [height]],
    [279, 4, [data.length]],
    ...(colorMap ? [[320, 3, colorMap] as const] : []),
    ...(extraSamples ? [[338, 3, extraSamples] as const] : []),
    ...(sampleFormat ? [[339, 3, bits.map(() => sampleFormat)] as const] : []),
    ...(profile ? [[34675, 7, profile] as const] : []),
  ];
}

function directoryOf(entries: readonly Entry[], push: (bytes: Uint8Array) => number): Buffer {
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length, 0);
  for (const [n, [tag, type, values]] of entries.entries()) {
    const numbers = [...values];
    const bytes = Buffer.alloc(Math.max(4, numbers.length * sizes[type]));
    for (const [k, value] of numbers.entries()) bytes.writeUIntLE(value, k * sizes[type], sizes[type]);
    directory.writeUInt16LE(tag, 2 + 12 * n);
    directory.writeUInt16LE(type, 4 + 12 * n);
    directory.writeUInt32LE(numbers.length, 6 + 12 * n);
    if (bytes.length <= 4) bytes.copy(directory, 10 + 12 * n);
    else directory.writeUInt32LE(push(bytes), 10 + 12 * n);
  }
  return directory;
}
