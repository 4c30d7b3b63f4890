/** Draws an operator on the stream: the items of its sources above, the items that come out below. */
import type { Request, Source } from "./event-log.ts";
import { sourcesOfRequests, type Taken } from "./item-sources.ts";
import { boxText } from "./item-values.ts";
import { type Picture, utf8 } from "./picture.ts";
import { type BoxStyle, box, boxHeight, boxWidth, charWidth, ink, itemColor, link, svg, text } from "./svg.ts";

/** What came out of one run. */
export interface OutputRow {
  readonly name: string;
  readonly requests: readonly Request[];
}

interface Placed {
  readonly content: string;
  readonly style: BoxStyle;
  readonly width: number;
  readonly from: readonly Taken[];
}

const [margin, gap, rowGap] = [14, 8, 16];

/** A picture of sources and of the runs over them. */
export function flowPicture(sources: readonly Source[], rows: readonly OutputRow[], alt: string): Picture {
  const used = rows.map(({ requests }) => sourcesOfRequests(requests));
  const counts = sources.map(({ items }) => items.length);
  const colorOf = ({ source, index }: { source: number; index: number }) =>
    itemColor(counts.slice(0, source).reduce((sum, n) => sum + n, 0) + index);
  const taken = rows.flatMap(({ requests }) => requests.flatMap((request) => request.took));
  const inputs = sources.map(({ items }, source) =>
    items.map((item, index): Placed => {
      const isSame = (one: Taken) => one.source === source && one.index === index;
      const isUsed = used.some((run) => run.some((from) => from.some(isSame)));
      const content = boxText(item);
      const style = { colors: isUsed ? [colorOf({ source, index })] : [], isDashed: !taken.some(isSame) };
      return { content, style, width: boxWidth(content), from: [] };
    }),
  );
  const outputs = rows.map(({ requests }, row) =>
    requests.flatMap((request, n): Placed[] => {
      const from = used[row]?.[n] ?? [];
      if (request.failed !== undefined)
        return [{ content: "✕ error", style: { colors: [ink.removed] }, width: 74, from: [] }];
      if (!request.gave) return [];
      const content = boxText(request.gave.value);
      return [{ content, style: { colors: from.map(colorOf) }, width: boxWidth(content), from }];
    }),
  );
  const names = [
    ...sources.map((_, n) => (sources.length > 1 ? `source ${n}` : "source")),
    ...rows.map(({ name }) => name),
  ];
  const left = margin + Math.max(...names.map((name) => name.length)) * charWidth + 16;
  return drawn({
    inputs,
    outputs,
    names,
    left,
    rows,
    alt,
    hasLinks: rows.length === 1 || rows.every(({ name }) => /rank|without|with /.test(name)),
  });
}

interface Drawing {
  readonly inputs: readonly (readonly Placed[])[];
  readonly outputs: readonly (readonly Placed[])[];
  readonly names: readonly string[];
  readonly left: number;
  readonly rows: readonly OutputRow[];
  readonly alt: string;
  readonly hasLinks: boolean;
}

function drawn({ inputs, outputs, names, left, rows, alt, hasLinks }: Drawing): Picture {
  const parts: string[] = [];
  const links: string[] = [];
  const centers = new Map<string, { x: number; y: number; color: string }>();
  let [width, y] = [left, margin];
  for (const [n, line] of [...inputs, ...outputs].entries()) {
    const isInput = n < inputs.length;
    if (n === inputs.length) y += hasLinks ? 28 : 10;
    parts.push(text(names[n] ?? "", margin, y + boxHeight / 2 + 4.5, { color: ink.dim }));
    let x = left;
    for (const [index, placed] of line.entries()) {
      parts.push(box(placed.content, x, y, placed.width, placed.style));
      const middle = x + placed.width / 2;
      if (isInput)
        centers.set(`${n} ${index}`, { x: middle, y: y + boxHeight, color: placed.style.colors[0] ?? ink.line });
      for (const [k, from] of placed.from.entries()) {
        const start = centers.get(`${from.source} ${from.index}`);
        const end = x + ((k + 0.5) / placed.from.length) * placed.width;
        if (start && hasLinks) links.push(link(start.x, start.y, end, y, start.color));
      }
      x += placed.width + gap;
    }
    if (line.length === 0) parts.push(text("(nothing)", x, y + boxHeight / 2 + 4.5, { color: ink.dim }));
    width = Math.max(width, x + (line.length === 0 ? 80 : 0));
    y += boxHeight + rowGap;
  }
  const values = (of: readonly (readonly Placed[])[]) =>
    of.map((line) => line.map(({ content }) => content).join("|")).join("\n");
  return {
    extension: "svg",
    bytes: utf8(svg(width + margin, y - rowGap + margin, [...links, ...parts])),
    thumbnail: undefined,
    alt,
    before: utf8(rows.map(() => values(inputs)).join("\n")),
    after: utf8(values(outputs)),
  };
}
