/**
 * Measurement for benchmarks: alternatives are run in turn, so that a slow moment of the machine affects all of them.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const { values: flags, positionals } = parseArgs({
  options: { short: { type: "boolean", default: false }, json: { type: "string" }, only: { type: "string" } },
  allowPositionals: true,
});

/**
 * `--short`: a quick run. `--json FILE`: also writes the results as JSON. `--only NAME`: only cases whose name starts
 * with NAME.
 */
export const { short, json, only } = flags;

/** Names of the benchmarks to run; empty for all. */
export const chosen: readonly string[] = positionals;

/** Time of one call. CPU time is that of all threads of the process. */
export interface Timing {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** Times of one alternative, one per round. */
export interface Measured {
  readonly rounds: readonly Timing[];
  /** Medians. */
  readonly wallMs: number;
  readonly cpuMs: number;
  /** The fastest of all rounds. */
  readonly bestWallMs: number;
  readonly bestCpuMs: number;
}

/** Options of {@link measure}. */
export interface MeasureOptions {
  /** Number of calls of each alternative. */
  readonly rounds: number;
  /** Number of calls of each alternative before the measurement. Default 0. */
  readonly warmUp?: number;
  /** Whether to collect garbage before each call. Default false. */
  readonly collect?: boolean;
}

/** The median; of two middle values, the higher one. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Measures one call of a function. */
export async function timed(work: () => unknown): Promise<Timing> {
  const [begun, usedBefore] = [performance.now(), process.cpuUsage()];
  await work();
  const wallMs = performance.now() - begun;
  const { user, system } = process.cpuUsage(usedBefore);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

/**
 * Calls all alternatives in turn, in reverse order every second round. Returns their results in the order of the
 * rounds.
 */
export async function inTurn<K extends string, R>(
  ways: Readonly<Record<K, () => R | PromiseLike<R>>>,
  rounds: number,
): Promise<Record<K, R[]>> {
  const results = mapValues(ways, (): R[] => []);
  const calls = Object.values<() => Promise<void>>(
    mapValues(ways, (way, name) => async () => {
      results[name].push(await way());
    }),
  );
  for (let round = 0; round < rounds; round++) {
    for (const call of round % 2 === 0 ? calls : calls.toReversed()) await call();
  }
  return results;
}

/** Medians and best times of some rounds. */
export function summary(rounds: readonly Timing[]): Measured {
  const [wall, cpu] = [rounds.map(({ wallMs }) => wallMs), rounds.map(({ cpuMs }) => cpuMs)];
  const best = { bestWallMs: Math.min(...wall), bestCpuMs: Math.min(...cpu) };
  return { rounds, wallMs: median(wall), cpuMs: median(cpu), ...best };
}

/** Measures alternatives in turn. */
export async function measure<K extends string>(
  ways: Readonly<Record<K, () => unknown>>,
  { rounds, warmUp = 0, collect = false }: MeasureOptions,
): Promise<Record<K, Measured>> {
  const calls = mapValues(ways, (work) => () => {
    if (collect) globalThis.gc?.();
    return timed(work);
  });
  await inTurn(calls, warmUp);
  return mapValues(await inTurn(calls, rounds), summary);
}

/** How many times as long `a` takes as `b`: the median of the ratios of all rounds, because load affects both. */
export function ratio(a: Measured, b: Measured, of: keyof Timing = "wallMs"): number {
  return median(a.rounds.map((timing, round) => timing[of] / (b.rounds[round]?.[of] ?? Number.NaN)));
}

const results: Readonly<Record<string, unknown>>[] = [];

/** Prints a line and keeps its numbers for `--json`. */
export function report(name: string, numbers: Readonly<Record<string, number>>, line: string): void {
  console.log(line);
  if (json === undefined) return;
  if (results.length === 0) process.on("exit", () => writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`));
  results.push({ name, ...numbers });
}

/** Maps the values of a record. */
function mapValues<K extends string, A, B>(record: Readonly<Record<K, A>>, to: (value: A, name: K) => B): Record<K, B> {
  // Object.entries loses the type of the names.
  const entries = Object.entries<A>(record).map(([name, value]) => [name, to(value, name as K)]);
  return Object.fromEntries(entries) as Record<K, B>;
}
