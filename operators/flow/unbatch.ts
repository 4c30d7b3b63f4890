import type { Observable } from "rxjs";
import { PipelineError } from "../../src/errors.ts";
import { stageOperator } from "../../src/operator/flow-operator.ts";
import type { Piped } from "../../src/operator/operator-types.ts";
import { fanStage } from "../../src/plan/one-to-many-stage.ts";
import { isTensor, type Tensor, volumeAt } from "../../src/volume/tensor.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** What `unbatch` makes of a batch of type `T`. */
export type Unbatched<T> = T extends Tensor
  ? Volume
  : T extends readonly (infer Item)[]
    ? Item
    : { [K in keyof T]: Element<Required<T>[K]> };

type Element<C> = C extends Tensor ? Volume : C extends readonly (infer Item)[] ? Item : C;

/** The factory of `unbatch`. */
export type UnbatchOperator = () => <T>(source: Observable<T>) => Piped<Unbatched<T>, false>;

/**
 * Takes batches apart: lists into their items, tensors into volumes (views of the tensor's samples, without padding,
 * with their affines), records of columns into records. The inverse of `batch`; MONAI's `decollate_batch`.
 *
 * @throws PipelineError `VOXRX_WRONG_FIELD` when columns differ in length or an item is not a batch;
 * `VOXRX_SHAPE_MISMATCH` for a tensor whose samples are of another spatial size than its volumes
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { batch, unbatch } from "voxrx/operators";
 * await Dataset.from([1, 2, 3]).pipe(batch(2), unbatch()).toArray(); // => [1, 2, 3]
 * ```
 */
export const unbatch = stageOperator<object, UnbatchOperator>()({
  name: "unbatch",
  version: 1,
  options: {},
  stage: (input) =>
    fanStage(input, { name: "unbatch", identity: { name: "unbatch", version: 1 }, random: false, parts: itemsOf }),
});

function itemsOf(batch: unknown): Iterable<unknown> {
  if (isTensor(batch)) return volumesOf(batch);
  if (Array.isArray(batch)) return batch;
  if (typeof batch !== "object" || batch === null)
    throw notABatch("it is neither a list, a tensor nor a record of those");
  const columns = Object.entries(batch);
  const lengths = new Set(columns.map(([, column]) => lengthOf(column)));
  if (lengths.size !== 1) throw notABatch(`its columns have ${[...lengths].join(", ")} items`);
  const [length = 0] = lengths;
  const lists = columns.map(([name, column]) => [name, isTensor(column) ? volumesOf(column) : column] as const);
  return Array.from({ length }, (_, n) => Object.fromEntries(lists.map(([name, list]) => [name, list[n]])));
}

/**
 * A network may have given samples of another size than `items` say; to cut volumes of the old size out of them would
 * be wrong in silence.
 */
function volumesOf(tensor: Tensor): Volume[] {
  const { layout, items } = tensor;
  const axes = [...layout.slice(1)].filter((letter) => letter !== "Z" || tensor.shape.length === 5);
  const longest = axes.map((letter, place) => {
    if (letter === "C") return tensor.shape[place + 1];
    return Math.max(...items.map(({ spatialShape }) => spatialShape["XYZ".indexOf(letter)] ?? 0));
  });
  if (items.length === 0 || String(longest) === String(tensor.shape.slice(1)))
    return items.map((_, n) => volumeAt(tensor, n));
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `a tensor of shape [${tensor.shape}] does not fit its volumes, which make [${[items.length, ...longest]}]`,
    {
      operator: "unbatch",
      remedy: "Give tensors that a network made the items, and so the spatial size, of what it was given.",
    },
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
    remedy: "Put unbatch() after batch(...), or use flatMap for something else.",
  });
}
