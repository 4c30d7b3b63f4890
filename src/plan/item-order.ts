import type { ItemOrder, Stage } from "./stage.ts";

/** The order of a stage's items: what the stage says, or else what follows from its inputs. */
export function itemOrderOf(stage: Stage<unknown>): ItemOrder {
  if (stage.itemOrder) return stage.itemOrder;
  const orders = stage.inputs.map(itemOrderOf);
  if (orders.includes("random")) return "random";
  return orders.includes("varied") ? "varied" : "fixed";
}

/** Whether the number of items by index may differ from epoch to epoch. */
export function lengthVaries(stage: Stage<unknown>): boolean {
  return stage.lengthVaries ?? stage.inputs.some(lengthVaries);
}
