/** Random pipelines, consumed and ended in every way, and what must hold after each. */
import fc from "fast-check";
import { isVoxRxError } from "../../src/errors.ts";
import { anyBridgedStep } from "./bridged-steps.ts";
import { completions, type Ending, endings, type Moment, type Seen } from "./endings.ts";
import { anyJoin } from "./joins.ts";
import { Ledger } from "./ledger.ts";
import { leftovers, openNow } from "./leftovers.ts";
import { after, expectedOf, type Plan } from "./plan.ts";
import { anySource, type NumberFiles } from "./sources.ts";
import { anyOwnStep } from "./steps.ts";

/** A pipeline, and the ways in which it is run. */
export interface Attack {
  readonly plan: Plan;
  readonly epoch: number;
  readonly completion: string;
  readonly endings: readonly { readonly name: string; readonly moment: Moment }[];
  /** Whether it is ended at every microtask of its run in the first of these ways. */
  readonly everywhere: boolean;
}

/** Any pipeline. */
function anyPlan(files: NumberFiles): fc.Arbitrary<Plan> {
  const source = anySource(files);
  const { plan } = fc.letrec<{ plan: Plan; inner: Plan }>((tie) => {
    const inner = fc.oneof({ maxDepth: 2, depthSize: "small", withCrossShrink: true }, source, tie("plan"));
    const step = fc.oneof(
      { weight: 6, arbitrary: anyOwnStep },
      { weight: 3, arbitrary: anyBridgedStep(inner) },
      { weight: 2, arbitrary: anyJoin(inner) },
    );
    return {
      inner,
      plan: fc
        .tuple(inner, fc.array(step, { maxLength: 4, size: "max" }))
        .map(([first, steps]) => steps.reduce(after, first)),
    };
  });
  return plan;
}

const anyMoment: fc.Arbitrary<Moment> = fc.record({
  turns: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(8) }),
  microtasks: fc.nat(60),
  items: fc.nat(4),
});

/** Any attack. */
export function anyAttack(files: NumberFiles): fc.Arbitrary<Attack> {
  return fc
    .record({
      plan: anyPlan(files),
      epoch: fc.nat(3),
      completion: fc.constantFrom(...Object.keys(completions)),
      endings: fc.array(fc.record({ name: fc.constantFrom(...Object.keys(endings)), moment: anyMoment }), {
        minLength: 3,
        maxLength: 3,
      }),
      everywhere: fc.nat(24).map((n) => n === 0),
    })
    .map((attack) => Object.assign(attack, { [fc.toStringMethod]: () => attackText(attack) }));
}

function attackText({ plan, epoch, completion, endings: ways, everywhere }: Attack): string {
  const how = ways.map(({ name, moment }) => `// ended by ${name}, at ${JSON.stringify(moment)}`);
  return [
    `(${plan.code}).epoch(${epoch})`,
    `// consumed by ${completion}`,
    ...how,
    `// everywhere: ${everywhere}`,
  ].join("\n");
}

/** Rejections and warnings of the process since the last look. */
export interface Complaints {
  take(): readonly string[];
}

/** Notes what the process complains of: rejections that nobody handles, errors that nobody catches, warnings. */
export function noteComplaints(): Complaints {
  const noted: string[] = [];
  const note = (what: string) => (thrown: unknown) => void noted.push(`${what}: ${text(thrown)}`);
  process.on("unhandledRejection", note("unhandled rejection"));
  process.on("uncaughtException", note("uncaught exception"));
  process.on("warning", note("warning"));
  return { take: () => noted.splice(0) };
}

const text = (thrown: unknown) => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : JSON.stringify(thrown));

/** Runs a pipeline in all the ways of an attack. @throws at the first broken promise */
export async function attack({ plan, epoch, completion, endings: ways, everywhere }: Attack, complaints: Complaints) {
  if (!plan.hangs) await one(plan, epoch, completion, completions[completion], noMoment, complaints);
  for (const { name, moment } of ways) {
    if (plan.hangs && !endsWhatHangs.has(name)) continue;
    await one(plan, epoch, name, endings[name], moment, complaints);
  }
  if (!everywhere) return;
  const [way] = ways;
  const name = way && endsWhatHangs.has(way.name) ? way.name : "return() while next() is pending";
  for (let microtasks = 0; microtasks < 80; microtasks++) {
    await one(plan, epoch, name, endings[name], { turns: 0, microtasks, items: 0 }, complaints);
  }
}

