/** What a change of a plan computes again. */
import { planDifference, planParts } from "../checkpoint/plan-parts.ts";
import { OptionError } from "../errors.ts";
import type { Stage } from "../plan/stage.ts";
import { withShownUrls } from "../shown-url.ts";
import { alignSteps, type StepPair } from "./align-steps.ts";
import { changedOptions, type OptionChange, type PlanStep, planSteps } from "./plan-steps.ts";

/** One operator or source of two plans. */
export interface StepDiff {
  readonly name: string;
  /**
   * `same`; `options`, `version`: another value of them; `function`: another function, or one that can't be compared;
   * `moved`: the same at another place; `added`, `removed`.
   */
  readonly change: "same" | "options" | "version" | "function" | "moved" | "added" | "removed";
  /** Options that differ, as text. */
  readonly options: readonly OptionChange[];
  /** Whether it affects items, and not only how they are computed. */
  readonly decides: boolean;
}

/** A cache of the second plan. */
export interface CacheDiff {
  readonly store: string;
  /**
   * Which items it computes again, if its store is that of the first plan: `none`; `changed`, those that come to it with
   * another content, such as new ones; `all`.
   */
  readonly recomputes: "none" | "changed" | "all";
  readonly because: string;
}

/** A random operator of both plans that draws other values in the second one. */
export interface DrawDiff {
  readonly name: string;
  readonly because: string;
}

/** What is different in a second plan. Its fields are plain data, for `JSON.stringify`. */
export class PlanDiff {
  readonly steps: readonly StepDiff[];
  readonly caches: readonly CacheDiff[];
  /** Random operators of both plans whose draws are other ones. */
  readonly draws: readonly DrawDiff[];
  /** Whether a checkpoint of the first plan continues in the second, and why not. */
  readonly checkpoints: { readonly continue: boolean; readonly because?: string };

  constructor(from: Stage<unknown>, to: Stage<unknown>) {
    const [a, b] = [planSteps(from), planSteps(to)];
    const pairs = alignSteps(a, b);
    this.steps = pairs.map(stepDiff);
    this.caches = cacheDiffs(a, b);
    this.draws = pairs.flatMap(drawDiff);
    const difference = unrepeatable(to) ?? planDifference(planParts(from), planParts(to));
    this.checkpoints =
      difference === undefined ? { continue: true } : { continue: false, because: withShownUrls(difference) };
  }

  /** Whether both plans yield the same items. */
  get isSame(): boolean {
    return this.steps.every(({ change, decides }) => change === "same" || !decides);
  }

  /** The differences as lines of text; one line if there are none. */
  toString(): string {
    const width = Math.max(0, ...this.steps.map(({ name }) => name.length));
    const lines = this.steps.map((step) => stepLine(step, width));
    for (const { store, recomputes, because } of this.caches)
      lines.push(`cache in ${store}: computes ${itemsText[recomputes]} again, ${because}`);
    for (const { name, because } of this.draws) lines.push(`${name} draws other values: ${because}`);
    const { because } = this.checkpoints;
    lines.push(because === undefined ? "checkpoints continue" : `checkpoints don't continue: ${because}`);
    return withShownUrls(lines.join("\n"));
  }
}

const itemsText = { none: "no item", changed: "changed items", all: "all items" } as const;

const marks = { same: " ", options: "~", version: "~", function: "?", moved: ">", added: "+", removed: "-" } as const;

function stepLine({ name, change, options, decides }: StepDiff, width: number): string {
  const changes = options.map(({ option, from, to }) => `${option}: ${from} -> ${to}`).join(", ");
  const note = change === "same" ? "" : [change, changes].filter(Boolean).join("  ");
  const effect = change !== "same" && !decides ? "  [items stay the same]" : "";
  return `${marks[change]} ${name.padEnd(width)}  ${note}${effect}`.trimEnd();
}

function stepDiff({ from, to, isMoved }: StepPair): StepDiff {
  const { name = "", decides = true } = to ?? from ?? {};
  if (!from || !to) return { name, change: from ? "removed" : "added", options: [], decides };
  if (from.identity === to.identity) return { name, change: isMoved ? "moved" : "same", options: [], decides };
  const options = changedOptions(from, to).map(({ option, from: old, to: now }) => ({
    ...{ option, from: withShownUrls(old), to: withShownUrls(now) },
  }));
  const change = options.length > 0 ? "options" : from.version === to.version ? "function" : "version";
  return { name, change, options, decides };
}

function cacheDiffs(a: readonly PlanStep[], b: readonly PlanStep[]): CacheDiff[] {
  const before = a.flatMap(({ cache }) => cache ?? []);
  const prefixes = new Map(before.map((cache) => [cache.prefix(), cache]));
  return b.flatMap(({ cache }): CacheDiff[] => {
    if (!cache) return [];
    const { store } = cache;
    const known = prefixes.get(cache.prefix());
    if (!known) {
      const because = before.length === 0 ? "the first plan has no cache" : "the transforms before it are others";
      return [{ store, recomputes: "all", because }];
    }
    if (known.store !== store)
      return [{ store, recomputes: "all", because: `that of the first plan is ${known.store}` }];
    const difference = planDifference(known.before, cache.before);
    return difference === undefined
      ? [{ store, recomputes: "none", because: "the transforms before it are the same" }]
      : [{ store, recomputes: "changed", because: difference }];
  });
}

function drawDiff({ from, to }: StepPair): DrawDiff[] {
  if (!from?.draws || !to?.draws) return [];
  const [a, b] = [from.draws, to.draws];
  if (a.seed !== b.seed) return [{ name: to.name, because: `the seed is ${b.seed}, not ${a.seed}` }];
  if (a.ordinal === b.ordinal) return [];
  const before = b.ordinal === 1 ? "1 random operator is" : `${b.ordinal} random operators are`;
  return [{ name: to.name, because: `${before} before it, not ${a.ordinal}` }];
}

function unrepeatable(stage: Stage<unknown>): string | undefined {
  for (const input of stage.inputs) {
    const found = unrepeatable(input);
    if (found !== undefined) return found;
  }
  return stage.unrepeatable;
}

/**
 * What a change of a plan computes again: which operators differ and how, what each cache has to compute, which random
 * operators draw other values, and whether checkpoints continue. Nothing is run; lists that are not loaded yet are not
 * compared.
 *
 * @example
 * ```ts
 * import { Dataset, diff, lmdbStore } from "voxrx";
 * import { cacheUntilRandom, load, spacing } from "voxrx/operators";
 * const scans = Dataset.from([{ image: "a.nii.gz" }]).pipe(load(["image"]));
 * const at = (pixdim: number) => scans.pipe(spacing({ keys: "image", pixdim }), cacheUntilRandom({ store: lmdbStore("c") }));
 * diff(at(1), at(1.5)).caches[0]?.recomputes; // => "all"
 * ```
 */
export function diff(from: { readonly stage: Stage<unknown> }, to: { readonly stage: Stage<unknown> }): PlanDiff {
  for (const each of [from, to]) {
    if (typeof each === "object" && each !== null && "stage" in each) continue;
    throw new OptionError("VOXRX_BAD_OPTION", `expected two datasets, got ${each === null ? "null" : typeof each}`, {
      operator: "diff",
      remedy: "Pass the dataset as it was and as it is.",
    });
  }
  return new PlanDiff(from.stage, to.stage);
}
