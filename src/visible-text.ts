/**
 * Text for a terminal. Paths, ids, fields of images and lines of a lock come from elsewhere: a control character in them
 * could move the cursor, color or hide what follows, or make up lines that nobody wrote.
 */

/** A text on one line, in which all characters that control a terminal or the order of letters are seen: `\x1b`, `\n`. */
export function visible(text: string): string {
  return text.replace(controls, (character) => short.get(character) ?? coded(character));
}

/** JSON in which the same characters are escaped; it means the same. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value).replace(controls, (character) => `\\u${codeOf(character).padStart(4, "0")}`);
}

/** Controls (C0, delete, C1), ends of lines, and marks that show letters in another order or not at all. */
const controls = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

const short = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

function coded(character: string): string {
  const code = codeOf(character);
  return code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`;
}

function codeOf(character: string): string {
  return character.charCodeAt(0).toString(16);
}
