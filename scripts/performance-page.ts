/** Generates docs/performance.md from the newest results in bench/results. */
import type { Compared, Line, Times } from "../bench/report/line.ts";
import { number, ratio } from "../bench/report/print-table.ts";
import { newestResults, type Results } from "../bench/report/results-file.ts";
import { transformsSummary } from "../bench/report/transforms-summary.ts";

const transforms = "Transforms";

/** The page for results, which are in the file `name`. */
export function performancePage({ name, results }: { readonly name: string; readonly results: Results }): string {
  const { lines } = results;
  const groups = [...new Set(lines.map(({ group }) => group))];
  return `# Performance

What VoxRx takes for the work of a training, beside the limits of the machine and beside MONAI. This page is generated
from \`bench/results/${name}\` by \`npm run docs:performance\`. [Tuning](tuning.md) says which settings to use.

${aboutRun(results)}

${howToRead}

## Targets

${table(
  ["workload", "VoxRx ms (CPU)", "compared with", "ms (CPU)", "ratio", "target", ""],
  lines.filter(({ group, targets }) => group !== transforms && targets.length > 0).flatMap(targetRows),
)}

${transformsSummary(lines).join("\n")}

${groups
  .map((group) =>
    section(
      group,
      lines.filter((line) => line.group === group),
    ),
  )
  .join("\n\n")}
`;
}

const howToRead = `Each line is measured in alternation: a sample of VoxRx, of its limit and of its peer in turn, for up to seven rounds. A
sample repeats the call for 150 ms; results go to a consumer that holds the last four. Times are medians of a call in
milliseconds, CPU time of all threads in brackets. A **limit** is the part of the work that no program can leave out,
measured in the same process: its ratio says how many times as long VoxRx takes. A **peer** gets the same input and
options: its ratio says how many times as fast VoxRx is, by wall time and by CPU time. A transform gets an input that
it may write to, and its result is made contiguous, on both sides. Each line but transforms has fresh processes on both
sides. The last column is a profile of the main thread: the
functions that take most of its time, garbage collection, and waiting for threads that inflate or read.`;

function aboutRun({ measured, version, commit, machine, finished, lines }: Results): string {
  const { cpu, cores, memoryGB, node, platform, inflates, peer, ownScans } = machine;
  const rows = [
    ["measured", `${measured.slice(0, 10)}, VoxRx ${version}, commit ${commit}`],
    ["machine", `${cpu}, ${cores} cores, ${memoryGB} GB, ${platform}`],
    ["software", [`Node ${node}`, `inflates with ${inflates}`, peer ?? "no peer"].join(", ")],
    [
      "scans",
      ownScans ? "of `VOXRX_BENCH_DATA`" : "made by the benchmark: T1 of 256 x 256 x 150, CT of 512 x 512 x 100",
    ],
    [
      "load average",
      loadText(
        lines.flatMap(({ load: average }) => (average > 0 ? [average] : [])),
        cores,
      ),
    ],
    ...(finished ? [] : [["**stopped**", "**the run was stopped before its end: lines are missing**"]]),
    ["again", "`VOXRX_BENCH_PYTHON=path/to/python npm run bench && npm run docs:performance`"],
    ["one part", "`npm run bench -- --filter spacing`; beside another build: `-- --compare ../other-checkout`"],
  ];
  return table(["", ""], rows);
}

/** Whether the machine did something else. */
function loadText(loads: readonly number[], cores: number): string {
  const range = `${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  const isBusy = Math.max(...loads) > cores + 1;
  return isBusy
    ? `${range}: **other work was running; times are too high, and ratios to peers are not reliable**`
    : range;
}

/** One row for each target of a line. */
function targetRows(line: Line): string[][] {
  return line.targets.map(({ text, isMet }) => {
    const about = text.includes("limit")
      ? line.limit
      : text.includes("fast") || text.includes("slower")
        ? line.peer
        : undefined;
    const met = isMet === undefined ? (line.error ?? about?.missing ?? "not measured") : isMet ? "met" : "**not met**";
    return [line.name, own(line), about?.what ?? "", times(about?.times), ratioText(line, about), text, met];
  });
}

function section(group: string, lines: readonly Line[]): string {
  const rows = lines.map((line) => [
    line.name,
    line.error ?? own(line),
    compared(line.limit),
    line.limit ? ratioText(line, line.limit) : "",
    compared(line.peer),
    line.peer ? ratioText(line, line.peer) : "",
    load(line),
    profileText(line),
  ]);
  const head = [
    "workload",
    "VoxRx ms (CPU)",
    "limit",
    "ratio",
    "peer",
    "times as fast (by CPU)",
    "load",
    "main thread",
  ];
  return [`## ${group}`, table(head, rows)].join("\n\n");
}

function own({ voxrx }: Line): string {
  const memory = voxrx?.memoryMB === undefined ? "" : `; ${voxrx.memoryMB.toFixed(0)} MB`;
  return times(voxrx) + memory;
}

function times(given: Times | undefined): string {
  return given ? `${number(given.wallMs)} (${number(given.cpuMs)})` : "";
}

function compared(given: Compared | undefined): string {
  if (!given) return "";
  return `${given.what}: ${given.times ? times(given.times) : given.missing}`;
}

/** For a limit, how many times as long VoxRx takes; for a peer, how many times as fast it is. */
function ratioText({ limit }: Line, given: Compared | undefined): string {
  if (given?.wallRatio === undefined) return "";
  return given === limit ? ratio(1 / given.wallRatio) : `${ratio(given.wallRatio)} (${ratio(given.cpuRatio)})`;
}

function load({ load: average, voxrx }: Line): string {
  return voxrx ? average.toFixed(1) : "";
}

function profileText({ profile = [] }: Line): string {
  const shown = profile.filter(({ share }) => share >= 0.04).slice(0, 5);
  return shown.map(({ name, share }) => `${name.replaceAll(" ", " ")} ${(100 * share).toFixed(0)} %`).join(", ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

if (process.argv[1] === import.meta.filename) process.stdout.write(performancePage(newestResults()));
