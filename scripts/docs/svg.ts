/** Boxes and text as SVG, readable on light and on dark pages: a picture brings its own background. */

/** Colors of pictures. */
export const ink = {
  background: "#181818",
  panel: "#242424",
  line: "#5a5a5a",
  bright: "#f0f0f0",
  dim: "#b4b4b4",
  added: "#7ad58a",
  removed: "#f0908a",
} as const;

/** Colors of items, which people with any color vision can tell apart. */
const itemColors = ["#56b4e9", "#e69f00", "#2fb88a", "#f0e442", "#cc79a7", "#d5703f", "#8f9df0", "#a8d46f"] as const;

/** The color of the n-th item. */
export function itemColor(n: number): string {
  return itemColors[n % itemColors.length] ?? itemColors[0];
}

/** Width of a character of {@link text} of 13 pixels. */
export const charWidth = 7.85;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A whole picture. */
export function svg(width: number, height: number, parts: readonly string[]): string {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const font = `font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="13"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" ${font}>
<rect width="${w}" height="${h}" rx="6" fill="${ink.background}"/>
${parts.join("\n")}
</svg>
`;
}

/** A line of text. */
export function text(
  content: string,
  x: number,
  y: number,
  {
    color = ink.bright,
    anchor = "start",
  }: { readonly color?: string; readonly anchor?: "start" | "middle" | "end" } = {},
): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="${color}" text-anchor="${anchor}" xml:space="preserve">${escaped(content)}</text>`;
}

/** How a box looks. */
export interface BoxStyle {
  /** One color, or several side by side; none for an item that went nowhere. */
  readonly colors: readonly string[];
  readonly isDashed?: boolean;
}

export const boxHeight = 26;

/** Width that a box needs for its text. */
export function boxWidth(content: string): number {
  return Math.max(34, Math.ceil(content.length * charWidth + 14));
}

/** An item as a box. */
export function box(content: string, x: number, y: number, width: number, { colors, isDashed }: BoxStyle): string {
  const share = width / Math.max(1, colors.length);
  const fills = colors.map(
    (color, n) =>
      `<rect x="${round(x + n * share)}" y="${y}" width="${round(share)}" height="${boxHeight}" fill="${color}"/>`,
  );
  const isFilled = colors.length > 0;
  const edge = isFilled ? "none" : ink.line;
  const dash = isDashed ? ' stroke-dasharray="4 3"' : "";
  const outline = `<rect x="${round(x)}" y="${y}" width="${round(width)}" height="${boxHeight}" rx="3" fill="none" stroke="${edge}"${dash}/>`;
  const color = isFilled ? "#101010" : ink.dim;
  return [...fills, outline, text(content, x + width / 2, y + boxHeight / 2 + 4.5, { color, anchor: "middle" })].join(
    "",
  );
}

/** A line from one place to another, bent like an S. */
export function link(x1: number, y1: number, x2: number, y2: number, color: string): string {
  const middle = round((y1 + y2) / 2);
  const path = `M${round(x1)} ${round(y1)} C${round(x1)} ${middle} ${round(x2)} ${middle} ${round(x2)} ${round(y2)}`;
  return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2" opacity="0.8"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
