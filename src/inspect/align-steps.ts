import type { PlanStep } from "./plan-steps.ts";

/** A step of one plan and what it became in another; one of them is missing where it was added or removed. */
export interface StepPair {
  readonly from: PlanStep | undefined;
  readonly to: PlanStep | undefined;
  /** Whether it is at another place among the others. */
  readonly isMoved: boolean;
}

/** Which steps of two plans belong together, in the order of the second, with those removed where they were. */
export function alignSteps(a: readonly PlanStep[], b: readonly PlanStep[]): readonly StepPair[] {
  const pairs = withoutMoves(a, b);
  const removed = pairs.filter(({ to }) => !to);
  const moved = new Set<StepPair>();
  const joined = pairs.map((pair): StepPair => {
    if (pair.from || !pair.to) return pair;
    const { name, identity } = pair.to;
    const before = removed.find(
      (other) => !moved.has(other) && other.from?.name === name && other.from.identity === identity,
    );
    if (!before) return pair;
    moved.add(before);
    return { from: before.from, to: pair.to, isMoved: true };
  });
  return joined.filter((pair) => !moved.has(pair));
}

/** The alignment with the most steps that are equal, or at least have the same name. */
function withoutMoves(a: readonly PlanStep[], b: readonly PlanStep[]): readonly StepPair[] {
  const worth = (from: PlanStep, to: PlanStep) => {
    if (from.name !== to.name) return 0;
    return from.identity === to.identity ? 3 : 2;
  };
  // best[i][j]: what is gained by the steps from i and j on.
  const best = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  const gain = (i: number, j: number) => best[i]?.[j] ?? 0;
  const pairGain = (i: number, j: number) => {
    const [from, to] = [a[i], b[j]];
    const own = from && to ? worth(from, to) : 0;
    return own === 0 ? -1 : own + gain(i + 1, j + 1);
  };
  for (let i = a.length - 1; i >= 0; i--) {
    const row = best[i] ?? [];
    for (let j = b.length - 1; j >= 0; j--) row[j] = Math.max(pairGain(i, j), gain(i + 1, j), gain(i, j + 1));
  }
  const pairs: StepPair[] = [];
  for (let [i, j] = [0, 0]; i < a.length || j < b.length; ) {
    const isPair = i < a.length && j < b.length && pairGain(i, j) === gain(i, j);
    const isRemoved = !isPair && i < a.length && (j >= b.length || gain(i + 1, j) >= gain(i, j + 1));
    pairs.push({ from: isPair || isRemoved ? a[i] : undefined, to: isRemoved ? undefined : b[j], isMoved: false });
    if (isPair || isRemoved) i++;
    if (!isRemoved) j++;
  }
  return pairs;
}
