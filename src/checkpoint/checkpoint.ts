/** Where a run stands, as JSON, and what is checked before another run continues there. */
import * as v from "valibot";
import { PipelineError } from "../errors.ts";
import { integerSchema } from "../options.ts";
import type { Position, Run, Stage } from "../plan/stage.ts";
import { packPosition, unpackPosition } from "./packed-position.ts";
import { type PlanPart, planDifference, planParts } from "./plan-parts.ts";

/**
 * Where a run stands after an item: JSON of 0.1 to 2 KB for common plans, made by {@link RunIterator.checkpoint} and read by
 * {@link Dataset.iterate}. Write it to a file beside the weights of a model. Its fields may change; a later version
 * reads those of earlier ones or says that it can't.
 */
export interface Checkpoint {
  /** Version of this form. */
  readonly voxrx: 1;
  readonly epoch: number;
  /** Seed of the run that overrides those of the sources; left out if there is none. */
  readonly seed?: number | string;
  /** Number of items delivered in this epoch; after `mergeCheckpoints`, rank 0 goes on counting for all. */
  readonly items: number;
  /** What decided the items, to notice that another plan is given. */
  readonly plan: readonly PlanPart[];
  /** The rank whose items they are, and the number of ranks, with `forRank`; left out if it is of all ranks. */
  readonly rank?: readonly [rank: number, worldSize: number];
  /** Where the plan continues; left out before the first item. */
  readonly position?: Position;
  /** Set if the epoch was read to its end. */
  readonly done?: true;
}

const countSchema = v.pipe(integerSchema, v.minValue(0));

const partSchema: v.GenericSchema<unknown, PlanPart> = v.union([
  v.strictTuple([v.string(), v.string()]),
  v.strictTuple([v.string(), v.string(), countSchema, v.string()]),
]);

const positionSchema = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, Position>(({ dataset, addIssue, NEVER }) => {
    const position = unpackPosition(dataset.value);
    if (position !== undefined) return position;
    addIssue({ message: "this is not a position" });
    return NEVER;
  }),
);

const checkpointSchema = v.object({
  voxrx: v.literal(1),
  epoch: countSchema,
  seed: v.exactOptional(v.union([v.number(), v.string()])),
  items: countSchema,
  plan: v.array(partSchema),
  rank: v.exactOptional(v.strictTuple([countSchema, v.pipe(integerSchema, v.minValue(1))])),
  position: v.exactOptional(positionSchema),
  done: v.exactOptional(v.literal(true)),
});

/** A run so far. */
export interface RunState {
  readonly stage: Stage<unknown>;
  readonly epoch: number;
  readonly seed: Run["seed"];
  /** Number of items delivered in this epoch, before this run too. */
  readonly items: number;
  readonly position: Position | undefined;
  readonly isDone: boolean;
}

/** The checkpoint of a run. @throws PipelineError `VOXRX_NOT_RESUMABLE` */
export function makeCheckpoint(state: RunState, parts: readonly PlanPart[]): Checkpoint {
  const { stage, epoch, seed, items, position, isDone } = state;
  refuseUnrepeatable(stage);
  const rank = rankOf(stage);
  return {
    voxrx: 1,
    epoch,
    ...(seed === undefined ? {} : { seed }),
    items,
    plan: parts,
    ...(rank ? { rank } : {}),
    ...(position === undefined ? {} : { position: packPosition(position) }),
    ...(isDone ? { done: true } : {}),
  };
}

/** A checkpoint as it was read from a file. @throws PipelineError `VOXRX_BAD_CHECKPOINT` */
export function readCheckpoint(value: unknown): Checkpoint {
  const checked = v.safeParse(checkpointSchema, value);
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const what = whatIsWrong(value, issue);
  throw new PipelineError("VOXRX_BAD_CHECKPOINT", `this is not a checkpoint of this version of VoxRx: ${what}`, {
    operator: "iterate",
    remedy: "Pass what run.checkpoint() returned, or the parsed JSON of it, without changes.",
  });
}

function whatIsWrong(value: unknown, issue: v.InferIssue<typeof checkpointSchema>): string {
  if (typeof value === "string") return "it is a string, which JSON.parse has to read first";
  const where = v.getDotPath(issue);
  if (where === null) return issue.message;
  return issue.received === "undefined" ? `${where} is missing` : `${where}: ${issue.message}`;
}

/** Refuses a checkpoint of other items. @throws PipelineError `VOXRX_OTHER_PLAN`, `VOXRX_NOT_RESUMABLE` */
export function checkPlan({ plan, rank }: Checkpoint, stage: Stage<unknown>): void {
  refuseUnrepeatable(stage);
  const difference = planDifference(plan, planParts(stage));
  if (difference !== undefined) throw otherPlan(`in this plan ${difference}`);
  const own = rankOf(stage);
  if (rank && own && String(rank) !== String(own)) {
    throw otherPlan(`they are those of rank ${rank.join(" of ")}, and this is rank ${own.join(" of ")}`);
  }
}

/** The items that a run counts as its own when it continues: where many ranks do, the first one counts for all. */
export function itemsBefore({ items, rank }: Checkpoint, stage: Stage<unknown>): number {
  const [own = 0] = rankOf(stage) ?? [];
  return rank || own === 0 ? items : 0;
}

function rankOf(stage: Stage<unknown>): readonly [rank: number, worldSize: number] | undefined {
  if (stage.rank) return stage.rank;
  for (const input of stage.inputs) {
    const rank = rankOf(input);
    if (rank) return rank;
  }
  return undefined;
}

/** What a run was asked to be. */
interface Requested {
  readonly epoch?: number;
  readonly seed?: number | string;
}

/** Epoch and seed of a run that continues. @throws PipelineError `VOXRX_OTHER_PLAN` if others are requested */
export function continuedRun(from: Checkpoint, { epoch, seed }: Requested): Requested {
  if (epoch !== undefined && epoch !== from.epoch) {
    throw otherPlan(`epoch ${epoch} was requested, and the checkpoint is of epoch ${from.epoch}`);
  }
  if (seed !== undefined && seed !== from.seed) {
    const its = from.seed === undefined ? "the seeds of the sources" : `seed ${from.seed}`;
    throw otherPlan(`seed ${seed} was requested, and the checkpoint has ${its}`);
  }
  return from;
}

/** The error of a checkpoint that belongs to another plan, seed or epoch. */
export function otherPlan(difference: string): PipelineError {
  return new PipelineError("VOXRX_OTHER_PLAN", `the checkpoint is of other items: ${difference}`, {
    operator: "iterate",
    remedy: "Continue with the plan that the checkpoint came from, or start the epoch again without it.",
  });
}

function refuseUnrepeatable(stage: Stage<unknown>): void {
  if (stage.unrepeatable !== undefined) {
    const text = stage.describe().at(-1);
    throw new PipelineError("VOXRX_NOT_RESUMABLE", `the run can't be continued later: ${stage.unrepeatable}`, {
      operator: text?.name,
      remedy: "Use a source that can be read again, such as a list or a function, and operators that don't use time.",
    });
  }
  for (const input of stage.inputs) refuseUnrepeatable(input);
}
