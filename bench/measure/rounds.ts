/** Several ways to do the same are measured in turn, so that a slow moment of the machine affects all of them. */
import type { Sample } from "./answers.ts";

/** The samples of one way, one for each round. */
export interface Rounds {
  readonly samples: readonly Sample[];
  /** Medians. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly bestWallMs: number;
  readonly bestCpuMs: number;
  readonly memoryMB?: number;
}

/** How long to measure. */
export interface Budget {
  readonly rounds: number;
  /** After this many rounds, it stops as soon as `seconds` are over. */
  readonly atLeast: number;
  readonly seconds: number;
}

/** The median; of two middle values, the higher one. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Takes a sample of each way in every round, in reverse order in every second one. */
export async function measureInTurn<K extends string>(
  ways: ReadonlyMap<K, () => Promise<Sample>>,
  { rounds, atLeast, seconds }: Budget,
): Promise<Map<K, Rounds>> {
  const samples = new Map(Array.from(ways.keys(), (name): [K, Sample[]] => [name, []]));
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; round < rounds && (round < atLeast || performance.now() < end); round++) {
    const order = round % 2 === 0 ? [...ways] : [...ways].reverse();
    for (const [name, way] of order) samples.get(name)?.push(await way());
  }
  return new Map(Array.from(samples, ([name, taken]) => [name, summarized(taken)]));
}

function summarized(samples: readonly Sample[]): Rounds {
  const [wall, cpu] = [samples.map(({ wallMs }) => wallMs), samples.map(({ cpuMs }) => cpuMs)];
  const peaks = samples.flatMap(({ memoryMB }) => (memoryMB === undefined ? [] : [memoryMB]));
  return {
    samples,
    wallMs: median(wall),
    cpuMs: median(cpu),
    bestWallMs: Math.min(...wall),
    bestCpuMs: Math.min(...cpu),
    ...(peaks.length > 0 ? { memoryMB: Math.max(...peaks) } : {}),
  };
}

/** How many times as long `a` takes as `b`: the median of the ratios of all rounds, because load affects both. */
export function ratioOf(a: Rounds, b: Rounds, of: "wallMs" | "cpuMs" = "wallMs"): number {
  return median(a.samples.map((sample, round) => sample[of] / (b.samples[round]?.[of] ?? Number.NaN)));
}
