/** Declared transforms as plain data, and the same transforms made again where the data arrives. */

import { PipelineError } from "../errors.ts";
import { transformsOf } from "../extend-plan.ts";
import { isPlainRecord } from "../item/record.ts";
import type { Transform } from "../plan/transform.ts";
import { declarationOf } from "./declared-factory.ts";

/** One transform as data: enough to make it again. */
export interface TransformData {
  readonly name: string;
  readonly version: number | string;
  /** Its options, checked and with defaults filled in. */
  readonly options: unknown;
}

/**
 * A transform as data; undefined if that is impossible: for a user's function, options that hold one, or a transform
 * that is joined with its neighbors.
 */
export function transformData({ declared, lazy }: Transform): TransformData | undefined {
  if (!declared || lazy || !isData(declared.options)) return undefined;
  const { name, version } = declared.declaration;
  return { name, version, options: declared.options };
}

/**
 * The transform that data describes, made by the factory of that name.
 *
 * @throws PipelineError `VOXRX_UNKNOWN_OPERATOR` for a name or version that the factories don't have; OptionError
 * `VOXRX_BAD_OPTION`
 */
export function transformOf(
  { name, version, options }: TransformData,
  factories: Readonly<Record<string, unknown>>,
): Transform {
  const declaration = declarationOf(factories[name]);
  if (!declaration || declaration.version !== version) {
    const fault = declaration ? `is of version ${declaration.version}, not ${version}` : "is not among the factories";
    throw new PipelineError("VOXRX_UNKNOWN_OPERATOR", `the operator ${name} ${fault}`, {
      operator: name,
      remedy: "Export it from the given module, in the same version everywhere.",
    });
  }
  const [transform, ...more] = transformsOf(declaration.make(options)) ?? [];
  if (transform && more.length === 0) return transform;
  throw new PipelineError("VOXRX_UNKNOWN_OPERATOR", `${name} is not an operator from item to item`, { operator: name });
}

/** Whether a value can be copied to another thread and has the same meaning there. */
function isData(value: unknown): boolean {
  if (typeof value === "function" || typeof value === "symbol") return false;
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return true;
  if (Array.isArray(value)) return value.every(isData);
  return isPlainRecord(value) && Object.values(value).every(isData);
}
