/**
 * The declaration of a factory, so that its operators can be listed, checked, and made again from plain data in another
 * thread or process.
 */
import type { OperatorFunction } from "rxjs";
import * as v from "valibot";
import { OptionError } from "../errors.ts";
import { checkOptions, optionPath, perFieldCheck } from "../options.ts";
import { applyPacked } from "./elsewhere.ts";
import type { Rule } from "./option-types.ts";

/** Symbol under which a factory keeps its declaration. */
const declaration: unique symbol = Symbol.for("voxrx.declaration");

/** An operator as it was declared. */
export interface OperatorDeclaration {
  readonly name: string;
  readonly version: number | string;
  /** What it works on: volumes (bare or in fields), single items, or the stream. */
  readonly works: "volumes" | "parts" | "items" | "stream";
  readonly random: boolean;
  readonly geometric: boolean;
  /** Checks its options. */
  readonly schema: v.GenericSchema;
  /** Makes the operator from options in the form in which users pass them. */
  readonly make: (options: unknown) => OperatorFunction<never, unknown>;
}

/**
 * A declaration as its factory keeps it. It can also be applied to options and items that another thread or process
 * sent.
 */
export interface KeptDeclaration extends OperatorDeclaration {
  /** The results of the operator for items, in epoch 0, all as bytes. */
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

/** A factory with its declaration. `F`, its type, is stated by the caller and not checked. */
export function declared<F>(factory: (...given: unknown[]) => unknown, info: OperatorDeclaration): F & DeclaredFactory;
export function declared(factory: (...given: unknown[]) => unknown, info: OperatorDeclaration): unknown {
  Object.defineProperty(factory, "name", { value: info.name });
  const kept: KeptDeclaration = { ...info, applyPacked: (options, items) => applyPacked(info.make(options), items) };
  return Object.defineProperty(factory, declaration, { value: kept });
}

/** Refuses a declaration without the function that does the work. @throws OptionError `VOXRX_BAD_OPTION` */
export function checkDeclared(name: string, works: boolean, needed: string): void {
  if (works) return;
  throw new OptionError("VOXRX_BAD_OPTION", `the declaration must have ${needed}`, {
    operator: name,
    remedy: `Add ${needed} to the declaration.`,
  });
}

/**
 * The schema of an operator's options: unknown names are refused, then lists with another number of values than there
 * are fields, then the rules are tested one after the other.
 */
export function schemaOf(shape: v.ObjectEntries, rules: readonly Rule<never>[] = []): v.GenericSchema {
  const checks = [perFieldCheck(shape), ...rules.map(ruleCheck)];
  return checks.reduce<v.GenericSchema>((schema, check) => v.pipe(schema, check), v.strictObject(shape));
}

function ruleCheck({ test, fault, option }: Rule<never>) {
  return v.rawCheck<unknown>(({ dataset, addIssue }) => {
    if (!dataset.typed || Reflect.apply(test, undefined, [dataset.value])) return;
    addIssue({ message: fault, ...(option === undefined ? {} : { path: [optionPath(dataset.value, option)] }) });
  });
}

/**
 * Checks options and returns them as the operator's functions receive them. The type `C` is not checked: it follows
 * from the schemas.
 */
export function checkedBy<C>(name: string, schema: v.GenericSchema, options: unknown): C;
export function checkedBy(name: string, schema: v.GenericSchema, options: unknown): unknown {
  return checkOptions(name, schema, options);
}

function isDeclared(factory: unknown): factory is DeclaredFactory {
  return typeof factory === "function" && declaration in factory;
}
