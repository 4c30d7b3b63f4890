/** What the processes that measure answer: one line of JSON for each request. */
import * as v from "valibot";

/** Times of one call, in ms: the means of a sample. CPU time is that of all threads of the process. */
const sampleSchema = v.object({
  wallMs: v.number(),
  cpuMs: v.number(),
  /** Number of calls. */
  calls: v.number(),
  /** Resident memory in MB, where the workload measures it. */
  memoryMB: v.optional(v.number()),
});

/** Facts of a result, to see that both sides did the same work. */
const summarySchema = v.object({
  /** Number of samples. */
  samples: v.number(),
  mean: v.optional(v.number()),
});

/** Where the main thread spent its time. */
export const profileSchema = v.array(v.object({ name: v.string(), share: v.number() }));

export const answerSchema = v.union([
  v.object({ error: v.string() }),
  v.object({ prepared: summarySchema }),
  v.object({ sample: sampleSchema }),
  v.object({ profile: profileSchema }),
]);

export type Sample = v.InferOutput<typeof sampleSchema>;
export type Summary = v.InferOutput<typeof summarySchema>;
export type Profile = v.InferOutput<typeof profileSchema>;

/** What a process is asked. `work` is the name of a workload here, and its description for peer.py. */
export type Request =
  | { readonly op: "prepare"; readonly work: unknown }
  | { readonly op: "sample"; readonly way: Way; readonly atLeastMs: number }
  | { readonly op: "profile"; readonly atLeastMs: number };

/** The work itself, or its limit. */
export type Way = "run" | "limit";
