import { PipelineError } from "../errors.ts";
import { originOf } from "../item/origin.ts";
import type { CacheNote, TraceStep } from "../plan/inspection.ts";
import type { Run, Stage } from "../plan/stage.ts";
import { findItem } from "./find-item.ts";
import { ItemReport } from "./item-report.ts";
import { epochOf, sourceOf } from "./plan-facts.ts";

/** The id that was given, or that of an item that was, and the epoch of its run, if that is known. */
export function idAndEpochOf(given: unknown): { readonly id: string; readonly epoch?: number | undefined } {
  if (typeof given === "string") return { id: given };
  const origin = typeof given === "object" && given !== null ? originOf(given) : undefined;
  if (origin && origin.epoch === undefined) {
    throw new PipelineError(
      "VOXRX_NO_ITEM_ID",
      `the epoch of the item "${origin.id}" is not known: its run had several`,
      {
        operator: "why",
        remedy: "Ask the dataset before epochs(from, to), with the item's id and { epoch }.",
      },
    );
  }
  if (origin) return origin;
  const what =
    typeof given === "object" ? "this item is not one that a random operator drew for" : `${given} is not an id`;
  throw new PipelineError("VOXRX_NO_ITEM_ID", `expected the id of an item, and ${what}`, {
    operator: "why",
    remedy: "Pass the id, a string. Only for items with draws it is kept where they came from (originOf).",
  });
}

/** Computes an item again, and tells what was done. */
export async function explainItem(stage: Stage<unknown>, run: Run, id: string): Promise<ItemReport> {
  const steps: TraceStep[] = [];
  const caches: CacheNote[] = [];
  const watched: Run = { ...run, inspection: { onCache: (answer) => void caches.push(answer) } };
  const entry = await findItem(stage, watched, { id, operator: "why", trace: (step) => void steps.push(step) });
  const { seed = stage.seed } = run;
  const epoch = epochOf(stage, run.epoch) ?? run.epoch;
  return new ItemReport({ id, index: entry.index, epoch, seed, source: sourceOf(stage), steps, caches });
}
