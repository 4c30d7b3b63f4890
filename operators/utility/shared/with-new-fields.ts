import { PipelineError } from "../../../src/errors.ts";

/** Adds fields to a record. A field that exists already is an error: nothing is overwritten silently. */
export function withNewFields(record: object, added: Iterable<readonly [name: string, value: unknown]>): object {
  const result = new Map<string, unknown>(Object.entries(record));
  for (const [name, value] of added) {
    if (result.has(name)) throw fieldTaken(name);
    result.set(name, value);
  }
  return Object.fromEntries(result);
}

/** The error for a new field whose name is taken. */
export function fieldTaken(name: string): PipelineError {
  return new PipelineError("VOXRX_WRONG_FIELD", `the item already has a field "${name}"`, {
    remedy: "Choose another name, or remove the field first with deleteItems.",
  });
}
