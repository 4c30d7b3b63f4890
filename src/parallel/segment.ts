/** The part of a plan that moves to other threads. */
import { digest, identityOf } from "../fingerprint/fingerprint.ts";
import {
  fanData,
  type Has,
  type OperatorData,
  Stays,
  type TransformData,
  transformsData,
} from "../operator/relocation.ts";
import type { Fan } from "../plan/fan.ts";
import { fanOf, fanStage } from "../plan/one-to-many-stage.ts";
import type { ChainPlace } from "../plan/other-threads.ts";
import type { Stage } from "../plan/stage.ts";
import type { Transform } from "../plan/transform.ts";
import { TransformStage } from "../plan/transform-stage.ts";
import { Chain, type StepData } from "./chain.ts";
import type { MovingChain } from "./job.ts";

/** Neighboring transforms, or an operator that makes several items from one, with its stage. */
export type MovingStep =
  | { readonly transforms: readonly Transform[]; readonly data: readonly TransformData[] }
  | { readonly fan: Fan; readonly data: OperatorData; readonly stage: Stage<unknown> };

/** The end of a plan, as far as it can move. */
export interface Segment {
  /** What stays, without `head`. */
  readonly base: Stage<unknown>;
  /** The transforms after it that stay, over it. Undefined: there are none. */
  readonly head: TransformStage | undefined;
  readonly steps: readonly MovingStep[];
  /** Why it begins where it does, as text. */
  readonly reason: string;
}

/**
 * Cuts a plan where it can move from there on to its end. Views at its beginning stay, since they cost nothing: of a scan
 * that a cache has, only the crop then moves, or is read at all.
 */
export function segmentBefore(input: Stage<unknown>, has: Has): Segment {
  const segment = longestSegment(input, has);
  const [first, ...others] = segment.steps;
  if (!first || "fan" in first) return segment;
  const { transforms, data } = first;
  const end = transforms.findIndex(({ isView, lazy }) => !isView || lazy);
  const count = end < 0 ? transforms.length : end;
  if (count === 0) return segment;
  const rest = { transforms: transforms.slice(count), data: data.slice(count) };
  return {
    base: segment.base,
    head: new TransformStage(segment.base, [...(segment.head?.transforms ?? []), ...transforms.slice(0, count)]),
    steps: rest.data.length > 0 ? [rest, ...others] : others,
    reason: `${transforms[count - 1]?.name} copies nothing`,
  };
}

function longestSegment(input: Stage<unknown>, has: Has): Segment {
  const steps: MovingStep[] = [];
  for (let stage = input; ; ) {
    const fan = fanOf(stage);
    if (stage instanceof TransformStage) {
      const data = transformsData(stage.transforms, has);
      const last = data.findLastIndex((each) => each instanceof Stays);
      const moving = { transforms: stage.transforms.slice(last + 1), data: data.slice(last + 1).filter(isData) };
      if (moving.data.length > 0) steps.unshift(moving);
      const stays = data[last];
      if (stays instanceof Stays) {
        const head = new TransformStage(stage.base, stage.transforms.slice(0, last + 1));
        return { base: stage.base, head, steps, reason: stays.reason };
      }
      stage = stage.base;
    } else if (fan) {
      const data = fanData(fan, has);
      if (data instanceof Stays) return { base: stage, head: undefined, steps, reason: data.reason };
      steps.unshift({ fan, data, stage });
      const [before] = stage.inputs;
      if (!before) throw new TypeError("an operator that makes several items has an input");
      stage = before;
    } else {
      const name = stage.describe().at(-1)?.name ?? "what is before it";
      return { base: stage, head: undefined, steps, reason: `${name} is not a transform` };
    }
  }
}

const isData = (data: TransformData | Stays): data is TransformData => !(data instanceof Stays);

/** A chain of steps as data, and as it runs here. */
export function movingChain(steps: readonly MovingStep[], place: ChainPlace, modules: readonly string[]): MovingChain {
  const here = Chain.of(
    place,
    steps.map((step) => ("fan" in step ? (input) => fanStage(input, step.fan) : step.transforms)),
  );
  const data = {
    ...{ seed: place.seed, randomCount: place.randomCount, modules, fingerprints: here.fingerprints },
    steps: steps.map((step): StepData => ("fan" in step ? { fan: step.data } : { transforms: step.data })),
  };
  return { data: { ...data, id: digest(JSON.stringify(identityOf(data))) }, here };
}
