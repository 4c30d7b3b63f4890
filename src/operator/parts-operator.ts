/** Operators that make several items from one: crops, patches, sliding windows. */
import type { OperatorFunction } from "rxjs";
import type * as v from "valibot";
import { hasField, isRecord, withFields } from "../item/record.ts";
import { fieldShape, keysSchema } from "../options.ts";
import type { Fan } from "../plan/fan.ts";
import type { ItemContext } from "../plan/item-context.ts";
import { fanStage } from "../plan/one-to-many-stage.ts";
import { optionsText } from "../plan/transform.ts";
import type { RegionRequest } from "../plan/volume-traits.ts";
import type { Random } from "../random/random.ts";
import type { Region } from "../volume/region.ts";
import type { Volume } from "../volume/volume.ts";
import { checkDeclared, checkedBy, type DeclaredFactory, declared, schemaOf } from "./declared-factory.ts";
import type { VolumeOperator } from "./field-types.ts";
import { type FieldOptions, keysOf, onVolumes, volumeOf } from "./fields.ts";
import { makeOperator } from "./make-operator.ts";
import type { Checked, ShapeFor } from "./option-types.ts";
import { isOwn } from "./own.ts";
import type { VolumeBasics } from "./volume-operator.ts";

/** What a parts operator can use besides the volumes. */
export interface PartsContext extends Pick<ItemContext, "id" | "signal" | "dependsOn"> {
  /** The whole item. Change nothing in it. */
  readonly item: unknown;
}

/** Declares an operator from one item to several. Define `draw` with `apply`, or `parts`. */
export interface PartsDeclaration<O, S extends v.ObjectEntries, L, P>
  extends Omit<VolumeBasics<O, S, L>, "geometric" | "aliases"> {
  /**
   * Number of parts of each item, if it follows from the options: an indexed dataset then stays indexed. Default:
   * unknown.
   */
  readonly count?: (options: Checked<S>) => number | undefined;
  /** Random: draws the parameters of each part, as plain data, shared by all fields and recorded on every part. */
  readonly draw?: (
    random: Random,
    options: Checked<S>,
    volumes: readonly Volume[],
    context: PartsContext,
  ) => readonly P[];
  /** Makes a part of one volume from the drawn parameters. */
  readonly apply?: (volume: Volume, params: P, options: Checked<S>) => Volume;
  /** Deterministic: the parts of an item's volumes one after the other, each a list in the order of the volumes. */
  readonly parts?: (
    volumes: readonly Volume[],
    options: Checked<S>,
    context: PartsContext,
  ) => Iterable<readonly Volume[]>;
  /**
   * The box of the input that a box of a part is computed from; undefined: all of the input, which is also the default.
   */
  readonly region?: (box: Region, request: RegionRequest<Checked<S>, P>) => Region | undefined;
}

/**
 * Makes a factory of operators from one item to several: records with parts of the volumes in the named fields, and the
 * other fields unchanged. `meta.patchIndex` of a volume is the number of its part, from 0. If fields may be missing, an
 * item with none of them is repeated `count` times (once, without `count`) unchanged, and nothing is drawn. `Kept` says
 * whether an indexed dataset stays indexed; `F` is the factory's type, if that depends on the options.
 *
 * @example
 * ```ts
 * import { integerSchema, partsOperator, v } from "voxrx/extend";
 *
 * export interface HalvesOptions {
 *   // Spatial axis to cut along.
 *   readonly axis: number;
 * }
 *
 * export const halves = partsOperator<HalvesOptions>()({
 *   name: "halves",
 *   version: 1,
 *   options: { axis: v.pipe(integerSchema, v.minValue(0), v.maxValue(2)) },
 *   count: () => 2,
 *   *parts(volumes, { axis }) {
 *     const middle = (size: number) => Math.floor(size / 2);
 *     yield volumes.map((volume) =>
 *       volume.crop([], volume.spatialShape.map((n, at) => (at === axis ? middle(n) : n))),
 *     );
 *     yield volumes.map((volume) =>
 *       volume.crop(volume.spatialShape.map((n, at) => (at === axis ? middle(n) : 0)), []),
 *     );
 *   },
 * });
 * ```
 */
