/** One item to several crops of it: a declaration for volumes, bare or as fields of a record. */
import type { Random } from "../random/random.ts";
import { Volume } from "../volume/volume.ts";
import { FanStage } from "./fan-stage.ts";
import { type FieldOptions, type ItemOf, keysOf, type VolumeOrFields, volumeOf } from "./fields.ts";
import { stageOperator } from "./operator.ts";
import { optionsText } from "./transform.ts";

/** What {@link volumeFan} is told. */
export interface VolumeFan<K extends string, P> {
  readonly name: string;
  /** The options in effect, defaults filled in, for `explain()`. */
  readonly options: object;
  readonly fields: FieldOptions<K>;
  /** Number of parts of each item. */
  readonly count: number;
  /** Draws what all parts are made by: plain data, shared by all fields, noted on every part. `item` is the whole item, to look at. */
  readonly draw: (random: Random, volumes: readonly Volume[], item: unknown) => readonly P[];
  /** Makes a part of one volume. */
  readonly apply: (volume: Volume, params: P) => Volume;
}

/**
 * Makes an operator that gives several items for each: records whose named fields are parts of what they were, other fields unchanged. Volumes
 * say which part they are in `meta.patchIndex`, from 0. An indexed dataset stays indexed. An item with none of the fields, where they may be
 * missing, comes `count` times as it is, and nothing is drawn.
 */
export function volumeFan<P, K extends string = never, T extends ItemOf<K> = ItemOf<K>>(
  declaration: VolumeFan<K, P>,
): VolumeOrFields<K, T> {
  const { name, options, fields, count, draw, apply } = declaration;
  const keys = keysOf(fields);
  const detail = optionsText(options);
  return stageOperator<VolumeOrFields<K, T>>(
    (input) =>
      new FanStage(input, {
        name,
        ...(detail === undefined ? {} : { detail }),
        random: true,
        count,
        parts(item, context) {
          const present = keys?.filter((key) => !fields.allowMissingKeys || has(item, key));
          const volumes = present ? present.map((key) => volumeOf(item, key)) : [volumeOf(item)];
          if (volumes.length === 0) return Array.from({ length: count }, () => copyOf(item));
          const drawn = draw(context.random(), volumes, item);
          context.drew(drawn);
          return drawn.map((params, patchIndex) => {
            const parts = volumes.map((volume) => apply(volume, params).withMeta({ patchIndex }));
            if (!present) return parts[0];
            return Object.assign({}, item, Object.fromEntries(present.map((key, n) => [key, parts[n]])));
          });
        },
      }),
  );
}

function copyOf(item: unknown): unknown {
  return typeof item === "object" && item !== null && !(item instanceof Volume) ? { ...item } : item;
}

function has(item: unknown, key: string): boolean {
  return typeof item === "object" && item !== null && !(item instanceof Volume) && Reflect.get(item, key) !== undefined;
}
