/** Draws what happens at each request of a consumer, without an operator and with it. */
import type { Request } from "./event-log.ts";
import { boxText } from "./item-values.ts";
import { type Picture, utf8 } from "./picture.ts";
import { box, boxHeight, boxWidth, charWidth, ink, itemColor, svg, text } from "./svg.ts";

/** The requests of a run, with a name. */
interface RequestsRow {
  readonly name: string;
  readonly requests: readonly Request[];
}

/** Runs next to each other, under a title. */
export interface RequestsPanel {
  readonly title: string;
  readonly runs: readonly RequestsRow[];
}

const [margin, gap, runGap] = [14, 8, 30];

/** A picture of two panels. A column is one request: above what was worked on for it, below what it gave. */
export function requestsPicture(panels: readonly RequestsPanel[], worked: string, alt: string): Picture {
  const lanes = [worked, "consumer gets"];
  const left = margin + Math.max(...lanes.map((name) => name.length)) * charWidth + 16;
  const colors = colorsOf(panels);
  const parts: string[] = [];
  let [width, y] = [0, margin];
  for (const { title, runs } of panels) {
    const most = Math.max(1, ...runs.flatMap(({ requests }) => requests.map(({ took }) => took.length)));
    const floor = y + 46 + most * (boxHeight + 3);
    parts.push(text(title, margin, y + 13));
    parts.push(text(worked, margin, floor - boxHeight / 2 + 2, { color: ink.dim }));
    parts.push(text("consumer gets", margin, floor + boxHeight / 2 + 14, { color: ink.dim }));
    let x = left;
    for (const { name, requests } of runs) {
      width = Math.max(width, x + name.length * charWidth);
      parts.push(text(name, x, y + 34, { color: ink.dim }));
      const start = x;
      for (const request of requests) x = column(request, x, floor, parts, colors) + gap;
      parts.push(`<path d="M${start} ${floor + 4} H${x - gap}" stroke="${ink.line}" stroke-width="1"/>`);
      x += runGap;
    }
    width = Math.max(width, x - runGap);
    y = floor + boxHeight + 30;
  }
  const values = ({ runs }: RequestsPanel) =>
    runs
      .map(({ requests }) =>
        requests
          .map(({ took, gave }) => `${took.map(({ value }) => boxText(value))}>${gave ? boxText(gave.value) : ""}`)
          .join("|"),
      )
      .join("\n");
  const [before, after] = panels;
  return {
    extension: "svg",
    bytes: utf8(svg(width + margin, y - 8, parts)),
    thumbnail: undefined,
    alt,
    before: utf8(before ? values(before) : ""),
    after: utf8(after ? values(after) : ""),
  };
}

/** Draws one request and returns where it ends. */
function column(
  { took, gave }: Request,
  x: number,
  floor: number,
  parts: string[],
  colors: ReadonlyMap<string, string>,
): number {
  const contents = [...took.map(({ value }) => boxText(value)), gave ? boxText(gave.value) : "end"];
  const width = Math.max(...contents.map(boxWidth));
  for (const [n, { value, index }] of took.entries()) {
    parts.push(
      box(boxText(value), x, floor - (took.length - n) * (boxHeight + 3), width, { colors: [itemColor(index)] }),
    );
  }
  if (gave) {
    const shown = boxText(gave.value);
    parts.push(box(shown, x, floor + 10, width, { colors: [colors.get(shown) ?? ink.dim] }));
  } else {
    parts.push(text("end", x + width / 2, floor + 28, { color: ink.dim, anchor: "middle" }));
  }
  return x + width;
}

/** Colors by text: what comes out has the color of the item of that name. */
function colorsOf(panels: readonly RequestsPanel[]): ReadonlyMap<string, string> {
  const requests = panels.flatMap(({ runs }) => runs.flatMap((run) => run.requests));
  return new Map(
    requests.flatMap(({ took }) => took.map(({ value, index }) => [boxText(value), itemColor(index)] as const)),
  );
}
