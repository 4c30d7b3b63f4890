/** The tables of a simulation, in Markdown, as docs/scale.md has them. */
import { costOf, filesOf, limitOf, type Outcome, paidSeconds, wastedShare } from "./outcome.ts";
import { type ScaleParameters, sources, type Way, ways } from "./scale-parameters.ts";
import { simulateRun } from "./simulate-run.ts";

/** A table in Markdown. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The inputs and where they come from. */
export function inputsTable(parameters: ScaleParameters): string {
  const { operationsPerBlock: each } = parameters;
  return table(
    ["input", "value", "source"],
    [
      ...sources.map(([name, source]) => [`\`${name}\``, number(parameters[name]), source]),
      [
        "operations per block",
        ways.map((way) => `${way} ${each[way]}`).join(", "),
        "parts and claims counted with strace: all calls that name a file, of which clients answer many; queue estimated",
      ],
    ],
  );
}

/** The three ways beside each other. */
export function waysTable(parameters: ScaleParameters): string {
  const outcomes = ways.map((way) => [way, simulateRun(parameters, way)] as const);
  const row = (name: string, value: (outcome: Outcome) => string) => [name, ...outcomes.map(([, each]) => value(each))];
  const share = (seconds: (outcome: Outcome) => number) => (outcome: Outcome) =>
    percent(seconds(outcome) / paidSeconds(outcome));
  return table(
    ["", ...ways],
    [
      row("time to the last block", ({ makespan }) => duration(makespan)),
      row("of it after the first core without work", ({ tail }) => duration(tail)),
      row("core hours paid for", (outcome) => number(paidSeconds(outcome) / 3600)),
      row("of them not in the result", (outcome) => percent(wastedShare(outcome))),
      row(
        "- waiting for reads",
        share(({ spent }) => spent.reading),
      ),
      row(
        "- waiting for writes",
        share(({ spent }) => spent.writing),
      ),
      row(
        "- waiting for metadata",
        share(({ spent }) => spent.metadata),
      ),
      row(
        "- slower on stragglers",
        share(({ spent }) => spent.slow),
      ),
      row(
        "- computed again",
        share(({ spent }) => spent.repeated),
      ),
      row(
        "- starting, reading the plan",
        share(({ spent }) => spent.starting),
      ),
      row(
        "- nothing to do",
        share(({ spent }) => spent.idle),
      ),
      row("crashes, machines lost", ({ crashes, losses }) => `${crashes}, ${losses}`),
      row("items computed again", ({ repeatedItems }) => number(repeatedItems)),
      row("files", (outcome) => number(filesOf(outcome))),
      row("bytes read", ({ bytesRead }) => bytes(bytesRead)),
      row("bytes of the result", ({ bytesKept }) => bytes(bytesKept)),
      row(
        "bandwidth in use, reading and writing",
        ({ readLoad, writeLoad }) => `${percent(readLoad)}, ${percent(writeLoad)}`,
      ),
      row("metadata operations", ({ operations }) => number(operations)),
      row("metadata server in use", ({ metadataLoad }) => percent(metadataLoad)),
      row("machines", (outcome) => dollars(costOf(outcome, parameters).machines)),
      row("storage for a month", (outcome) => dollars(costOf(outcome, parameters).month)),
      row("limit", limitOf),
    ],
  );
}

/** One way for several numbers of machines and sizes of blocks: time, share wasted and limit in each cell. */
export function sweepTable(
  parameters: ScaleParameters,
  way: Way,
  machines: readonly number[],
  blockSizes: readonly number[],
): string {
  const cell = (changes: Partial<ScaleParameters>) => {
    const outcome = simulateRun({ ...parameters, ...changes }, way);
    return `${duration(outcome.makespan)}, ${percent(wastedShare(outcome))} wasted, ${limitOf(outcome)}`;
  };
  return table(
    ["machines", ...blockSizes.map((size) => `blocks of ${size}`)],
    machines.map((count) => [number(count), ...blockSizes.map((blockSize) => cell({ machines: count, blockSize }))]),
  );
}

/** The time after the first core without work, by the size of blocks and the way. */
export function tailTable(parameters: ScaleParameters, blockSizes: readonly number[]): string {
  return table(
    ["blocks of", "files", ...ways.map((way) => `${way}: time`), ...ways.map((way) => `${way}: tail`)],
    blockSizes.map((blockSize) => {
      const outcomes = ways.map((way) => simulateRun({ ...parameters, blockSize }, way));
      const [first] = outcomes;
      return [
        number(blockSize),
        first ? number(filesOf(first)) : "",
        ...outcomes.map(({ makespan }) => duration(makespan)),
        ...outcomes.map(({ tail }) => duration(tail)),
      ];
    }),
  );
}

/** Runs that differ in single inputs, by claims. */
export function changesTable(
  parameters: ScaleParameters,
  changes: readonly (readonly [what: string, change: Partial<ScaleParameters>])[],
): string {
  return table(
    ["changed", "time", "wasted", "computed again", "result", "machines", "storage for a month", "limit"],
    changes.map(([what, change]) => {
      const changed = { ...parameters, ...change };
      const outcome = simulateRun(changed, "claims");
      const { machines, month } = costOf(outcome, changed);
      return [
        what,
        duration(outcome.makespan),
        percent(wastedShare(outcome)),
        `${number(outcome.repeatedItems)} items`,
        bytes(outcome.bytesKept),
        dollars(machines),
        dollars(month),
        limitOf(outcome),
      ];
    }),
  );
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  if (seconds < 2 * 3600) return `${(seconds / 60).toFixed(0)} min`;
  return seconds < 2 * 86400 ? `${(seconds / 3600).toFixed(1)} h` : `${(seconds / 86400).toFixed(1)} days`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.095 ? 1 : 0)} %`;
}

function bytes(count: number): string {
  return count < 1e12 ? `${(count / 1e9).toPrecision(3)} GB` : `${Number((count / 1e12).toPrecision(3))} TB`;
}

function dollars(amount: number): string {
  return `$ ${amount.toFixed(amount < 10 ? 2 : 0)}`;
}

function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 4 });
}
