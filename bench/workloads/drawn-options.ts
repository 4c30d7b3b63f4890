/** Options for an operator from its declaration alone. */
import type * as v from "valibot";

/** The parts of a schema that decide which values it accepts. */
interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly options?: readonly unknown[];
  readonly item?: Schema;
  readonly items?: readonly Schema[];
  readonly wrapped?: Schema;
  readonly literal?: unknown;
  readonly pipe?: readonly { readonly type: string; readonly requirement?: unknown }[];
}

/**
 * Values for all options that have to be given; the others keep their defaults. Rules about several options, and checks
 * by functions, are not known: the operator may refuse the result.
 */
export function drawnOptions(schema: v.GenericSchema): Readonly<Record<string, unknown>> {
  const drawn = valueFor(isSchema(schema) ? schema : { type: "unknown" });
  return typeof drawn === "object" && drawn !== null ? { ...drawn } : {};
}

function valueFor(schema: Schema): unknown {
  switch (schema.type) {
    case "strict_object":
    case "object":
      return Object.fromEntries(
        Object.entries(schema.entries ?? {})
          .filter(([, entry]) => entry.type !== "optional")
          .map(([name, entry]) => [name, valueFor(entry)]),
      );
    case "union":
      return schema.options?.filter(isSchema).map(valueFor)[0];
    case "picklist":
      return schema.options?.[0];
    case "literal":
      return schema.literal;
    case "number":
      return Math.max(1, Number(bound(schema, "min_value") ?? 1));
    case "boolean":
      return false;
    case "string":
      return "image";
    case "tuple":
      return schema.items?.map(valueFor);
    case "array":
      return Array.from(
        { length: Number(bound(schema, "min_length") ?? 1) },
        () => schema.item && valueFor(schema.item),
      );
    case "nullable":
    case "optional":
      return schema.wrapped && valueFor(schema.wrapped);
    default:
      return undefined;
  }
}

function bound(schema: Schema, type: string): unknown {
  return schema.pipe?.find((action) => action.type === type)?.requirement;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && "type" in value;
}
