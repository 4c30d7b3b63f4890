/** What operators make of single items. */
import { Dataset, type Operator, type Volume } from "voxrx";
import { valuesOf } from "./volumes.ts";

/** What operators make of one bare volume. */
export async function applied(volume: Volume, ...operators: readonly Operator<Volume, Volume>[]): Promise<Volume> {
  let dataset: Dataset<Volume> = Dataset.from([volume]);
  for (const operator of operators) dataset = dataset.pipe(operator);
  const [result] = await dataset.toArray({ maxBytes: "4GiB" });
  if (!result) throw new Error("the pipeline gave nothing");
  return result;
}

/** The values that an operator makes of one bare volume, x fastest. */
export async function valuesAfter(volume: Volume, operator: Operator<Volume, Volume>): Promise<number[]> {
  return valuesOf(await applied(volume, operator));
}

/** The first item that an operator makes of some. */
export async function firstOf<A, B>(items: readonly A[], operator: Operator<A, B>): Promise<B> {
  const [first] = await Dataset.from(items).pipe(operator).toArray();
  if (first === undefined) throw new Error("no item came out");
  return first;
}

/** What an operator makes of one item. */
export function madeOf<A, B>(item: A, operator: Operator<A, B>): Promise<B> {
  return firstOf([item], operator);
}
