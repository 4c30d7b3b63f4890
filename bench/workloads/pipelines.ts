/** Pipelines of a build, from steps that are data. */
import type { Dataset, Operator, Volume } from "voxrx";
import type { Build } from "../measure/build.ts";
import type { Clock } from "../measure/workload.ts";
import type { Step } from "../peer/monai-names.ts";

/** Makes an operator of a build from its name and options. */
export function operatorOf({ ops }: Build, { operator, options }: Step): Operator<unknown, unknown> {
  const factory: unknown = Reflect.get(ops, operator);
  const made: unknown = typeof factory === "function" ? Reflect.apply(factory, undefined, [options]) : undefined;
  if (isOperator(made)) return made;
  throw new Error(`the build has no operator ${operator}`);
}

function isOperator(value: unknown): value is Operator<unknown, unknown> {
  return typeof value === "function";
}

/** A dataset of items that go through steps. */
export function pipeline(
  build: Build,
  items: readonly unknown[],
  steps: readonly (Step | Operator<unknown, unknown>)[],
): Dataset<unknown> {
  let dataset: Dataset<unknown> = build.vox.Dataset.from(items, { seed: 0 });
  for (const step of steps) dataset = dataset.pipe(typeof step === "function" ? step : operatorOf(build, step));
  return dataset;
}

/** All items of a dataset, their volumes without gaps in memory, as a consumer needs them. */
export async function collected(build: Build, dataset: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of dataset) items.push(mapVolumes(build, item, (volume) => volume.toContiguous()));
  return items;
}

/** A volume, or a record with another one in place of each volume. */
export function mapVolumes({ vox }: Build, item: unknown, change: (volume: Volume) => Volume): unknown {
  if (item instanceof vox.Volume) return change(item);
  if (typeof item !== "object" || item === null || item.constructor !== Object) return item;
  const entries = Object.entries(item);
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof vox.Volume ? change(value) : value]));
}

/**
 * An operator that gives the next one a copy of its item, which nobody else has, and starts the clock when the copy is
 * made: an operator inside a pipeline gets such items, and may write to them.
 */
export function handOver(
  build: Build,
  keys: readonly string[] | undefined,
  clock: () => Clock,
): Operator<unknown, unknown> {
  const factory: unknown = build.extend.volumeOperator<object>()({
    name: "handOver",
    version: 1,
    options: {},
    aliases: false,
    all(volumes) {
      const copies = volumes.map(copyOf);
      clock().begin();
      return copies;
    },
  });
  const made: unknown =
    typeof factory === "function" ? Reflect.apply(factory, undefined, [keys ? { keys } : {}]) : factory;
  if (isOperator(made)) return made;
  throw new Error("the build can't declare operators");
}

/** A volume with memory of its own, with the same strides. */
function copyOf(volume: Volume): Volume {
  const { strides, offset } = volume;
  return volume.withSamples({ data: volume.storage.slice(), strides, offset });
}
