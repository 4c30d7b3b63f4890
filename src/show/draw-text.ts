/** Text on figures. */
import { inflateRawSync } from "node:zlib";
import type { Canvas, Color } from "./canvas.ts";
import { glyphBits, glyphCharacters, glyphSize } from "./glyphs.ts";

/** Height of a line of text, in pixels. */
export const lineHeight = glyphSize.height;

/** Width of a text on one line, in pixels. */
export function textWidth(text: string): number {
  return Array.from(text).length * glyphSize.width;
}

let opacities: Uint8Array | undefined;
const places = new Map(Array.from(glyphCharacters, (character, n) => [character, n]));

/** Opacities from 0 to 15 of all characters, one after the other. */
function allOpacities(): Uint8Array {
  if (opacities) return opacities;
  const packed = inflateRawSync(Buffer.from(glyphBits, "base64"));
  opacities = Uint8Array.from({ length: 2 * packed.length }, (_, n) => {
    const both = packed[n >> 1] ?? 0;
    return n % 2 === 0 ? both >> 4 : both & 15;
  });
  return opacities;
}

/** How text is drawn. */
export interface TextStyle {
  readonly color: Color;
  /** Darkens what is around the characters, so that they can be read on any image. */
  readonly hasShadow?: boolean;
}

/** Draws a line of text with its upper left corner at a place. A character that there is no shape for is a box. */
export function drawText(canvas: Canvas, text: string, left: number, top: number, style: TextStyle): void {
  if (style.hasShadow) {
    for (const [dx, dy] of around) drawPlain(canvas, text, left + dx, top + dy, [0, 0, 0]);
  }
  drawPlain(canvas, text, left, top, style.color);
}

const around = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => [dx, dy] as const)).filter(([x, y]) => x || y);

function drawPlain(canvas: Canvas, text: string, left: number, top: number, color: Color): void {
  const { width, height } = glyphSize;
  const bits = allOpacities();
  for (const [n, character] of Array.from(text).entries()) {
    if (/\s/.test(character)) continue;
    const glyph = places.get(character) ?? places.size - 1;
    for (let pixel = 0; pixel < width * height; pixel++) {
      const opacity = bits[glyph * width * height + pixel] ?? 0;
      if (opacity === 0) continue;
      canvas.blend(left + n * width + (pixel % width), top + Math.floor(pixel / width), color, opacity / 15);
    }
  }
}

/** A text as lines of at most `width` pixels, broken at spaces (not at those that don't break); what is beyond `most` lines ends in an ellipsis. */
export function wrapText(text: string, width: number, most: number): string[] {
  const room = Math.max(1, Math.floor(width / glyphSize.width));
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/ +/).filter(Boolean)) {
    const joined = line ? `${line} ${word}` : word;
    if (Array.from(joined).length <= room) {
      line = joined;
      continue;
    }
    if (line) lines.push(line);
    line = word;
    while (Array.from(line).length > room && lines.length < most) {
      const letters = Array.from(line);
      lines.push(letters.slice(0, room).join(""));
      line = letters.slice(room).join("");
    }
  }
  if (line) lines.push(line);
  if (lines.length <= most) return lines;
  const last = Array.from(lines[most - 1] ?? "").slice(0, room - 1);
  return [...lines.slice(0, most - 1), `${last.join("")}…`];
}
