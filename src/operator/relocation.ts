/** Declared transforms as plain data, and the same transforms made again where the data arrives. */

import type { OperatorFunction } from "rxjs";
import { PipelineError } from "../errors.ts";
import { transformsOf } from "../extend-plan.ts";
import { isPlainRecord } from "../item/record.ts";
import { arrayNameOf } from "../item/walk-item.ts";
import type { Fan } from "../plan/fan.ts";
import { joinedLazily } from "../plan/lazy-transforms.ts";
import type { Transform } from "../plan/transform.ts";
import { declarationOf } from "./declared-factory.ts";
import { makeOperator } from "./make-operator.ts";

/** One operator as data: enough to make it again. */
export interface OperatorData {
  readonly name: string;
  readonly version: number | string;
  /** Whether it is one of VoxRx itself. */
  readonly isOwn: boolean;
  /** Its options as they were given: they are checked again where it is made again. */
  readonly options: unknown;
}

/** One transform as data. */
export interface TransformData extends OperatorData {
  /** Of a choice among operators: the transforms of each. */
  readonly branches?: readonly (readonly TransformData[])[];
  /** Transforms with the same number are done as one resampling where possible. */
  readonly lazy?: number;
}

/** Why a transform can't be made again elsewhere, as text. */
export class Stays {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** A declaration, as far as it tells who has it. */
export interface Declaration {
  readonly name: string;
  readonly version: number | string;
  readonly isOwn?: boolean | undefined;
}

/** Whether the place where it is to be made has the factory of a declaration. */
export type Has = (declaration: Declaration) => boolean;

/**
 * Neighboring transforms as data, each or why that is impossible. Those that are joined with their neighbors move with
 * these, or all stay.
 */
export function transformsData(transforms: readonly Transform[], has?: Has): readonly (TransformData | Stays)[] {
  const tokens = [...new Set(transforms.flatMap(({ lazy }) => lazy ?? []))];
  const data = transforms.map((transform) => transformData(transform, has));
  return data.map((each, n) => {
    const { lazy } = transforms[n] ?? {};
    if (!lazy || each instanceof Stays) return each;
    const stays = data.find((other, at) => transforms[at]?.lazy === lazy && other instanceof Stays);
    return stays instanceof Stays ? stays : { ...each, lazy: tokens.indexOf(lazy) };
  });
}

/** A transform as data, or why that is impossible. What joins it with its neighbors is left out. */
export function transformData(transform: Transform, has: Has = () => true): TransformData | Stays {
  const { declared, choice, insteadOf } = transform;
  if (choice) {
    const branches: TransformData[][] = [];
    for (const branch of choice.branches) {
      const inside = branch.map((each) => transformData(each, has));
      const stays = inside.find((each) => each instanceof Stays);
      if (stays) return new Stays(`${choice.name} holds a transform that stays: ${stays.reason}`);
      branches.push(inside.flatMap((each) => (each instanceof Stays ? [] : [each])));
    }
    const { name, version, options } = choice;
    return { name, version, isOwn: true, options, branches };
  }
  if (insteadOf) return new Stays(`${transform.name} is on the thread of its store`);
  if (!declared) return new Stays(`${transform.name} is a function`);
  // Such as a file of each name, once: on threads, nobody would see all items.
  if (transform.kind === "opaque") return new Stays(`${transform.name} has effects beyond its item`);
  return operatorData(declared, has);
}

/** An operator that makes several items from one as data, or why that is impossible. */
export function fanData({ name, declared }: Fan, has: Has): OperatorData | Stays {
  return declared ? operatorData(declared, has) : new Stays(`${name} is a function`);
}

function operatorData(
  { declaration, given }: { readonly declaration: Declaration; readonly given: unknown },
  has: Has,
): OperatorData | Stays {
  const { name, version, isOwn = false } = declaration;
  if (!has(declaration)) return new Stays(`no given module exports ${name} in this version`);
  return isData(given)
    ? { name, version, isOwn, options: given }
    : new Stays(`the options of ${name} hold what can't be copied`);
}

/**
 * The transform that data describes, made by the factory of that name.
 *
 * @throws PipelineError `VOXRX_UNKNOWN_OPERATOR` for a name or version that the factories don't have; OptionError
 * `VOXRX_BAD_OPTION`
 */
export function transformOf(data: TransformData, find: FindFactory): Transform {
  const { name, branches } = data;
  const [transform, ...more] = transformsOf(branches ? choiceOf(data, branches, find) : operatorOf(data, find)) ?? [];
  if (transform && more.length === 0) return transform;
  throw new PipelineError("VOXRX_UNKNOWN_OPERATOR", `${name} is not an operator from item to item`, {
    operator: name,
    remedy: "Export an operator that makes one item of one under this name.",
  });
}

/**
 * The transforms that data describes, those of a lazy group joined again.
 *
 * @throws PipelineError `VOXRX_UNKNOWN_OPERATOR`; OptionError `VOXRX_BAD_OPTION`
 */
export function transformsFrom(data: readonly TransformData[], find: FindFactory): readonly Transform[] {
  const made: Transform[] = [];
  for (let from = 0; from < data.length; ) {
    const lazy = data[from]?.lazy;
    let end = from + 1;
    while (lazy !== undefined && end < data.length && data[end]?.lazy === lazy) end++;
    const group = data.slice(from, end).map((each) => transformOf(each, find));
    made.push(...(lazy === undefined ? group : joinedLazily(group)));
    from = end;
  }
  return made;
}

/** Finds the factory of an operator. */
export type FindFactory = (data: OperatorData) => unknown;

/** Finds factories among the exports of modules: those of VoxRx by their names, those of users by their declarations'. */
export function factoriesIn(own: Exports, users: readonly Exports[] = []): FindFactory {
  const declared = declaredIn(users);
  return ({ name, isOwn }) => (isOwn ? own[name] : declared.get(name));
}

/** The factories of users' operators that modules export, by the names of their declarations; without ambiguous ones. */
export function declaredIn(modules: readonly Exports[]): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>();
  const ambiguous = new Set<string>();
  for (const value of modules.flatMap((exports) => Object.values(exports))) {
    const name = declarationOf(value)?.name;
    if (name === undefined) continue;
    if (found.has(name) && found.get(name) !== value) ambiguous.add(name);
    found.set(name, value);
  }
  for (const name of ambiguous) found.delete(name);
  return found;
}

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/**
 * The operator that data describes, made by the factory of that name.
 *
 * @throws PipelineError `VOXRX_UNKNOWN_OPERATOR`; OptionError `VOXRX_BAD_OPTION`
 */
