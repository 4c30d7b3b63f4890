/** The arithmetic of partitions: lists of places, without any dataset. As MONAI's `partition_dataset`, checked against its results. */
import { OptionError } from "../src/errors.ts";
import { type SplitRng, splitRandom } from "../src/random/split-random.ts";

/** How places are dealt. */
export interface PartitionRule {
  /** Parts in proportion, one after the other. Either this or `partitions`. */
  readonly ratios?: readonly number[] | undefined;
  /** Number of parts, dealt like cards. */
  readonly partitions?: number | undefined;
  /** Shuffles first. Undefined: in order. */
  readonly seed?: number | undefined;
  readonly rng: SplitRng;
  /** Make all parts as long as each other, by dealing the first places again. */
  readonly evenDivisible: boolean;
  /** With `evenDivisible`: by leaving out the last places instead. */
  readonly dropLast: boolean;
}

/** Deals the given places (indices into a dataset) to parts. */
export function partitionIndices(places: readonly number[], rule: PartitionRule): number[][] {
  const { ratios, partitions = 1, seed, rng } = rule;
  const order = seed === undefined ? [...places] : splitRandom(rng, seed).shuffle(places);
  return ratios ? inProportion(order, ratios, rng) : dealt(order, partitions, rule);
}

/**
 * Deals each class by itself, so that every part has its share of each; then shuffles each part, if there is a seed (MONAI:
 * `partition_dataset_classes`).
 */
export function partitionClasses(classes: readonly (string | number)[], rule: PartitionRule): number[][] {
  const byClass = new Map<string | number, number[]>();
  for (const [place, name] of classes.entries()) {
    const members = byClass.get(name) ?? [];
    members.push(place);
    byClass.set(name, members);
  }
  const parts: number[][] = Array.from({ length: rule.ratios?.length ?? rule.partitions ?? 1 }, () => []);
  for (const [, members] of [...byClass].sort(([a], [b]) => compareClasses(a, b))) {
    for (const [n, share] of partitionIndices(members, rule).entries()) parts[n]?.push(...share);
  }
  if (rule.seed === undefined) return parts;
  const random = splitRandom(rule.rng, rule.seed);
  return parts.map((part) => random.shuffle(part));
}

function compareClasses(a: string | number, b: string | number): number {
  return typeof a === "number" && typeof b === "number" ? a - b : compareNames(String(a), String(b));
}

/** Order of names by code points: the same on every machine, whatever its language. */
export function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inProportion(order: readonly number[], ratios: readonly number[], rng: SplitRng): number[][] {
  const sum = ratios.reduce((total, ratio) => total + ratio, 0);
  let start = 0;
  let share = 0;
  return ratios.map((ratio) => {
    share += ratio;
    // MONAI rounds each length, and may leave the last places out; here each boundary is rounded, and every place is in one part.
    const end =
      rng === "monai"
        ? Math.min(start + Math.trunc((ratio / sum) * order.length + 0.5), order.length)
        : Math.round((share / sum) * order.length);
    const part = order.slice(start, end);
    start = end;
    return part;
  });
}

function dealt(order: readonly number[], partitions: number, { evenDivisible, dropLast }: PartitionRule): number[][] {
  if (order.length < partitions) {
    throw new OptionError("VOXRX_BAD_OPTION", `${order.length} items cannot be dealt to ${partitions} partitions`, {
      operator: "partition",
      remedy: "Ask for fewer partitions.",
    });
  }
  const each = dropLast ? Math.floor(order.length / partitions) : Math.ceil(order.length / partitions);
  const total = evenDivisible ? each * partitions : order.length;
  const cards = Array.from({ length: total }, (_, n) => order[n % order.length] ?? 0);
  return Array.from({ length: partitions }, (_, part) => cards.filter((_, n) => n % partitions === part));
}
