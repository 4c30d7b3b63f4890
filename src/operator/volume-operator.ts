/** Operators on volumes, bare or in fields of a record: one declaration for both. */
import type { OperatorFunction } from "rxjs";
import * as v from "valibot";
import type { MaybePromise } from "../async/maybe-promise.ts";
import { fieldShape, keysSchema, probabilitySchema } from "../options.ts";
import type { ItemContext } from "../plan/item-context.ts";
import { declareTransform, type TransformDeclaration } from "../plan/transform.ts";
import type { RegionRequest, ValueFunction, VolumeTraits } from "../plan/volume-traits.ts";
import type { Random } from "../random/random.ts";
import type { Dtype } from "../samples.ts";
import type { Region } from "../volume/region.ts";
import type { Volume } from "../volume/volume.ts";
import { checkDeclared, checkedBy, type DeclaredFactory, declared, schemaOf } from "./declared-factory.ts";
import type { VolumeOperator } from "./field-types.ts";
import { eachOf, type FieldOptions, keysOf, onVolumes } from "./fields.ts";
import { makeOperator } from "./make-operator.ts";
import type { Checked, Rule, ShapeFor, TiedTo } from "./option-types.ts";
import { isOwn } from "./own.ts";

/** What a volume operator can use besides the volume. */
export interface VolumeContext extends Pick<ItemContext, "id" | "index" | "run" | "signal" | "dependsOn"> {
  /** The whole item. Change nothing in it. */
  readonly item: unknown;
  /** Names of the fields that it works on, whether the item has them or not; undefined for bare volumes. */
  readonly keys: readonly string[] | undefined;
  /**
   * Positions of the volumes' keys, in the order of the volumes: they differ from the positions of the volumes if a
   * field is missing.
   */
  readonly fields: readonly number[];
}

/**
 * What all volume operators declare. `O` is the interface of their options, `S` the schemas, `L` the names of options
 * that hold the name of a field.
 */
export interface VolumeBasics<O, S extends v.ObjectEntries, L> {
  /** Name of the factory, as users write it. */
  readonly name: string;
  /** Increase this whenever the numbers change, so that caches recompute. */
  readonly version: number;
  /** A valibot schema for every option but `keys` and `allowMissingKeys`. */
  readonly options: S & TiedTo<O, S>;
  /** Rules about several options together. */
  readonly rules?: readonly Rule<Checked<S>>[];
  /** The options that hold the name of another field with a volume. */
  readonly keyOptions?: readonly L[];
  /** Whether it can only work on records: `keys` must be given. Default false. */
  readonly needsKeys?: boolean;
  /**
   * Whether the result follows from the volumes' grids alone, by views, `resample`, `resized` without area, and padding
   * with zeros or edges, so that `lazy` can do several as one. What is drawn can then depend on grids, but not on
   * samples. Default false.
   */
  readonly geometric?: boolean | ((options: Checked<S>) => boolean);
  /**
   * Whether a result may share memory with the input. Default true; false promises that it never does, and `"always"`
   * that it is a view of it. The conformance suite checks that.
   */
  readonly aliases?: boolean | "always";
  /**
   * Whether its functions, or functions among its options, may keep a volume or samples that they received, returned or
   * made while they worked. Default true; with false the engine uses memory again that no part of the item uses any
   * more.
   */
  readonly retains?: boolean;
}

/** Declares a deterministic operator on volumes. Define `each` or, if fields depend on each other, `all`. */
export interface VolumeDeclaration<O, S extends v.ObjectEntries, L> extends VolumeBasics<O, S, L> {
  /**
   * One volume to one volume. `field` is the position of its key (0 for a bare volume), for options with one value for
   * each.
   */
  readonly each?: (volume: Volume, options: Checked<S>, field: number, context: VolumeContext) => MaybePromise<Volume>;
  /** All fields' volumes, in the order of the keys, to as many. */
  readonly all?: (
    volumes: readonly Volume[],
    options: Checked<S>,
    context: VolumeContext,
  ) => MaybePromise<readonly Volume[]>;
  /**
   * The operator as a function of single values, which can be joined with its neighbors and done in place. Undefined
   * for options or element types with which it is not such a function.
   */
  readonly elementwise?: (options: Checked<S>, dtype: Dtype, field: number) => ValueFunction | undefined;
  /**
   * The box of the input that a box of the output is computed from; undefined: all of the input, which is also the
   * default.
   */
  readonly region?: (box: Region, request: RegionRequest<Checked<S>, undefined>) => Region | undefined;
  /** The part of the options that affects the result, as plain data. Default: all of them. */
  readonly identity?: (options: Checked<S>) => unknown;
  /**
   * Whether it can read the item's id and run although it is deterministic: neither affects its result. Default false.
   */
  readonly seesItem?: boolean;
  /**
   * Whether it has a side effect, such as writing a file: it then runs in every epoch, and a cached prefix ends before
   * it. Default false.
   */
  readonly opaque?: boolean;
}

