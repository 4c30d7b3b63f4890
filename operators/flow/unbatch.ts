import type { Operator } from "../../src/dataset/dataset.ts";
import { FanStage } from "../../src/dataset/fan-stage.ts";
import { stageOperator } from "../../src/dataset/operator.ts";
import { PipelineError } from "../../src/errors.ts";
import { isTensor, type Tensor, volumeAt } from "../../src/volume/tensor.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** What `unbatch` makes of a batch of type `T`. */
export type Unbatched<T> = T extends Tensor
  ? Volume
  : T extends readonly (infer Item)[]
    ? Item
    : { [K in keyof T]: T[K] extends Tensor ? Volume : T[K] extends readonly (infer Item)[] ? Item : T[K] };

/**
 * Takes batches apart: lists into their items, tensors into volumes (views of the tensor's samples, without padding, with their
 * affines), records of columns into records. The inverse of `batch`; MONAI's `decollate_batch`.
 *
 * @throws PipelineError `VOXRX_WRONG_FIELD` when columns differ in length or an item is no batch
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { batch, unbatch } from "voxrx/operators";
 * await Dataset.from([1, 2, 3]).pipe(batch(2), unbatch()).toArray(); // => [1, 2, 3]
 * ```
 */
export function unbatch<T>(): Operator<T, Unbatched<T>> {
  const fan = { name: "unbatch", random: false, parts: itemsOf };
  return stageOperator<Operator<T, Unbatched<T>>>((input) => new FanStage(input, fan));
}

function itemsOf(batch: unknown): Iterable<unknown> {
  if (isTensor(batch)) return batch.items.map((_, n) => volumeAt(batch, n));
  if (Array.isArray(batch)) return batch;
  if (typeof batch !== "object" || batch === null)
    throw notABatch("it is neither a list, a tensor nor a record of those");
  const columns = Object.entries(batch);
  const lengths = new Set(columns.map(([, column]) => lengthOf(column)));
  if (lengths.size !== 1) throw notABatch(`its columns have ${[...lengths].join(", ")} items`);
  const [length = 0] = lengths;
  return Array.from({ length }, (_, n) =>
    Object.fromEntries(columns.map(([name, column]) => [name, isTensor(column) ? volumeAt(column, n) : column[n]])),
  );
}

function lengthOf(column: unknown): number {
  if (isTensor(column)) return column.items.length;
  if (Array.isArray(column)) return column.length;
  throw notABatch("one of its columns is neither a list nor a tensor");
}

function notABatch(why: string): PipelineError {
  return new PipelineError("VOXRX_WRONG_FIELD", `an item cannot be taken apart: ${why}`, {
    operator: "unbatch",
    remedy: "Put unbatch() behind batch(...), or use flatMap for something else.",
  });
}
