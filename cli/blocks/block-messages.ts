/** What a process that computes blocks says. */
import * as v from "valibot";
import { faultSchema } from "../../src/blocks/block-failures.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const schema = v.variant("kind", [
  v.object({ kind: v.literal("loaded") }),
  v.object({ kind: v.literal("items"), items: count }),
  v.object({ kind: v.literal("done"), items: count, bytes: count }),
  v.object({ kind: v.literal("failed"), faults: v.array(faultSchema) }),
  /** It can't go on with any block: the output can't be written, or the plan can't be loaded. */
  v.object({ kind: v.literal("broken"), message: v.string() }),
]);

/** See the file. */
export type FromBlockProcess = v.InferOutput<typeof schema>;

/** A message of a process of this same program. */
export function readMessage(content: unknown): FromBlockProcess {
  return v.parse(schema, content);
}
