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
  throw itemsAreLent(operator(), lends, `Put ${lends} last`);
}

/** Refuses a stage that lends its items to a method that keeps them. @throws PipelineError `VOXRX_ITEM_LENT` */
export function refuseLent({ lends }: Lending, method: string): void {
  if (lends !== undefined) throw itemsAreLent(method, lends, `Use ${method} on the dataset before ${lends}`);
}

function itemsAreLent(operator: string, lends: string, change: string): PipelineError {
  const fault = `it would hold items of ${lends}, whose tensors are disposed when the next item is requested`;
  const remedy = `${change}, or dispose of its tensors yourself: ${lends}(…, { dispose: false }).`;
  return new PipelineError("VOXRX_ITEM_LENT", fault, { operator, remedy });
}
