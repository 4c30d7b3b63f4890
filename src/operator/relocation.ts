/** A chain of declared transforms as plain data, and the same chain again where the data arrives. */

import { PipelineError } from "../errors.ts";
import { operatorPart } from "../plan/extend-plan.ts";
import type { Transform } from "../plan/transform.ts";
import { declarationOf } from "./declared-factory.ts";

/** One transform as data: enough to make it again. */
export interface StepData {
  readonly name: string;
  readonly version: number | string;
  /** Its options, checked and with defaults filled in. */
  readonly options: unknown;
}

/** A transform as data; undefined if it can't be: a user's function, options that hold one, one that is joined with its neighbours. */
export function stepData({ declared, lazy }: Transform): StepData | undefined {
  if (!declared || lazy || !isData(declared.options)) return undefined;
  const { name, version } = declared.declaration;
  return { name, version, options: declared.options };
}

/**
 * The transform that data stands for, made by the factory of that name.
 *
 * @throws PipelineError `VOXRX_UNKNOWN_OPERATOR` for a name or version that the factories don't have; OptionError `VOXRX_BAD_OPTION`
 */
export function transformOf(
  { name, version, options }: StepData,
  factories: Readonly<Record<string, unknown>>,
): Transform {
  const declaration = declarationOf(factories[name]);
  if (!declaration || declaration.version !== version) {
    const fault = declaration ? `is of version ${declaration.version}, not ${version}` : "is not among the factories";
    throw new PipelineError("VOXRX_UNKNOWN_OPERATOR", `the operator ${name} ${fault}`, {
      operator: name,
      remedy: "Export it from the module that is named, in the same version everywhere.",
    });
  }
  const adds = operatorPart(declaration.make(options));
  const [transform, ...more] = Array.isArray(adds) ? adds : [];
  if (transform && more.length === 0) return transform;
  throw new PipelineError("VOXRX_UNKNOWN_OPERATOR", `${name} is not an operator from item to item`, { operator: name });
}

/** Whether a value can be copied to another thread and means the same there. */
function isData(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return true;
  if (Array.isArray(value)) return value.every(isData);
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isData);
}