/**
 * Makes a factory of deterministic operators on volumes.
 *
 * @example
 * ```ts
 * import { numberSchema, volumeOperator } from "voxrx/extend";
 *
 * export interface GainOptions {
 *   // Factor for all values.
 *   readonly factor: number;
 * }
 *
 * export const gain = volumeOperator<GainOptions>()({
 *   name: "gain",
 *   version: 1,
 *   options: { factor: numberSchema },
 *   each: (volume, { factor }) => volume.mapSamples((value) => value * factor, { dtype: "float32" }),
 * });
 * ```
 */
export function volumeOperator<O extends object>() {
  return <const S extends ShapeFor<O> & v.ObjectEntries, const L extends keyof O & string = never>(
    declaration: VolumeDeclaration<O, S, L>,
  ): VolumeOperator<O, L> & DeclaredFactory => {
    const { each, all, elementwise, aliases, retains, region, identity, seesItem, opaque = false } = declaration;
    checkDeclared(declaration.name, each !== undefined || all !== undefined, "each or all");
    type Options = Checked<S> & FieldOptions;
    return volumeFactory<Options, VolumeOperator<O, L>>(declaration, {
      kind: opaque ? "opaque" : "deterministic",
      identity,
      seesItem,
      shape: declaration.options,
      traits: {
        aliases,
        retains,
        elementwise: elementwise && ((options, _, dtype, field) => elementwise(options, dtype, field)),
        region: region && ((box, request) => region(box, { ...request, params: undefined })),
      },
      apply: (item, options, context) =>
        onVolumes(item, options, (volumes, fields) => {
          const inside = volumeContext(item, options, fields, context);
          if (all) return all(volumes, options, inside);
          return eachOf(volumes, (volume, n) => (each ? each(volume, options, fields[n] ?? n, inside) : volume));
        }),
    });
  };
}

/** The option that every random operator on volumes has, unless it is always applied. */
export interface RandomOptions {
  /** Probability that an item is transformed. Default 0.1. */
  readonly prob?: number;
}

/** Declares a random operator on volumes: it draws once per item, then applies its deterministic twin. */
export interface RandomVolumeDeclaration<O, S extends v.ObjectEntries, L, P> extends VolumeBasics<O, S, L> {
  /** Default of the option `prob`, drawn first. `"always"`: there is no such option. Default 0.1, as in MONAI. */
  readonly prob?: number | "always";
  /** Draws the parameters: plain data, shared by all fields of an item and recorded on it. Must not change anything. */
  readonly draw: (random: Random, options: Checked<S>, volumes: readonly Volume[], context: VolumeContext) => P;
  /** The deterministic twin: applies what was drawn to one volume. */
  readonly apply: (
    volume: Volume,
    params: P,
    options: Checked<S>,
    field: number,
    context: VolumeContext,
  ) => MaybePromise<Volume>;
  /** What is done to an item that is not chosen. Default: nothing. */
  readonly otherwise?: (volume: Volume, options: Checked<S>, field: number) => MaybePromise<Volume>;
  /** As in {@link VolumeDeclaration}, of the twin. */
  readonly elementwise?: (options: Checked<S>, params: P, dtype: Dtype, field: number) => ValueFunction | undefined;
  /** As in {@link VolumeDeclaration}, of the twin. */
  readonly region?: (box: Region, request: RegionRequest<Checked<S>, P>) => Region | undefined;
}