export function partsOperator<O extends object, Kept extends boolean = true, F = undefined>() {
  return <const S extends ShapeFor<O> & v.ObjectEntries, P = never, const L extends keyof O & string = never>(
    declaration: PartsDeclaration<O, S, L, P>,
  ): (F extends undefined ? VolumeOperator<O, L, Kept> : F) & DeclaredFactory => {
    const { name, version, rules, needsKeys = false, draw, apply, parts } = declaration;
    checkDeclared(
      name,
      (draw !== undefined && apply !== undefined) || parts !== undefined,
      "draw with apply, or parts",
    );
    const made = { name, version, isOwn: isOwn() };
    const fields = needsKeys ? { ...fieldShape, keys: keysSchema } : fieldShape;
    const schema = schemaOf({ ...fields, ...declaration.options }, rules);
    const make = (given: unknown = {}) => {
      const options = checkedBy<Checked<S> & FieldOptions>(name, schema, given);
      const fan: Fan = {
        name,
        detail: optionsText(options),
        identity: { name, version, options },
        declared: { declaration: made, given },
        random: draw !== undefined,
        count: declaration.count?.(options),
        retains: declaration.retains,
        parts: (item, context) => partsOf(item, declaration, options, context),
        drawn: drawnPart(declaration, options),
      };
      return makeOperator<OperatorFunction<never, unknown>>((input) => fanStage(input, fan));
    };
    return declared<F extends undefined ? VolumeOperator<O, L, Kept> : F>(make, {
      name,
      version,
      works: "parts",
      random: draw !== undefined,
      geometric: false,
      schema,
      make,
    });
  };
}

/** Applies what was drawn for one part again, to all fields of the item. */
function drawnPart<O, S extends v.ObjectEntries, L, P>(
  { apply, region }: PartsDeclaration<O, S, L, P>,
  options: Checked<S> & FieldOptions,
): Fan["drawn"] {
  if (!apply) return undefined;
  return {
    options,
    part: (item, params) =>
      onVolumes(item, options, (volumes) => volumes.map((volume) => apply(volume, drawnAs<P>(params), options))),
    region: region && ((box, request) => region(box, { ...request, options, params: drawnAs<P>(request.params) })),
  };
}

/**
 * Recorded parameters come back as plain data, and only the operator that drew them reads them, so their type is `P`.
 */
function drawnAs<P>(params: unknown): P;
function drawnAs(params: unknown): unknown {
  return params;
}

function* partsOf<O, S extends v.ObjectEntries, L, P>(
  item: unknown,
  declaration: PartsDeclaration<O, S, L, P>,
  options: Checked<S> & FieldOptions,
  context: ItemContext,
): Generator<unknown> {
  const keys = keysOf(options);
  const present = keys?.filter((key) => !options.allowMissingKeys || hasField(item, key));
  const volumes = present ? present.map((key) => volumeOf(item, key)) : [volumeOf(item)];
  if (volumes.length === 0) {
    const count = declaration.count?.(options) ?? 1;
    for (let n = 0; n < count; n++) yield isRecord(item) ? { ...item } : item;
    return;
  }
  const { id, signal } = context;
  const inside = { id, signal, item, dependsOn: context.dependsOn.bind(context) };
  let patchIndex = 0;
  for (const volumesOfPart of volumesOfParts(volumes, declaration, options, context, inside)) {
    const parts = volumesOfPart.map((volume) => volume.withMeta({ patchIndex }));
    patchIndex++;
    const fields = present?.map((name, n) => [name, parts[n]] as const);
    yield fields ? withFields(item, fields) : parts[0];
  }
}

function* volumesOfParts<O, S extends v.ObjectEntries, L, P>(
  volumes: readonly Volume[],
  { draw, apply, parts }: PartsDeclaration<O, S, L, P>,
  options: Checked<S>,
  context: ItemContext,
  inside: PartsContext,
): Generator<readonly Volume[]> {
  if (parts) yield* parts(volumes, options, inside);
  if (!draw || !apply) return;
  const drawn = draw(context.random(), options, volumes, inside);
  context.drew(drawn);
  for (const params of drawn) yield volumes.map((volume) => apply(volume, params, options));
}
