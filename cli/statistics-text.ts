import type { DatasetStatistics, Spread } from "./dataset-statistics.ts";
import type { Suggestions } from "./suggestions.ts";
import { type Column, factLines, textTable } from "./text-table.ts";
import { shortNumber } from "./write-output.ts";

/** A table of the statistics, for the terminal and the page. */
export interface StatisticsTable {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const number = (name: string): Column => ({ name, align: "right" });

/** The tables of a dataset's statistics; those without rows are left out. */
export function statisticsTables(statistics: DatasetStatistics): StatisticsTable[] {
  const { channels, classes, items, labeled, classNames } = statistics;
  const tables: StatisticsTable[] = [
    {
      title: "Geometry",
      columns: [{ name: "" }, number("min"), number("median"), number("max"), { name: "axis" }],
      rows: [...spreadRows("spacing (mm)", statistics.spacing), ...spreadRows("size (voxels)", statistics.size)],
    },
    {
      title:
        labeled > 0
          ? "Intensity of the foreground (label > 0)"
          : "Intensity of what is brighter than the mean of its image",
      columns: [{ name: "" }, ...["min", "0.5 %", "median", "99.5 %", "max", "mean", "std"].map(number)],
      rows: channels.map(({ name, min, low, median, high, max, mean, std }) => [
        name,
        ...[min, low, median, high, max, mean, std].map((value) => shortNumber(value)),
      ]),
    },
    {
      title: "Label values",
      columns: [number("value"), { name: "class" }, number("share of voxels"), number("items")],
      rows: classes.map((one) => [String(one.value), one.name, shareText(one.share), `${one.items} of ${labeled}`]),
    },
    {
      title: "Classes",
      columns: [{ name: "class" }, number("items"), number("share")],
      rows: [...classNames].map(([name, count]) => [name, String(count), shareText(count / items)]),
    },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

/** Counts in words: `RAS (12), LPS (3)`. */
export function countsText(counts: ReadonlyMap<string, number>): string {
  if (counts.size === 1) return [...counts.keys()].join();
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} (${count})`)
    .join(", ");
}

/** All of it as lines. */
export function statisticsText(statistics: DatasetStatistics, { steps }: Suggestions): string[] {
  const { orientations, types } = statistics;
  const facts = factLines([
    ["orientation", countsText(orientations)],
    ["type", countsText(types)],
  ]);
  const tables = statisticsTables(statistics).flatMap(({ title, columns, rows }) => {
    return ["", title, ...indented(textTable(columns, rows))];
  });
  const code = steps.flatMap(({ reason, code }) => [`// ${reason}`, ...`${code},`.split("\n")]);
  return [...indented(facts), ...tables, "", "This suggests, after load", ...indented(code)];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

const worldAxes = ["right-left", "back-front", "bottom-top"];

function spreadRows(name: string, spreads: readonly Spread[]): string[][] {
  return spreads.map(({ min, median, max }, axis) => [
    axis === 0 ? name : "",
    ...[min, median, max].map((value) => shortNumber(value)),
    spreads.length === 3 ? (worldAxes[axis] ?? "") : String(axis),
  ]);
}

function shareText(share: number): string {
  const percent = 100 * share;
  return `${percent >= 1 ? percent.toFixed(1) : percent.toPrecision(2)} %`;
}
