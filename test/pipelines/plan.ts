/** Pipelines as data: how they are written, how they are built, and what they should give, on plain arrays. */
import type { Dataset } from "../../src/dataset.ts";
import type { Ledger } from "./ledger.ts";

/** In place of an item of a model: here the run fails with what the ledger plants. */
export class Failure {
  readonly place: "source" | "function";

  constructor(place: "source" | "function") {
    this.place = place;
  }
}

/** Thrown by a model that doesn't say what comes: where `onError` meets failures of operators further up. */
export class Unpredicted extends Error {}

/** An item of a model. */
export type Item = number | Failure;

/** A pipeline of numbers. */
export interface Plan {
  /** As a user would write it. */
  readonly code: string;
  /** Whether it must be an indexed dataset. */
  readonly isIndexed: boolean;
  /** Whether something in it may never answer. */
  readonly hangs: boolean;
  build(ledger: Ledger): Dataset<number>;
  /** What it should give. A consumer takes what comes before the first failure. */
  model(epoch: number): Iterable<Item>;
}

/** What is put after a pipeline. */
export interface Step {
  readonly code: string;
  /** Whether an indexed dataset stays indexed. */
  readonly keepsIndex: boolean;
  /** Whether it makes a stream indexed, or can only be put after an indexed dataset. */
  readonly index?: "makes" | "needs";
  readonly hangs?: boolean;
  build(source: Dataset<number>, ledger: Ledger): Dataset<number>;
  /** `isIndexed`: whether the input is indexed. */
  model(input: (epoch: number) => Iterable<Item>, epoch: number, isIndexed: boolean): Iterable<Item>;
}

/** A pipeline with a step after it. A stream before a step that needs an index gets one. */
export function after(plan: Plan, step: Step): Plan {
  if (step.index === "needs" && !plan.isIndexed) return after(after(plan, indexedStep), step);
  return {
    code: `${plan.code}\n  .pipe(${step.code.replaceAll("\n", "\n  ")})`,
    isIndexed: step.index === "makes" || (plan.isIndexed && step.keepsIndex),
    hangs: plan.hangs || step.hangs === true,
    build: (ledger) => step.build(plan.build(ledger), ledger),
    model: (epoch) => step.model((of) => plan.model(of), epoch, plan.isIndexed),
  };
}

/** Set by the file that has the steps, which needs this one. */
let indexedStep: Step;

/** Declares the step that makes a stream indexed. */
export function declareIndexedStep(step: Step): Step {
  indexedStep = step;
  return step;
}

/** A model that turns each item into others and leaves failures in their places. */
export function each(work: (item: number) => Iterable<Item>): Step["model"] {
  return function* (input, epoch) {
    for (const item of input(epoch)) {
      if (item instanceof Failure) yield item;
      else yield* work(item);
    }
  };
}

/** A model as a function of a plain iterable, which throws where an item fails. */
export function plainly(work: (input: Iterable<number>) => Iterable<number>): Step["model"] {
  return function* (input, epoch) {
    try {
      yield* work(throwing(input(epoch)));
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure;
      yield failure;
    }
  };
}

/** The items before the first failure; the failure is thrown. */
export function* throwing(items: Iterable<Item>): Generator<number> {
  for (const item of items) {
    if (item instanceof Failure) throw item;
    yield item;
  }
}

/** What a consumer gets: the items, and the failure that ends them. Undefined if the model doesn't say. */
export function expectedOf(
  plan: Plan,
  epoch: number,
): { readonly items: number[]; readonly failure: Failure | undefined } | undefined {
  const items: number[] = [];
  try {
    for (const item of throwing(plan.model(epoch))) items.push(item);
  } catch (failure) {
    if (failure instanceof Failure) return { items, failure };
    if (failure instanceof Unpredicted) return undefined;
    throw failure;
  }
  return { items, failure: undefined };
}
