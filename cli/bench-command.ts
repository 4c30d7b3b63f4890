import { formatBytes } from "../src/bytes.ts";
import { itemBytes } from "./item-bytes.ts";
import { loadPipeline, type Pipeline } from "./load-pipeline.ts";
import { newCommand, parseCount, parseIndex, UsageError } from "./new-command.ts";
import { print, printJson, printNotice } from "./print.ts";
import { ProgressLine } from "./progress-line.ts";
import { textTable } from "./text-table.ts";
import { counted, formatRate, shortNumber } from "./write-output.ts";

interface BenchOptions {
  readonly items: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly export?: string;
  readonly profile?: boolean;
  readonly json?: boolean;
}

/** `voxrx bench FILE`: measures the dataset that a module exports. */
export function benchCommand() {
  return newCommand(
    "bench",
    "Measures a pipeline of yours: items and bytes per second, time to the first item, memory.",
    [
      ["bench pipeline.ts", "3 rounds of up to 50 items, after a warm-up"],
      ["bench pipeline.ts --items 200 --rounds 5", "longer, for steadier numbers"],
      ["bench pipeline.ts --json", "one JSON document"],
    ],
  )
    .argument("<file>", "module whose default export is a Dataset, or a function that returns one")
    .option("--items <n>", "items of a round", parseCount, 50)
    .option("--rounds <n>", "rounds; each is a run of its own, all of the same epoch", parseCount, 3)
    .option("--warm-up <n>", "items before the first round, which do not count", parseIndex, 10)
    .option("--export <name>", "name of the export (default: default)")
    .option("--profile", "say which stage takes the time, where the dataset can")
    .option("--json", "one JSON document on stdout")
    .addHelpText(
      "after",
      `
Rounds read the same items: files are in the system's cache, and a cache of the pipeline is warm, from the second on.
CPU is the time of all threads divided by the time of the round: 1.8 means that 1.8 cores were busy. Memory is the largest
resident size of the process.`,
    )
    .action(bench);
}

async function bench(file: string, options: BenchOptions): Promise<void> {
  const { items, rounds, warmUp, json = false, profile = false } = options;
  const pipeline = await loadPipeline(file, options.export);
  const line = new ProgressLine();
  if (warmUp > 0) {
    line.show(() => "warm-up");
    await measured(pipeline, warmUp);
  }
  const results: Round[] = [];
  for (let n = 0; n < rounds; n++) {
    results.push(
      await measured(pipeline, items, (count) => line.show(() => `round ${n + 1} of ${rounds}: ${count} items`)),
    );
  }
  line.clear();
  if (results.every((round) => round.items === 0))
    throw new UsageError(`the dataset that ${file} exports has no items`);
  const median = results.map(rateOf).sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
  const profiled = profile ? await profileOf(pipeline, items) : undefined;
  if (json) {
    printJson({
      file,
      rounds: results,
      medianItemsPerSecond: median,
      ...(profiled === undefined ? {} : { profile: profiled }),
    });
    return;
  }
  print(...textTable(columns, results.map(rowOf)));
  print("", `median ${shortNumber(median, 3)} items/s${spreadText(results)}`);
  if (profiled !== undefined) print("", ...String(profiled).split("\n"));
}

/** One measured round. */
interface Round {
  readonly items: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly firstItemSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMemoryBytes: number;
}

const sampleMemoryMs = 20;

async function measured(pipeline: Pipeline, most: number, onItem?: (count: number) => void): Promise<Round> {
  let peak = process.memoryUsage.rss();
  const sample = () => void (peak = Math.max(peak, process.memoryUsage.rss()));
  const timer = setInterval(sample, sampleMemoryMs);
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  let [items, bytes, first, end] = [0, 0, begun, begun];
  const run = pipeline.iterate({ epoch: 0 });
  try {
    while (items < most) {
      const next = await run.next();
      end = performance.now();
      if (next.done) break;
      if (items === 0) first = end;
      items++;
      bytes += itemBytes(next.value);
      sample();
      onItem?.(items);
    }
  } finally {
    clearInterval(timer);
    await run.return();
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    items,
    bytes,
    seconds: (end - begun) / 1000,
    firstItemSeconds: (first - begun) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakMemoryBytes: peak,
  };
}

const columns = [
  { name: "ROUND", align: "right" },
  { name: "ITEMS", align: "right" },
  { name: "TIME (s)", align: "right" },
  { name: "ITEMS/S", align: "right" },
  { name: "DATA", align: "right" },
  { name: "FIRST ITEM (s)", align: "right" },
  { name: "CPU", align: "right" },
  { name: "MEMORY", align: "right" },
] as const;

function rowOf(round: Round, n: number): string[] {
  const { items, bytes, seconds, firstItemSeconds, cpuSeconds, peakMemoryBytes } = round;
  return [
    String(n + 1),
    String(items),
    seconds.toFixed(3),
    shortNumber(rateOf(round), 3),
    formatRate(bytes, seconds),
    firstItemSeconds.toFixed(3),
    (cpuSeconds / seconds).toFixed(1),
    formatBytes(peakMemoryBytes),
  ];
}

function rateOf({ items, seconds }: Round): number {
  return seconds > 0 ? items / seconds : 0;
}

function spreadText(rounds: readonly Round[]): string {
  const rates = rounds.map(rateOf);
  if (rates.length < 2) return "";
  return `, from ${shortNumber(Math.min(...rates), 3)} to ${shortNumber(Math.max(...rates), 3)} in ${counted(rates.length, "round")}`;
}

async function profileOf(pipeline: Pipeline, items: number): Promise<unknown> {
  if (typeof pipeline.profile === "function") return pipeline.profile({ items });
  printNotice("this version of voxrx has no dataset.profile, so --profile is left out");
  return undefined;
}