export function operatorOf(data: OperatorData, find: FindFactory): Operator {
  const { name, version, options } = data;
  const declaration = declarationOf(find(data));
  if (declaration && declaration.version === version) return declaration.make(options);
  throw unknown(name, declaration ? `is of version ${declaration.version}, not ${version}` : notExported);
}

type Operator = OperatorFunction<never, unknown>;

/** A choice among chains of transforms. Its factory receives operators, so it has no declaration. */
function choiceOf(data: TransformData, branches: NonNullable<TransformData["branches"]>, find: FindFactory) {
  const { name, options } = data;
  const factory = find(data);
  if (typeof factory !== "function") throw unknown(name, notExported);
  const operators = branches.map((branch) => makeOperator<Operator>(branch.map((each) => transformOf(each, find))));
  return Reflect.apply(factory, undefined, [operators, options]);
}

const notExported = "is not exported by the modules that were imported";

function unknown(name: string, fault: string): PipelineError {
  return new PipelineError("VOXRX_UNKNOWN_OPERATOR", `the operator ${name} ${fault}`, {
    operator: name,
    remedy: "Export it from a module that is named in the modules of parallel, in the same version everywhere.",
  });
}

/** Whether a value can be copied to another thread and has the same meaning there. */
function isData(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null || value instanceof Date) return true;
  if (ArrayBuffer.isView(value)) return arrayNameOf(value) !== undefined;
  if (Array.isArray(value)) return value.every(isData);
  return isPlainRecord(value) && Object.values(value).every(isData);
}
