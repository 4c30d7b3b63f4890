/** Computes partitions as lists of indices. Like MONAI's `partition_dataset`, and tested against its results. */
import { OptionError, PipelineError } from "../src/errors.ts";
import { compareClasses } from "../src/name-order.ts";
import { type SplitRng, splitRandom } from "../src/random/split-random.ts";

/** How indices are split into parts. */
export interface PartitionRule {
  /** Proportional sizes of the parts, which are consecutive. Either this or `partitions`. */
  readonly ratios?: readonly number[] | undefined;
  /** Number of parts; indices are assigned to them in turn. */
  readonly partitions?: number | undefined;
  /** Seed of a shuffle before the split. Undefined: no shuffle. */
  readonly seed?: number | undefined;
  readonly rng: SplitRng;
  /** Makes all parts the same length by repeating the first indices. */
  readonly evenDivisible: boolean;
  /** With `evenDivisible`: by dropping the last indices instead. */
  readonly dropLast: boolean;
  /** What the indices stand for, in errors. Default `"items"`. */
  readonly unit?: "items" | "groups";
}

/** Splits the given indices into parts. */
export function partitionIndices(indices: readonly number[], rule: PartitionRule): number[][] {
  const { ratios, partitions = 1, seed, rng } = rule;
  const order = seed === undefined ? [...indices] : splitRandom(rng, seed).shuffle(indices);
  return ratios ? inProportion(order, ratios, rng) : inTurn(order, partitions, rule);
}

/**
 * Splits each class separately, so that every part gets its share of each class; then shuffles each part, if there is a
 * seed (MONAI: `partition_dataset_classes`).
 */
export function partitionClasses(classes: readonly (string | number)[], rule: PartitionRule): number[][] {
  const parts: number[][] = Array.from({ length: rule.ratios?.length ?? rule.partitions ?? 1 }, () => []);
  for (const [, members] of [...indicesByName(classes)].sort(([a], [b]) => compareClasses(a, b))) {
    for (const [n, share] of partitionIndices(members, rule).entries()) parts[n]?.push(...share);
  }
  if (rule.seed === undefined) return parts;
  const random = splitRandom(rule.rng, rule.seed);
  return parts.map((part) => random.shuffle(part));
}

/**
 * Splits groups rather than items: the indices of one group come into the same part, in their order. With classes, every
 * part gets its share of the groups of each class.
 *
 * @throws PipelineError `VOXRX_WRONG_FIELD` if a group has items of two classes
 */
export function partitionGroups(
  groups: readonly (string | number)[],
  classes: readonly (string | number)[] | undefined,
  rule: PartitionRule,
): number[][] {
  const members = indicesByName(groups);
  const whole = [...members.values()];
  const ofGroups: PartitionRule = { ...rule, unit: "groups" };
  const parts = classes
    ? partitionClasses(
        [...members].map(([name, indices]) => classOf(name, indices, classes)),
        ofGroups,
      )
    : partitionIndices([...whole.keys()], ofGroups);
  return parts.map((part) => part.flatMap((group) => whole[group] ?? []));
}

/** In the order in which the names come. */
function indicesByName(names: readonly (string | number)[]): Map<string | number, number[]> {
  const indices = new Map<string | number, number[]>();
  for (const [index, name] of names.entries()) {
    const known = indices.get(name);
    if (known) known.push(index);
    else indices.set(name, [index]);
  }
  return indices;
}

function classOf(
  group: string | number,
  [first = 0, ...others]: readonly number[],
  classes: readonly (string | number)[],
): string | number {
  const name = classes[first] ?? "";
  const other = others.find((index) => classes[index] !== name);
  if (other === undefined) return name;
  throw new PipelineError(
    "VOXRX_WRONG_FIELD",
    `the group ${JSON.stringify(group)} has items of two classes, ${JSON.stringify(name)} and ${JSON.stringify(classes[other])}`,
    {
      operator: "partition",
      remedy: "With byGroup, let byClass return one class for all items of a group, such as that of the patient.",
    },
  );
}

function inProportion(order: readonly number[], ratios: readonly number[], rng: SplitRng): number[][] {
  const sum = ratios.reduce((total, ratio) => total + ratio, 0);
  let start = 0;
  let share = 0;
  return ratios.map((ratio) => {
    share += ratio;
    // MONAI rounds each length and may drop the last indices; here each boundary is rounded, and every index is in one
    // part.
    const end =
      rng === "monai"
        ? Math.min(start + Math.trunc((ratio / sum) * order.length + 0.5), order.length)
        : Math.round((share / sum) * order.length);
    const part = order.slice(start, end);
    start = end;
    return part;
  });
}

function inTurn(order: readonly number[], partitions: number, rule: PartitionRule): number[][] {
  const { evenDivisible, dropLast, unit = "items" } = rule;
  if (order.length < partitions) {
    throw new OptionError(
      "VOXRX_BAD_OPTION",
      `${order.length} ${order.length === 1 ? unit.slice(0, -1) : unit} cannot be split into ${partitions} partitions`,
      {
        operator: "partition",
        remedy: "Use fewer partitions.",
      },
    );
  }
  const each = dropLast ? Math.floor(order.length / partitions) : Math.ceil(order.length / partitions);
  const total = evenDivisible ? each * partitions : order.length;
  const repeated = Array.from({ length: total }, (_, n) => order[n % order.length] ?? 0);
  return Array.from({ length: partitions }, (_, part) => repeated.filter((_, n) => n % partitions === part));
}
