/** What cuts an item into patches: the same for windows and grids. */
import { FanStage } from "../../src/dataset/fan-stage.ts";
import { type FieldOptions, keysOf, volumeOf } from "../../src/dataset/fields.ts";
import { stageOperator } from "../../src/dataset/operator.ts";
import { type ItemContext, optionsText } from "../../src/dataset/transform.ts";
import { Volume } from "../../src/volume/volume.ts";

/** What {@link patchFan} is told. */
export interface PatchFan<K extends string> {
  readonly name: string;
  /** The options in effect, for `explain()`. */
  readonly options: object;
  readonly fields: FieldOptions<K>;
  /** Number of patches of each item, where it is the same for all. */
  readonly count?: number;
  /** The patches of an item's volumes, in the order of the keys. */
  readonly patches: (volumes: readonly Volume[], context: ItemContext) => Iterable<readonly Volume[]>;
}

/**
 * Makes an operator of type `O` that gives an item for each patch: records whose named fields are patches of what they were. Volumes say which in
 * `meta.patchIndex`, from 0. An item with none of the fields, where they may be missing, comes `count` times (once, without one) as it is.
 */
export function patchFan<K extends string, O>(declaration: PatchFan<K>): O {
  const { name, options, fields, count, patches } = declaration;
  const keys = keysOf(fields);
  const detail = optionsText(options);
  const fan = {
    name,
    ...(detail === undefined ? {} : { detail }),
    random: false,
    count,
    *parts(item: unknown, context: ItemContext) {
      const present = keys?.filter((key) => !fields.allowMissingKeys || hasField(item, key));
      const volumes = present ? present.map((key) => volumeOf(item, key)) : [volumeOf(item)];
      if (volumes.length === 0) {
        for (let n = 0; n < (count ?? 1); n++) yield copyOf(item);
        return;
      }
      let patchIndex = 0;
      for (const patch of patches(volumes, context)) {
        const parts = patch.map((volume) => volume.withMeta({ patchIndex }));
        patchIndex++;
        yield present
          ? Object.assign({}, item, Object.fromEntries(present.map((key, n) => [key, parts[n]])))
          : parts[0];
      }
    },
  };
  return stageOperator<O>((input) => new FanStage(input, fan));
}

function copyOf(item: unknown): unknown {
  return typeof item === "object" && item !== null && !(item instanceof Volume) ? { ...item } : item;
}

/** Whether an item is a record that holds something in a field. */
export function hasField(item: unknown, key: string): boolean {
  return typeof item === "object" && item !== null && !(item instanceof Volume) && Reflect.get(item, key) !== undefined;
}
