/** Errors in the form in which they come from threads: with what caused them, as far as it can be copied. */
import { isVoxRxError, messageOf, PipelineError, reviveError, type SerializedError } from "../errors.ts";
import { isInstance } from "../is-instance.ts";
import { isPlainRecord } from "../item/record.ts";
import { asItemFailure, isItemFailure } from "../plan/item-failure.ts";

/** A thrown value as a message. */
type ErrorNode =
  | { readonly voxrx: Omit<SerializedError, "cause">; readonly cause: ErrorNode | undefined }
  | {
      readonly error: { readonly name: string; readonly message: string; readonly stack: string | undefined };
      /** Its own fields with plain values, such as `code`. */
      readonly facts: Readonly<Record<string, unknown>>;
      readonly cause: ErrorNode | undefined;
      readonly errors: readonly ErrorNode[] | undefined;
    }
  | { readonly value: unknown };

/** An error as a message. */
export interface ErrorMessage {
  readonly error: ErrorNode;
  /** Whether it is the failure of one item. */
  readonly ofItem: boolean;
}

/** Causes of causes that are sent; further ones are left out. */
const mostCauses = 8;

/** An error of a chain as a message. */
export function packError(caught: unknown): ErrorMessage {
  const ofItem = isItemFailure(caught);
  try {
    return { error: nodeOf(caught, mostCauses), ofItem };
  } catch {
    // A proxy, or getters that throw.
    return { error: nodeOf(new Error(messageOf(caught)), 0), ofItem };
  }
}

/** The error of a message. */
export function unpackError({ error, ofItem }: ErrorMessage): Error {
  const thrown = thrownOf(error);
  if (isVoxRxError(thrown)) return ofItem ? asItemFailure(thrown) : thrown;
  return new PipelineError("VOXRX_TRANSFORM_FAILED", `a function threw: ${messageOf(thrown)}`, {
    operator: "parallel",
    cause: thrown,
    remedy: "See the cause.",
  });
}

function nodeOf(thrown: unknown, left: number): ErrorNode {
  if (isVoxRxError(thrown)) {
    const { cause: _, ...voxrx } = thrown.toJSON();
    return { voxrx: { ...voxrx, stack: textOf(voxrx.stack) }, cause: causeOf(thrown.cause, left) };
  }
  if (!isInstance(thrown, Error)) return { value: canBeSent(thrown) ? thrown : messageOf(thrown) };
  const { cause, name, message, stack } = thrown;
  const errors = isInstance(thrown, AggregateError) ? thrown.errors.map((each) => nodeOf(each, left - 1)) : undefined;
  const facts = Object.entries(thrown).filter(([field, value]) => field !== "cause" && isPlain(value));
  return {
    error: { name: String(name), message: String(message), stack: textOf(stack) },
    ...{ facts: Object.fromEntries(facts), cause: causeOf(cause, left), errors: left > 0 ? errors : [] },
  };
}

function causeOf(cause: unknown, left: number): ErrorNode | undefined {
  return cause === undefined || left === 0 ? undefined : nodeOf(cause, left - 1);
}

const textOf = (stack: unknown) => (typeof stack === "string" ? stack : undefined);

function isPlain(value: unknown): boolean {
  return value === null || ["string", "number", "boolean", "bigint"].includes(typeof value);
}

/** Whether a thrown value that is not an error arrives as it is. */
function canBeSent(value: unknown): boolean {
  if (isPlain(value) || value === undefined) return true;
  if (Array.isArray(value)) return value.every(canBeSent);
  return isPlainRecord(value) && Object.values(value).every(canBeSent);
}

const classes: Readonly<Record<string, ErrorConstructor>> = {
  ...{ EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError },
};

function thrownOf(node: ErrorNode): unknown {
  if ("value" in node) return node.value;
  const cause = node.cause && thrownOf(node.cause);
  if ("voxrx" in node) return reviveError({ ...node.voxrx, cause });
  const { name, message, stack } = node.error;
  const Class = classes[name] ?? Error;
  const errors = node.errors?.map(thrownOf);
  const error = errors ? new AggregateError(errors, message) : new Class(message);
  if (error.name !== name) Object.defineProperty(error, "name", { value: name, configurable: true, writable: true });
  if (node.cause) Object.defineProperty(error, "cause", { value: cause, configurable: true, writable: true });
  if (stack !== undefined) Object.defineProperty(error, "stack", { value: stack, configurable: true, writable: true });
  return Object.assign(error, node.facts);
}
