/** Positions of stages that store a number, or little more, in addition to the position of their input. */
import * as v from "valibot";
import { badPosition, continuing, type Entry, type Position } from "./stage.ts";

/** A position of a stage: where its input continues, and the state of the stage itself. */
export interface From<S> {
  readonly base: Position | undefined;
  readonly state: S | undefined;
}

/**
 * Reads a position that {@link withState} made; without one, the beginning. @throws PipelineError
 * `VOXRX_BAD_POSITION`
 */
export function readPosition<S>(
  from: Position | undefined,
  state: v.GenericSchema<unknown, S>,
  operator?: string,
): From<S> {
  if (from === undefined) return { base: undefined, state: undefined };
  const [base, own] = isPair(from) ? from : [];
  const checked = v.safeParse(state, own);
  if (base === undefined || !checked.success) throw badPosition(from, operator);
  return { base: isStart(base) ? undefined : base, state: checked.output };
}

/** An entry after which the stage continues with `state`, and its input where `entry` says. */
export function withState<T>(entry: Entry<T>, state: Position): Entry<T> {
  return continuing(entry, [entry.next, state]);
}

/** A position in an input in a form that can be stored, also the one before anything was pulled. */
export function orStart(position: Position | undefined): Position {
  return position === undefined ? start : position;
}

/** Stored for the beginning. No stage uses this value as a position of its own. */
const start: Position = { "voxrx.start": true };

/** The position in an input that {@link orStart} stored. */
export function unlessStart(position: Position): Position | undefined {
  return isStart(position) ? undefined : position;
}

function isStart(position: Position): boolean {
  return typeof position === "object" && position !== null && "voxrx.start" in position;
}

function isPair(position: Position): position is readonly [Position, Position] {
  return Array.isArray(position) && position.length === 2;
}
