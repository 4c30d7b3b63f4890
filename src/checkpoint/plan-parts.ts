/** What in a plan decides the items: a short list that a checkpoint holds, and that two plans are compared by. */
import { canonical, NotCanonical } from "../fingerprint/canonical.ts";
import { digest } from "../fingerprint/fingerprint.ts";
import { withoutFunctions } from "../fingerprint/without-functions.ts";
import type { Stage } from "../plan/stage.ts";
import { comparable } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";

/**
 * One operator or source of a plan: its name and a digest of its version and options; of a source that lists its items
 * also their number and a digest of them, once the list is known.
 */
export type PlanPart =
  | readonly [name: string, digest: string]
  | readonly [name: string, digest: string, length: number, content: string];

/** More characters than this, as JSON, are not worth their room: then one part stands for all. */
const mostCharacters = 1000;

/**
 * The parts of a plan in its order, inputs first. What only decides how items are computed (look-ahead, caches,
 * progress) is not among them.
 */
export function planParts(stage: Stage<unknown>): readonly PlanPart[] {
  const parts = partsOf(stage);
  return JSON.stringify(parts).length <= mostCharacters ? parts : [joined(parts, listCount(stage))];
}

/** One part for all. A list may only be known later: until all are, they don't count. */
function joined(parts: readonly PlanPart[], lists: number): PlanPart {
  const name = `${parts.length} operators`;
  const own = digest(JSON.stringify(parts.map(([each, identity]) => [each, identity]))).slice(0, 32);
  const known = parts.flatMap(([, , length, content]) => (length === undefined ? [] : [{ length, content }]));
  if (known.length < lists || lists === 0) return [name, own];
  const length = known.reduce((sum, list) => sum + list.length, 0);
  return [name, own, length, digest(JSON.stringify(known)).slice(0, 16)];
}

function listCount(stage: Stage<unknown>): number {
  return stage.inputs.reduce((sum, input) => sum + listCount(input), stage.listed === undefined ? 0 : 1);
}

/** The parts of a plan, however many there are. */
export function partsOf(stage: Stage<unknown>): PlanPart[] {
  const before = stage.inputs.flatMap(partsOf);
  if (stage instanceof TransformStage) {
    return [...before, ...stage.deciding.map((each): PlanPart => [each.name, short(comparable(each))])];
  }
  if (stage.identity === undefined) return before;
  // What is before it in the text is part of it: the transforms whose results it keeps.
  const name = stage.describe().at(-1)?.name ?? "";
  const own = short([stage.inputs.length, stage.identity]);
  const list = stage.listed?.();
  return [...before, list ? [name, own, list.length, list.content] : [name, own]];
}

/** Few characters are enough: a difference is missed once in four billion. */
function short(identity: unknown): string {
  try {
    return digest(canonical(identity)).slice(0, 8);
  } catch (error) {
    if (error instanceof NotCanonical) return digest(canonical(withoutFunctions(identity))).slice(0, 8);
    throw error;
  }
}

/** What differs between the plan of a checkpoint and this one, in words; undefined if nothing does. */
export function planDifference(then: readonly PlanPart[], now: readonly PlanPart[]): string | undefined {
  for (let n = 0; n < Math.max(then.length, now.length); n++) {
    const difference = partDifference(n, then[n], now[n], then.length - now.length);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function partDifference(
  n: number,
  then: PlanPart | undefined,
  now: PlanPart | undefined,
  fewer: number,
): string | undefined {
  if (!then) return `"${now?.[0]}" was added at its end`;
  if (!now) return `"${then[0]}" is missing at its end`;
  const [[oldName, oldDigest, oldLength, oldContent], [name, ownDigest, length, content]] = [then, now];
  if (name !== oldName) {
    const change = fewer === 0 ? "" : fewer < 0 ? " (an operator was added)" : " (an operator was removed)";
    return `operator ${n + 1} is "${name}", not "${oldName}"${change}`;
  }
  if (ownDigest !== oldDigest) return `"${name}" (operator ${n + 1}) has another seed, version or other options`;
  // A list is compared only where it was known both times.
  if (oldLength === undefined || length === undefined) return undefined;
  if (length !== oldLength) return `"${name}" lists ${length} items, not ${oldLength}`;
  return content === oldContent ? undefined : `"${name}" lists other items, or in another order`;
}
