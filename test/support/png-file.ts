/** Writes PNG files of any kind, by the specification and nothing of ours. */
import { crc32, deflateSync } from "node:zlib";

export interface PngFile {
  readonly width: number;
  readonly height: number;
  readonly colorType: 0 | 2 | 3 | 4 | 6;
  readonly depth: number;
  /** Scan lines as stored, each with the byte of its filter. */
  readonly lines: Uint8Array;
  readonly isInterlaced?: boolean;
  /** Between the header and the pixels. */
  readonly chunks?: readonly Buffer[];
}

export function pngChunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), content]);
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  size.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([size, body, sum]);
}

export function pngFile({ width, height, colorType, depth, lines, isInterlaced, chunks = [] }: PngFile): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colorType, 0, 0, isInterlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk("IHDR", header),
    ...chunks,
    pngChunk("IDAT", deflateSync(lines)),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

/** Big-endian 16-bit numbers. */
export function wide(...values: number[]): number[] {
  return values.flatMap((value) => [value >> 8, value & 255]);
}