/**
 * Makes a factory of random operators on volumes. What is drawn is recorded on the item, and is enough for the twin to
 * do the same again.
 *
 * @example
 * ```ts
 * import { numberSchema, type RandomOptions, randomVolumeOperator, v } from "voxrx/extend";
 *
 * export interface RandGainOptions extends RandomOptions {
 *   // Largest factor; the least is 1.
 *   readonly most: number;
 * }
 *
 * export const randGain = randomVolumeOperator<RandGainOptions>()({
 *   name: "randGain",
 *   version: 1,
 *   options: { most: v.pipe(numberSchema, v.minValue(1)) },
 *   draw: (random, { most }) => ({ factor: random.uniform(1, most) }),
 *   apply: (volume, { factor }) => volume.mapSamples((value) => value * factor, { dtype: "float32" }),
 * });
 * ```
 */
export function randomVolumeOperator<O extends object>() {
  return <const S extends ShapeFor<Omit<O, "prob">> & v.ObjectEntries, P, const L extends keyof O & string = never>(
    declaration: RandomVolumeDeclaration<O, S, L, P>,
  ): VolumeOperator<O, L> & DeclaredFactory => {
    const { prob: usual = 0.1, draw, apply, otherwise, elementwise, aliases, retains, region } = declaration;
    type Options = Checked<S> & FieldOptions & { readonly prob?: number };
    const applyTo = (item: unknown, params: P, options: Options, context: ItemContext) =>
      onVolumes(item, options, (volumes, fields) => {
        const inside = volumeContext(item, options, fields, context);
        return eachOf(volumes, (volume, n) => apply(volume, params, options, fields[n] ?? n, inside));
      });
    return volumeFactory<Options, VolumeOperator<O, L>>(declaration, {
      kind: "random",
      shape: {
        ...declaration.options,
        ...(usual === "always" ? {} : { prob: v.optional(probabilitySchema, usual) }),
      },
      traits: { aliases, retains, elementwise: asTyped(elementwise), region: asTyped(region) },
      apply: (item, options, context) =>
        onVolumes(item, options, (volumes, fields) => {
          const random = context.random();
          if (!random.chance(options.prob ?? 1)) {
            return otherwise ? eachOf(volumes, (volume, n) => otherwise(volume, options, fields[n] ?? n)) : volumes;
          }
          const inside = volumeContext(item, options, fields, context);
          const params = draw(random, options, volumes, inside);
          context.drew(params);
          return eachOf(volumes, (volume, n) => apply(volume, params, options, fields[n] ?? n, inside));
        }),
      twin: (item, params, options, context) => applyTo(item, asTyped(params), options, context),
    });
  };
}

/**
 * Recorded parameters come back as plain data, and only the operator that drew them reads them, so their type is `T`.
 */
function asTyped<T>(params: unknown): T;
function asTyped(params: unknown): unknown {
  return params;
}

interface Work<C> extends Pick<TransformDeclaration<C>, "kind" | "identity" | "seesItem" | "apply" | "twin"> {
  readonly shape: v.ObjectEntries;
  readonly traits: VolumeTraits<C>;
}

/** The factory of a declaration: checks the options, including `keys`, and makes the operator. */
function volumeFactory<C extends FieldOptions, F>(
  basics: {
    readonly name: string;
    readonly version: number;
    readonly rules?: readonly Rule<never>[];
    readonly needsKeys?: boolean;
    readonly geometric?: boolean | ((options: C) => boolean);
  },
  work: Work<C>,
): F & DeclaredFactory {
  const { name, version, rules, needsKeys = false, geometric = false } = basics;
  const { shape, ...done } = work;
  const fields = needsKeys ? { ...fieldShape, keys: keysSchema } : fieldShape;
  const schema = schemaOf({ ...fields, ...shape }, rules);
  const transform: TransformDeclaration<C> = { name, version, isOwn: isOwn(), geometric, ...done };
  const make = (options: unknown = {}) =>
    makeOperator<OperatorFunction<never, unknown>>([
      declareTransform(transform, checkedBy<C>(name, schema, options), options),
    ]);
  return declared<F>(make, {
    name,
    version,
    works: "volumes",
    random: done.kind === "random",
    geometric: geometric !== false,
    schema,
    make,
  });
}

/**
 * The context that an operator receives. It keeps the getters, since a deterministic operator must not use some of
 * them.
 */
function volumeContext(
  item: unknown,
  options: FieldOptions,
  fields: readonly number[],
  context: ItemContext,
): VolumeContext {
  return {
    get id() {
      return context.id;
    },
    get index() {
      return context.index;
    },
    get run() {
      return context.run;
    },
    item,
    keys: keysOf(options),
    fields,
    signal: context.signal,
    dependsOn: (file) => context.dependsOn(file),
  };
}
