/** Positions of stages that keep a number or little more beside what their input keeps. */
import type { z } from "zod";
import { badPosition, continuing, type Entry, type Position } from "./stage.ts";

/** A position of a stage: where its input continues, and what the stage itself must know. */
export interface From<S> {
  readonly base: Position | undefined;
  readonly state: S | undefined;
}

/**
 * Reads a position that {@link withState} made; the beginning, if there is none. @throws PipelineError
 * `VOXRX_BAD_POSITION`
 */
export function readPosition<S>(from: Position | undefined, state: z.ZodType<S>, operator?: string): From<S> {
  if (from === undefined) return { base: undefined, state: undefined };
  const [base, own] = isPair(from) ? from : [];
  const checked = state.safeParse(own);
  if (base === undefined || !checked.success) throw badPosition(from, operator);
  return { base: isStart(base) ? undefined : base, state: checked.data };
}

/** An entry after which the stage continues with its input where the entry says, and with `state` of its own. */
export function withState<T>(entry: Entry<T>, state: Position): Entry<T> {
  return continuing(entry, [entry.next, state]);
}

/** A position in an input, also the one before anything was pulled. */
export function orStart(position: Position | undefined): Position {
  return position === undefined ? start : position;
}

/** Stands for the beginning where a position is written down. No stage gives this as a position of its own. */
const start: Position = { "voxrx.start": true };

/** The position in an input that {@link orStart} wrote. */
export function unlessStart(position: Position): Position | undefined {
  return isStart(position) ? undefined : position;
}

function isStart(position: Position): boolean {
  return typeof position === "object" && position !== null && "voxrx.start" in position;
}

function isPair(position: Position): position is readonly [Position, Position] {
  return Array.isArray(position) && position.length === 2;
}
