/** What a factory says of itself, so that its operators can be listed, checked, and made again elsewhere from plain data. */
import type { OperatorFunction } from "rxjs";
import { z } from "zod";
import { OptionError } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { applyPacked } from "./elsewhere.ts";
import type { Rule } from "./option-types.ts";

/** Mark under which a factory keeps its declaration. */
export const declaration: unique symbol = Symbol.for("voxrx.declaration");

/** An operator as it was declared. */
export interface OperatorDeclaration {
  readonly name: string;
  readonly version: number | string;
  /** What it works on: volumes (bare or in fields), single items, or the stream. */
  readonly works: "volumes" | "parts" | "items" | "stream";
  readonly random: boolean;
  readonly geometric: boolean;
  /** Checks its options. */
  readonly schema: z.ZodType;
  /** Makes the operator of options as a user gives them. */
  readonly make: (options: unknown) => OperatorFunction<never, unknown>;
}

/** A declaration as its factory keeps it: it can also be applied where another thread or process has sent options and items. */
export interface KeptDeclaration extends OperatorDeclaration {
  /** What the operator gives for items, all of them as bytes, in epoch 0. */
  readonly applyPacked: (
    options: unknown,
    items: readonly Uint8Array<ArrayBuffer>[],
  ) => Promise<readonly Uint8Array<ArrayBuffer>[]>;
}

/** A factory that was made from a declaration. */
export interface DeclaredFactory {
  readonly [declaration]: KeptDeclaration;
}

/** The declaration of a factory; undefined if it has none. */
export function declarationOf(factory: unknown): KeptDeclaration | undefined {
  return isDeclared(factory) ? factory[declaration] : undefined;
}

/** A factory with its declaration. `F` is believed: what calls this states its type. */
export function declared<F>(factory: (...given: unknown[]) => unknown, told: OperatorDeclaration): F & DeclaredFactory;
export function declared(factory: (...given: unknown[]) => unknown, told: OperatorDeclaration): unknown {
  Object.defineProperty(factory, "name", { value: told.name });
  const kept: KeptDeclaration = { ...told, applyPacked: (options, items) => applyPacked(told.make(options), items) };
  return Object.defineProperty(factory, declaration, { value: kept });
}

/** Refuses a declaration that lacks what it would do. @throws OptionError `VOXRX_BAD_OPTION` */
export function checkDeclared(name: string, works: boolean, needed: string): void {
  if (works) return;
  throw new OptionError("VOXRX_BAD_OPTION", `the declaration says nothing of its work: expected ${needed}`, {
    operator: name,
    remedy: `Give ${needed}.`,
  });
}

/** The schema of an operator's options: unknown names are refused, then the rules are looked at in turn. */
export function schemaOf(shape: z.ZodRawShape, rules: readonly Rule<never>[] = []): z.ZodType {
  return rules.reduce<z.ZodType>(
    (schema, { test, fault, option }) =>
      schema.refine((options) => Reflect.apply(test, undefined, [options]), {
        message: fault,
        ...(option === undefined ? {} : { path: [option] }),
      }),
    z.strictObject(shape),
  );
}

/** Checks options as the work of the operator takes them. `C` is believed: the shape that the schema was made of states it. */
export function checkedBy<C>(name: string, schema: z.ZodType, options: unknown): C;
export function checkedBy(name: string, schema: z.ZodType, options: unknown): unknown {
  return checkOptions(name, schema, options);
}

function isDeclared(factory: unknown): factory is DeclaredFactory {
  return typeof factory === "function" && declaration in factory;
}
