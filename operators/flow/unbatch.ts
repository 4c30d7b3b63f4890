import type { Observable } from "rxjs";
import { PipelineError } from "../../src/errors.ts";
import { isRecord } from "../../src/item/record.ts";
import { stageOperator } from "../../src/operator/flow-operator.ts";
import { fanStage } from "../../src/plan/one-to-many-stage.ts";
import type { Piped } from "../../src/plan/operator-types.ts";
import { isTensor, type Tensor, volumeAt } from "../../src/volume/tensor.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** The type of the items in a batch of type `T`. */
export type Unbatched<T> = T extends Tensor
  ? Volume
  : T extends readonly (infer Item)[]
    ? Item
    : { [K in keyof T]: Element<Required<T>[K]> };

type Element<C> = C extends Tensor ? Volume : C extends readonly (infer Item)[] ? Item : C;

/** The factory of `unbatch`. */
export type UnbatchOperator = () => <T>(source: Observable<T>) => Piped<Unbatched<T>, false>;

/**
 * Splits batches into items: lists into their elements, tensors into volumes (views of the tensor's samples, without
 * padding, with their affines), records of columns into records. The inverse of `batch`; MONAI's `decollate_batch`.
 *
 * @throws PipelineError `VOXRX_WRONG_FIELD` when columns differ in length or an item is not a batch;
 * `VOXRX_SHAPE_MISMATCH` for a tensor whose spatial size differs from that of its volumes
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
  if (!isRecord(batch)) throw notABatch("it must be a list, a tensor or a record of those");
  const columns = Object.entries(batch);
  const lengths = new Set(columns.map(([, column]) => lengthOf(column)));
  if (lengths.size === 0) throw notABatch("it has no columns");
  if (lengths.size > 1) throw notABatch(`its columns have different numbers of items: ${[...lengths].join(", ")}`);
  const [length = 0] = lengths;
  const lists = columns.map(([name, column]) => [name, listIn(column)] as const);
  return Array.from({ length }, (_, n) => Object.fromEntries(lists.map(([name, list]) => [name, list[n]])));
}

/**
 * A network may have returned samples of another size than that of `items`. Cutting volumes of the old size out of them
 * would be silently wrong.
 */
function volumesOf(tensor: Tensor): Volume[] {
  const { layout, items } = tensor;
  const axes = [...layout.slice(1)].filter((letter) => letter !== "Z" || tensor.shape.length === 5);
  const longest = axes.map((letter, axis) => {
    if (letter === "C") return tensor.shape[axis + 1];
    return Math.max(...items.map(({ spatialShape }) => spatialShape["XYZ".indexOf(letter)] ?? 0));
  });
  if (items.length === 0 || String(longest) === String(tensor.shape.slice(1)))
    return items.map((_, n) => volumeAt(tensor, n));
  throw new PipelineError(
    "VOXRX_SHAPE_MISMATCH",
    `expected a tensor of shape [${[items.length, ...longest]}] for these volumes, got [${tensor.shape}]`,
    {
      operator: "unbatch",
      remedy: "The output of a network must have the items, and so the spatial size, of its input.",
    },
  );
}

function listIn(column: unknown): readonly unknown[] {
  if (isTensor(column)) return volumesOf(column);
  return Array.isArray(column) ? column : [];
}

function lengthOf(column: unknown): number {
  if (isTensor(column)) return column.items.length;
  if (Array.isArray(column)) return column.length;
  throw notABatch("each of its columns must be a list or a tensor");
}

function notABatch(why: string): PipelineError {
  return new PipelineError("VOXRX_WRONG_FIELD", `an item is not a batch: ${why}`, {
    operator: "unbatch",
    remedy: "Put unbatch() after batch(...), or use flatMap for something else.",
  });
}
