/**
 * Writes src/show/glyphs.ts: the characters that figures can show, rasterized once, so that text needs no font and
 * looks the same everywhere. Needs sharp and the font DejaVu Sans Mono (Debian: fonts-dejavu-core).
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import sharp from "sharp";

const [width, height, baseline, fontSize] = [8, 16, 12, 13];

const span = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => String.fromCodePoint(from + n)).join("");

/** ASCII, Latin-1, and a few signs. The last one stands for all other characters: a box. */
const characters = `${span(0x21, 0x7e)}${span(0xa1, 0xac)}${span(0xae, 0xff)}–—…‘’“”−≈≤≥→Δσ□`;

/** How opaque each pixel of a character is, from 0 to 15: two pixels in each byte, the first in the upper half. */
async function rasterized(character: string): Promise<Uint8Array> {
  const text = character.replace(/[&<>]/g, (special) => `&#${special.charCodeAt(0)};`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <text x="0" y="${baseline}" font-family="DejaVu Sans Mono" font-size="${fontSize}" fill="white">${text}</text></svg>`;
  const { data } = await sharp(Buffer.from(svg)).extractChannel("alpha").raw().toBuffer({ resolveWithObject: true });
  const levels = Array.from(data, (alpha) => Math.round(alpha / 17));
  return Uint8Array.from(
    { length: levels.length / 2 },
    (_, n) => ((levels[2 * n] ?? 0) << 4) | (levels[2 * n + 1] ?? 0),
  );
}

const glyphs = await Promise.all(Array.from(characters, rasterized));
const packed = deflateRawSync(Buffer.concat(glyphs), { level: 9 }).toString("base64");
const lines = packed.match(/.{1,110}/g) ?? [];
const escaped = JSON.stringify(characters);
const file = fileURLToPath(new URL("../src/show/glyphs.ts", import.meta.url));
writeFileSync(
  file,
  `/**
 * The characters of figures, rasterized from DejaVu Sans Mono (https://dejavu-fonts.github.io, free to use and
 * change). Written by scripts/build-glyphs.ts: do not edit.
 */

/** Size of each character in pixels. */
export const glyphSize = { width: ${width}, height: ${height} } as const;

/** The characters in their order; the last one stands for all others. */
export const glyphCharacters = ${escaped};

/** Opacities from 0 to 15, row by row, two pixels in each byte: deflated, in base64. */
export const glyphBits = [
${lines.map((line) => `  "${line}",`).join("\n")}
].join("");
`,
);
console.log(`${characters.length} characters, ${packed.length} bytes: ${file}`);
