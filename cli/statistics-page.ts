/** The statistics of a dataset as one page of HTML that needs nothing else. */
import type { ChannelStatistics, DatasetStatistics } from "./dataset-statistics.ts";
import { countsText, type StatisticsTable, statisticsTables } from "./statistics-text.ts";
import type { Suggestions } from "./suggestions.ts";
import { counted, shortNumber } from "./write-output.ts";

const style = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; } th, td { padding: 0.2rem 0.8rem 0.2rem 0; text-align: left; }
th { border-bottom: 1px solid #999; font-weight: 600; } td.right, th.right { text-align: right; font-variant-numeric: tabular-nums; }
pre { background: #f4f4f4; padding: 0.8rem; overflow-x: auto; } svg { display: block; margin: 0.5rem 0 1rem; }
rect { fill: #3b6ea5; } .axis { fill: #555; font: 12px system-ui, sans-serif; } footer { color: #666; margin-top: 3rem; }`;

export function statisticsPage(
  descriptions: readonly string[],
  statistics: DatasetStatistics,
  suggestions: Suggestions,
): string {
  const { items, labeled, orientations, types, channels } = statistics;
  const title = descriptions.join("; ") || counted(items, "image");
  const facts = [
    `${items} items read, ${labeled} with labels.`,
    `Orientation: ${countsText(orientations)}. Type: ${countsText(types)}.`,
  ];
  const code = suggestions.steps.map((step) => `// ${step.reason}\n${step.code},`).join("\n");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>${style}</style>
<h1>${escaped(title)}</h1>
${facts.map((fact) => `<p>${escaped(fact)}</p>`).join("\n")}
${statisticsTables(statistics).map(tableHtml).join("\n")}
<h2>Histogram, from the 0.5th to the 99.5th percentile</h2>
${channels.map(histogramSvg).join("\n")}
<h2>This suggests, after load</h2>
<pre>${escaped(code)}</pre>
<footer>Made by voxrx stats.</footer>
</html>
`;
}

function tableHtml({ title, columns, rows }: StatisticsTable): string {
  const cell = (tag: "td" | "th", text: string, n: number) => {
    const side = columns[n]?.align === "right" ? ' class="right"' : "";
    return `<${tag}${side}>${escaped(text)}</${tag}>`;
  };
  const head = columns.map(({ name }, n) => cell("th", name, n)).join("");
  const body = rows.map((row) => `<tr>${row.map((text, n) => cell("td", text, n)).join("")}</tr>`).join("\n");
  return `<h2>${escaped(title)}</h2>\n<table>\n<tr>${head}</tr>\n${body}\n</table>`;
}

function histogramSvg({ name, low, high, histogram }: ChannelStatistics): string {
  const [width, height] = [640, 120];
  const most = Math.max(1, ...histogram);
  const step = width / histogram.length;
  const bars = histogram.map((count, n) => {
    const tall = (count / most) * height;
    return `<rect x="${(n * step).toFixed(1)}" y="${(height - tall).toFixed(1)}" width="${(step - 1).toFixed(1)}" height="${tall.toFixed(1)}"/>`;
  });
  const label = (x: number, anchor: string, text: string) =>
    `<text class="axis" x="${x}" y="${height + 16}" text-anchor="${anchor}">${escaped(text)}</text>`;
  return `<svg viewBox="0 0 ${width} ${height + 20}" width="${width}" role="img" aria-label="histogram ${escaped(name)}">
${bars.join("")}${label(0, "start", shortNumber(low))}${label(width / 2, "middle", name)}${label(width, "end", shortNumber(high))}
</svg>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
