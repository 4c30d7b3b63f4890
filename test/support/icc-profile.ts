/** Makes color profiles (ICC.1, version 2) that change every sample if they are applied, and files that have them. */
import { deflateSync } from "node:zlib";
import { pngChunk } from "./png-file.ts";

/** A profile with a gamma and, for RGB, primaries of a wide gamut. */
export function iccProfile(space: "GRAY" | "RGB ", gamma: number): Buffer {
  const curve = tagged("curv", Buffer.from([0, 0, 0, 1, Math.floor(gamma), Math.round((gamma % 1) * 256)]));
  const colors: [string, Buffer][] =
    space === "GRAY"
      ? [["kTRC", curve]]
      : [
          ...["rTRC", "gTRC", "bTRC"].map((name): [string, Buffer] => [name, curve]),
          ["rXYZ", xyz(0.6097, 0.3111, 0.0195)],
          ["gXYZ", xyz(0.2053, 0.6257, 0.0609)],
          ["bXYZ", xyz(0.1492, 0.0632, 0.7446)],
        ];
  const description = tagged("desc", Buffer.concat([Buffer.from([0, 0, 0, 2, 65, 0]), Buffer.alloc(78)]));
  const tags: [string, Buffer][] = [
    ["desc", description],
    ["wtpt", xyz(0.9642, 1, 0.8249)],
    ...colors,
    ["cprt", tagged("text", Buffer.from("none\0"))],
  ];
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length, 0);
  let at = 128 + table.length;
  for (const [n, [name, data]] of tags.entries()) {
    table.write(name, 4 + 12 * n, "latin1");
    table.writeUInt32BE(at, 8 + 12 * n);
    table.writeUInt32BE(data.length, 12 + 12 * n);
    at += data.length;
  }
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at, 0);
  header.writeUInt32BE(0x02100000, 8);
  header.write(`mntr${space}XYZ `, 12, "latin1");
  header.write("acsp", 36, "latin1");
  xyz(0.9642, 1, 0.8249).copy(header, 68, 8);
  return Buffer.concat([header, table, ...tags.map(([, data]) => data)]);
}

function tagged(type: string, content: Buffer): Buffer {
  const length = 8 + content.length;
  return Buffer.concat([Buffer.from(type), Buffer.alloc(4), content, Buffer.alloc((4 - (length % 4)) % 4)]);
}

function xyz(...values: number[]): Buffer {
  const content = Buffer.alloc(12);
  for (const [n, value] of values.entries()) content.writeInt32BE(Math.round(value * 65536), 4 * n);
  return tagged("XYZ ", content);
}

/** A JPEG with a profile. */
export function jpegWithIcc(jpeg: Buffer, profile: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from("ICC_PROFILE\0\x01\x01", "latin1"), profile]);
  const head = Buffer.from([0xff, 0xe2, (content.length + 2) >> 8, (content.length + 2) & 255]);
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)]);
}

/** A WebP without transparency, with a profile. */
export function webpWithIcc(webp: Buffer, profile: Buffer, width: number, height: number): Buffer {
  const extended = Buffer.alloc(10);
  extended[0] = 0x20;
  extended.writeUIntLE(width - 1, 4, 3);
  extended.writeUIntLE(height - 1, 7, 3);
  const body = Buffer.concat([Buffer.from("WEBP"), riff("VP8X", extended), riff("ICCP", profile), webp.subarray(12)]);
  return riff("RIFF", body);
}

function riff(name: string, content: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(content.length);
  return Buffer.concat([Buffer.from(name), size, content, Buffer.alloc(content.length % 2)]);
}

/** Chunks of a PNG with a profile, a gamma of 1 and primaries. */
export function pngColorChunks(profile: Buffer): Buffer[] {
  const gamma = Buffer.alloc(4);
  gamma.writeUInt32BE(100_000);
  return [
    pngChunk("iCCP", Buffer.concat([Buffer.from("p\0\0"), deflateSync(profile)])),
    pngChunk("gAMA", gamma),
    pngChunk("cHRM", Buffer.alloc(32, 0x22)),
  ];
}