const noMoment: Moment = { turns: 0, microtasks: 0, items: 0 };

/** The endings that come from outside, whatever the pipeline does. */
const endsWhatHangs = new Set([
  "return() while next() is pending",
  "await using",
  "throw() while next() is pending",
  "unsubscribe",
  "unsubscribe of asObservable()",
  "abort before",
  "abort of iterate",
  "abort of toArray",
  "abort of forEach",
  "abort of peek()",
  "two consumers of share, one leaves",
]);

async function one(
  plan: Plan,
  epoch: number,
  name: string,
  ending: Ending | undefined,
  moment: Moment,
  complaints: Complaints,
): Promise<void> {
  if (!ending) throw new RangeError(`there is no ending ${name}`);
  const ledger = new Ledger();
  const before = openNow();
  const faults: string[] = [];
  const dataset = plan.build(ledger).epoch(epoch);
  if (ledger.opened > 0) faults.push("composing opened a source");
  if (plan.isIndexed !== (dataset.stage.index !== undefined)) faults.push("whether it is indexed is not as expected");
  try {
    const seen = await Promise.race([ending(dataset, ledger, moment), stuck()]);
    faults.push(...wrong(seen, plan, epoch, name, ledger));
    if (name === "abort before" && ledger.opened > 0) faults.push("a source was opened though the signal was aborted");
  } catch (error) {
    faults.push(text(error) ?? String(error));
  }
  ledger.end();
  const left = await leftovers(before, () => ledger.open === 0);
  if (ledger.open > 0) faults.push(`${ledger.open} of ${ledger.opened} sources were not closed`);
  faults.push(...left.map((kind) => `left open: ${kind}`), ...ledger.faults, ...complaints.take());
  if (faults.length > 0) throw new Error(`${name}, at ${JSON.stringify(moment)}:\n${faults.join("\n")}`);
}

/** What is wrong with what a consumer saw. */
function wrong({ items, ending }: Seen, plan: Plan, epoch: number, name: string, ledger: Ledger): string[] {
  const expected = expectedOf(plan, epoch);
  if (!expected) return [];
  const got = JSON.stringify(items);
  const part = JSON.stringify(expected.items.slice(0, items.length));
  if (got !== part) return [`expected ${JSON.stringify(expected.items)}, got ${got}`];
  if (ending === "left") return [];
  if (ending === "complete") {
    if (expected.failure) return [`completed, though it had to fail after ${part}`];
    const isWhole = items.length === expected.items.length || name.includes("peek");
    return isWhole ? [] : [`expected ${JSON.stringify(expected.items)}, got ${got}`];
  }
  // A list is made whole, also where no item of it is asked for, as before take(0).
  if (!expected.failure && !ending.whileListing)
    return [`failed, though it had to give ${JSON.stringify(expected.items)}: ${text(ending.error)}`];
  return wrongError(ending.error, ledger);
}

/** The error must be one of VoxRx, and its first cause what was thrown. */
function wrongError(error: unknown, ledger: Ledger): string[] {
  if (!isVoxRxError(error)) return [`the error is not one of VoxRx: ${text(error)}`];
  let cause: unknown = error;
  while (isVoxRxError(cause)) cause = cause.cause;
  return cause === ledger.planted ? [] : [`the cause of the error is not what was thrown: ${text(error)}`];
}

/** Rejects once nothing is left in the process that could settle a promise. */
function stuck(): Promise<never> {
  return new Promise((_, reject) => {
    isStuck = () => reject(new Error("a promise never settled"));
  });
}

let isStuck: () => void = () => undefined;

/** Calls `beforeExit` of the process when nothing happens any more, also where VoxRx itself listens to it. */
export function watchForStandstill(): { stop(): void } {
  let idle = 0;
  const turned = () => {
    // VoxRx tells what waits first; that may go on.
    idle++;
    setImmediate(() => undefined);
    if (idle % 3 === 0) isStuck();
  };
  process.on("beforeExit", turned);
  return { stop: () => void process.off("beforeExit", turned) };
}
