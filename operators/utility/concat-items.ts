import type { Observable } from "rxjs";
import * as v from "valibot";
import { withFields } from "../../src/item/record.ts";
import type { Added, KeysWith, OneOrMore, RecordWith } from "../../src/item/record-types.ts";
import { keysOf, volumeOf } from "../../src/operator/fields.ts";
import { integerSchema, keysSchema, nonEmptySchema } from "../../src/options.ts";
import type { Operator, Piped } from "../../src/plan/operator-types.ts";
import { joinVolumes } from "../../src/volume/join-volumes.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { itemOperator } from "../declare.ts";

/** Options of {@link concatItems}. */
export interface ConcatItemsOptions<K extends string = string, N extends string = string> {
  /** Names of the fields that hold the images, in the order in which they are joined. */
  readonly keys: OneOrMore<K>;
  /** Name of the field for the result; an existing one is replaced. */
  readonly name: N;
  /** Axis of `[channels, x, y, z]` to join along, counted from the end if negative. Default 0: channels. */
  readonly dim?: number;
}

/** The factory of {@link concatItems}: in a pipe the keys are checked against the items. */
export type ConcatItems = <T = unknown, const K extends KeysWith<T, Volume> = never, const N extends string = string>(
  options: ConcatItemsOptions<K, N>,
) => unknown extends T
  ? <U extends RecordWith<K, Volume>>(source: Observable<U>) => Piped<Added<U, Record<N, Volume>>, true>
  : Operator<T, Added<T, Record<N, Volume>>, true>;

/**
 * Joins images into one, by default along channels: T1 and T2 of `[1, x, y, z]` become `[2, x, y, z]`. The samples are
 * new, of the narrowest element type that can hold all values. Affine and meta are those of the first image; the others
 * are assumed to have the same affine. The source fields stay. Deterministic (MONAI: `ConcatItemsd`).
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD`; `VOXRX_SHAPE_MISMATCH` when shapes differ along
 * another axis
 * @example
 * ```ts
 * import { Dataset, type Volume } from "voxrx";
 * import { concatItems } from "voxrx/operators";
 * declare const scans: Dataset<{ t1: Volume; t2: Volume }>;
 * const joined = scans.pipe(concatItems({ keys: ["t1", "t2"], name: "image" }));
 * for await (const { image } of joined) console.log(image.channels);
 * ```
 */
export const concatItems = itemOperator<ConcatItemsOptions, ConcatItems>()({
  name: "concatItems",
  version: 1,
  retains: false,
  options: {
    keys: keysSchema,
    name: nonEmptySchema,
    dim: v.optional(v.pipe(integerSchema, v.minValue(-4), v.maxValue(3)), 0),
  },
  apply: (item: unknown, options) => {
    const { name, dim } = options;
    const volumes = (keysOf(options) ?? []).map((key) => volumeOf(item, key));
    const rank = volumes[0]?.shape.length ?? 0;
    return withFields(item, [[name, joinVolumes(volumes, dim < 0 ? dim + rank : dim)]]);
  },
});
