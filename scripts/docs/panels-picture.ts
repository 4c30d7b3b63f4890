/** Text before and after, one panel below the other; the lines that differ stand out. */
import { type Picture, utf8 } from "./picture.ts";
import { charWidth, ink, svg, text } from "./svg.ts";

/** Text with a title. */
export interface Panel {
  readonly title: string;
  readonly lines: readonly string[];
}

const [margin, lineHeight] = [14, 20];
const mostChars = 96;
const mostLines = 22;

/** A picture of two texts. */
export function panelsPicture(before: Panel, after: Panel, alt: string): Picture {
  const [first, second] = [shortened(before), shortened(after)];
  const widest = Math.max(
    24,
    ...[first, second].flatMap(({ title, lines }) => [title.length, ...lines.map((one) => one.length + 2)]),
  );
  const width = widest * charWidth + 4 * margin;
  const parts: string[] = [];
  let y = margin;
  const draw = ({ title, lines }: Panel, others: readonly string[], sign: string, color: string) => {
    parts.push(text(title, margin, y + 13, { color: ink.dim }));
    const height = Math.max(1, lines.length) * lineHeight + 14;
    parts.push(
      `<rect x="${margin}" y="${y + 22}" width="${Math.ceil(width - 2 * margin)}" height="${height}" rx="4" fill="${ink.panel}"/>`,
    );
    for (const [n, line] of lines.entries()) {
      const isNew = !others.some((other) => collapsed(other) === collapsed(line));
      const at = y + 22 + 7 + n * lineHeight + 14;
      parts.push(text(`${isNew ? sign : " "} ${line}`, 2 * margin - 6, at, { color: isNew ? color : ink.bright }));
    }
    y += 22 + height + 12;
  };
  draw(first, second.lines, "−", ink.removed);
  draw(second, first.lines, "+", ink.added);
  return {
    extension: "svg",
    bytes: utf8(svg(width, y + 2, parts)),
    thumbnail: undefined,
    alt,
    before: utf8(before.lines.join("\n")),
    after: utf8(after.lines.join("\n")),
  };
}

/** How lines are aligned is no difference. */
function collapsed(line: string): string {
  return line.replaceAll(/ +/g, " ");
}

function shortened({ title, lines }: Panel): Panel {
  const cut = lines.map((line) => (line.length > mostChars ? `${line.slice(0, mostChars - 1)}…` : line));
  return {
    title,
    lines: cut.length > mostLines ? [...cut.slice(0, mostLines - 1), `… ${cut.length - mostLines + 1} more`] : cut,
  };
}
