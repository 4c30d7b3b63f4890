/** A profile as a table, for terminals and notebooks. */
import { formatBytes } from "../bytes.ts";
import type { ProfileFigures, StageProfile, TransformProfile } from "./stage-profile.ts";

type Row = readonly string[];

const head: Row = ["", "items", "ms/item", "busy", "waits: input", "consumer", "bytes", "cache", "worker"];

/** The table, the bottleneck, and what to change. */
export function profileText(profile: ProfileFigures): string {
  const rows = [head, ...profile.stages.flatMap(rowsOf)];
  const used = head.map((_, column) => column === 0 || rows.slice(1).some((row) => row[column]));
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, n) => (n === 0 ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
      .filter((_, n) => used[n])
      .join("  ")
      .trimEnd(),
  );
  return [summaryOf(profile), "", ...lines, "", ...verdictOf(profile)].join("\n");
}

/** The same as an HTML table. */
export function profileHtml(profile: ProfileFigures): string {
  const cells = (row: Row, tag: string) =>
    row.map((cell, n) => `<${tag} style="text-align:${n === 0 ? "left" : "right"}">${escaped(cell)}</${tag}>`).join("");
  const rows = profile.stages.flatMap(rowsOf).map((row) => `<tr>${cells(row, "td")}</tr>`);
  const verdict = verdictOf(profile).map((line) => `<p>${escaped(line)}</p>`);
  return `<p>${escaped(summaryOf(profile))}</p><table><tr>${cells(head, "th")}</tr>${rows.join("")}</table>${verdict.join("")}`;
}

function summaryOf({ epoch, items, itemsPerSecond, ms, bytes, waitsForConsumer }: ProfileFigures): string {
  const speed = `${rateText(itemsPerSecond)} items/s, ${formatBytes((1000 * bytes) / Math.max(1, ms))}/s`;
  return `epoch ${epoch}: ${items} items in ${(ms / 1000).toFixed(2)} s (${speed}), waited for the consumer ${percent(waitsForConsumer)}`;
}

function verdictOf({ bottleneck, tuned }: ProfileFigures): string[] {
  const advice = bottleneck.advice.map((line) => `- ${line}`);
  return [`Bottleneck: ${bottleneck.sentence}`, ...advice, ...tuned.map((text) => `Autotune: ${text}.`)];
}

function rowsOf(stage: StageProfile): Row[] {
  const { transforms, items, ms, busy, waitsForInput, waitsForConsumer, bytes, hits, misses } = stage;
  const [only] = transforms;
  const shares = [percent(busy), percent(waitsForInput), percent(waitsForConsumer)];
  const row = (name: string, worker: string) => [
    ...[name, String(items), perItem(ms, items), ...shares, formatBytes(bytes), cacheText(hits, misses), worker],
  ];
  if (only && transforms.length === 1 && only.name === stage.name) return [row(stage.name, workersText(only))];
  if (!only) return [row(stage.name, "")];
  const name = stage.name === transforms.at(-1)?.name ? `${transforms.length} transforms` : stage.name;
  return [row(name, ""), ...transforms.map(transformRow)];
}

function transformRow(transform: TransformProfile): Row {
  const { name, items, ms, busy, bytes, hits, misses } = transform;
  return [
    ...[`  ${name}`, String(items), perItem(ms, items), percent(busy), "", ""],
    ...[formatBytes(bytes), cacheText(hits, misses), workersText(transform)],
  ];
}

function cacheText(hits: number, misses: number): string {
  return hits + misses > 0 ? `${hits} of ${hits + misses} hit` : "";
}

function workersText({ workers }: TransformProfile): string {
  return workers.join(", ");
}

function perItem(ms: number, items: number): string {
  if (items === 0) return "-";
  const each = ms / items;
  return each < 10 ? each.toFixed(2) : each.toFixed(1);
}

function rateText(perSecond: number): string {
  return perSecond >= 100 ? String(Math.round(perSecond)) : perSecond.toPrecision(3);
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
