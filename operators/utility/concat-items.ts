import { z } from "zod";
import type { IndexedOperator } from "../../src/dataset/dataset.ts";
import { keysOf, volumeOf } from "../../src/dataset/fields.ts";
import { transformOperator } from "../../src/dataset/operator.ts";
import { checkOptions, keysSchema } from "../../src/options.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { joinVolumes } from "./join.ts";
import type { Added } from "./record-types.ts";

/** Options of {@link concatItems}. */
export interface ConcatItemsOptions<K extends string, N extends string> {
  /** Names of the fields that hold the images, in the order in which they are joined. */
  readonly keys: K | readonly K[];
  /** Name of the field for the result; one that is there is replaced. */
  readonly name: N;
  /** Axis of `[channels, x, y, z]` to join along, counted from the end if negative. Default 0: channels. */
  readonly dim?: number;
}

/**
 * Joins images into one, by default as its channels: T1 and T2 of `[1, x, y, z]` become `[2, x, y, z]`. New samples, of the
 * narrowest element type that holds the values of all; affine and meta are those of the first (the others are believed to lie in
 * the same place). The fields themselves stay. Deterministic (MONAI: `ConcatItemsd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`; `VOXRX_SHAPE_MISMATCH` when shapes differ along another axis
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { concatItems } from "voxrx/operators";
 * declare const scans: Dataset<{ t1: Volume; t2: Volume }>;
 * for await (const { image } of scans.pipe(concatItems({ keys: ["t1", "t2"], name: "image" }))) console.log(image.channels);
 * ```
 */
export function concatItems<
  const K extends string,
  const N extends string,
  T extends Readonly<Record<K, Volume>> = Readonly<Record<K, Volume>>,
>(options: ConcatItemsOptions<K, N>): IndexedOperator<T, Added<T, Record<N, Volume>>> {
  const checked = checkOptions("concatItems", schema, options);
  const { name, dim } = checked;
  const keys = keysOf(checked) ?? [];
  return transformOperator<unknown, unknown, IndexedOperator<T, Added<T, Record<N, Volume>>>>({
    name: "concatItems",
    version: 1,
    options: { keys, name, dim },
    apply: (item) => {
      const volumes = keys.map((key) => volumeOf(item, key));
      const rank = volumes[0]?.shape.length ?? 0;
      return Object.assign({}, item, { [name]: joinVolumes(volumes, dim < 0 ? dim + rank : dim) });
    },
  });
}

const schema = z.strictObject({
  keys: keysSchema,
  name: z.string().min(1),
  dim: z.int().min(-4).max(3).default(0),
});
