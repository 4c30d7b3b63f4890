/** A plan as a list of steps, for a comparison with another plan. */
import type { PlanPart } from "../checkpoint/plan-parts.ts";
import { partsOf } from "../checkpoint/plan-parts.ts";
import { canonical, NotCanonical } from "../fingerprint/canonical.ts";
import { isRecord } from "../item/record.ts";
import type { CacheMark } from "../plan/inspection.ts";
import type { Stage } from "../plan/stage.ts";
import { optionsText, rounded, type Transform } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";

/** One operator or source of a plan. */
export interface PlanStep {
  readonly name: string;
  /** Its options by name; undefined if they are only known as text. */
  readonly options: Readonly<Record<string, unknown>> | undefined;
  readonly text: string;
  readonly version: string | undefined;
  /** What decides its items. Equal for two steps that do the same. */
  readonly identity: string;
  /** Whether it affects items, and not only how they are computed. */
  readonly decides: boolean;
  /** Of a random one: what its generator is made from, besides epoch and id. */
  readonly draws: { readonly ordinal: number; readonly seed: string } | undefined;
  readonly cache: StepCache | undefined;
}

/** A cache among the steps. */
interface StepCache extends CacheMark {
  /** What decides the items that come to the transforms that it keeps the results of. */
  readonly before: readonly PlanPart[];
}

/** The steps of a plan in its order, inputs first. */
export function planSteps(stage: Stage<unknown>): readonly PlanStep[] {
  const before = stage.inputs.flatMap(planSteps);
  return [...before, ...(stage instanceof TransformStage ? chainSteps(stage) : [stageStep(stage)])];
}

function chainSteps({ base, transforms }: TransformStage): PlanStep[] {
  let ordinal = base.randomCount;
  return transforms.flatMap((transform) => {
    const draws = transform.kind === "random" ? { ordinal: ordinal++, seed: String(base.seed) } : undefined;
    const { insteadOf = [], cache } = transform;
    const own = transformStep(transform, draws);
    const isCache = transform.insteadOf !== undefined;
    const rounding = cache?.rounding === undefined ? [] : [rounded(cache.rounding)];
    const kept = [...insteadOf, ...rounding].map((each) => transformStep(each, undefined));
    return [...kept, { ...own, decides: !isCache, cache: cache && { ...cache, before: partsOf(base) } }];
  });
}

function transformStep(transform: Transform, draws: PlanStep["draws"]): PlanStep {
  const { name, fingerprint, detail = "", declared, cache, insteadOf } = transform;
  const options: unknown = declared?.options;
  const text = cache?.store ?? detail;
  return {
    ...{ name, text, draws, decides: true, cache: undefined },
    options: isRecord(options) ? options : undefined,
    version: declared && String(declared.declaration.version),
    // A cache is the same if its store is: what it keeps is told apart.
    identity: insteadOf ? text : (fingerprint ?? `${name} ${detail} ${numberOf(transform)}`),
  };
}

const numbers = new WeakMap<Transform, number>();
let count = 0;

/** Tells functions that can't be compared apart: each is equal only to itself. */
function numberOf(transform: Transform): number {
  const number = numbers.get(transform) ?? count++;
  numbers.set(transform, number);
  return number;
}

function stageStep(stage: Stage<unknown>): PlanStep {
  const { identity, inputs, passage } = stage;
  const { name = "", detail = "" } = stage.describe().at(-1) ?? {};
  const before = Math.max(0, ...inputs.map(({ randomCount }) => randomCount));
  const list = stage.listed?.();
  const own = isRecord(identity) ? identity : {};
  const given = isRecord(own.options) ? own.options : undefined;
  const content = list ? { items: list.length, content: list.content } : {};
  return {
    name,
    text: detail,
    options: inputs.length === 0 ? { ...without(own, "name"), ...content } : given,
    version: own.version === undefined ? undefined : String(own.version),
    identity: identity === undefined ? detail : identityText([identity, content]),
    decides: identity !== undefined,
    draws: stage.randomCount > before ? { ordinal: before, seed: String(stage.seed) } : undefined,
    cache: passage?.cache && { ...passage.cache, before: inputs.flatMap(partsOf) },
  };
}

function without(record: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([field]) => field !== name));
}

function identityText(identity: unknown): string {
  try {
    return canonical(identity);
  } catch (error) {
    if (error instanceof NotCanonical) return "";
    throw error;
  }
}

/** Options that differ, as text. */
export function changedOptions(a: PlanStep, b: PlanStep): readonly OptionChange[] {
  if (!a.options || !b.options) {
    return a.text === b.text ? [] : [{ option: "options", from: a.text, to: b.text }];
  }
  const names = [...new Set([...Object.keys(a.options), ...Object.keys(b.options)])];
  return names.flatMap((option) => {
    const [from, to] = [valueText(a.options?.[option]), valueText(b.options?.[option])];
    return from === to ? [] : [{ option, from, to }];
  });
}

/** An option with another value, as text. */
export interface OptionChange {
  readonly option: string;
  readonly from: string;
  readonly to: string;
}

function valueText(value: unknown): string {
  if (value === undefined) return "default";
  if (typeof value === "function") return String(value);
  return typeof value === "object" ? (JSON.stringify(value) ?? "") : (optionsText(value) ?? "");
}
