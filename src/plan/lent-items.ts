/**
 * Items that are lent: a stage frees what they hold as soon as the next one is requested. What pulls ahead of its
 * consumer, or keeps items, would use them after that, so a plan in which it comes after such a stage is refused.
 */
import { PipelineError } from "../errors.ts";
import type { Stage } from "./stage.ts";

/** What is read of a stage: whether it lends its items, and under which name. */
type Lending = Pick<Stage<unknown>, "lends">;

/**
 * The name of the operator that lends the items of `inputs`; undefined if none does.
 *
 * @param holdsItems whether what comes next requests an item before it is asked for one, or keeps one
 * @throws PipelineError `VOXRX_ITEM_LENT` if it does, and the items are lent
 */
export function lentFrom(inputs: readonly Lending[], operator: () => string, holdsItems: boolean): string | undefined {
  const lends = inputs.find((input) => input.lends !== undefined)?.lends;
  if (lends === undefined || !holdsItems) return lends;
  throw itemsAreLent(lends, operator());
}

/** The error of something that would use items after they were freed. */
export function itemsAreLent(lends: string, operator: string): PipelineError {
  return new PipelineError(
    "VOXRX_ITEM_LENT",
    `it would hold items of ${lends} that are freed when the next one is requested`,
    {
      operator,
      remedy: `Put ${lends} last, after ${operator}, or free its tensors yourself with ${lends}(…, { dispose: false }).`,
    },
  );
}
