/** One line of the table, as results keep it. */
import * as v from "valibot";
import { profileSchema } from "../measure/answers.ts";

/** Medians of the rounds, and the best of them, in ms of one call. */
const timesSchema = v.object({
  wallMs: v.number(),
  cpuMs: v.number(),
  bestWallMs: v.number(),
  bestCpuMs: v.number(),
  memoryMB: v.optional(v.number()),
  rounds: v.number(),
});

/** Something that VoxRx was compared with in the same run. */
const comparedSchema = v.object({
  /** What it is. */
  what: v.string(),
  times: v.optional(timesSchema),
  /** Why there are no times. */
  missing: v.optional(v.string()),
  /** Time of this, relative to VoxRx: the median of the ratios of all rounds. */
  wallRatio: v.optional(v.number()),
  cpuRatio: v.optional(v.number()),
  /** A difference of the results. */
  differs: v.optional(v.string()),
});

export const lineSchema = v.object({
  name: v.string(),
  group: v.string(),
  voxrx: v.optional(timesSchema),
  /** Why it was not measured. */
  error: v.optional(v.string()),
  limit: v.optional(comparedSchema),
  peer: v.optional(comparedSchema),
  /** The build that `--compare` names. */
  other: v.optional(comparedSchema),
  /** Load average of the last minute, when the line was done. */
  load: v.number(),
  targets: v.array(v.object({ text: v.string(), isMet: v.optional(v.boolean()) })),
  profile: v.optional(profileSchema),
});

/** Times and what they were compared with. `targets` have no `isMet` where something was not measured. */
export type Line = v.InferOutput<typeof lineSchema>;
export type Times = v.InferOutput<typeof timesSchema>;
export type Compared = v.InferOutput<typeof comparedSchema>;
