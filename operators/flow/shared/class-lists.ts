/** Which items belong to which class. */
import { messageOf, PipelineError } from "../../../src/errors.ts";
import { fieldIn, isRecord } from "../../../src/item/record.ts";
import { compareClasses } from "../../../src/name-order.ts";
import type { Entry, IndexView } from "../../../src/plan/stage.ts";
import { readItems } from "./read-items.ts";

/** A class of items. */
export type ItemClass = string | number | boolean;

/** How the class of an item is found: the name of a field, or a function. */
export type ClassBy = string | ((item: never) => ItemClass);

/** One class, with the indices of its items in ascending order. */
export interface ClassList {
  readonly name: string;
  readonly indices: readonly number[];
}

/** Reads all items, and returns their classes, sorted: numbers by value, others by name. */
export async function classListsOf(
  items: IndexView<unknown>,
  by: ClassBy,
  operator: string,
  signal: AbortSignal,
): Promise<readonly ClassList[]> {
  const lists = new Map<string, { readonly value: ItemClass; readonly indices: number[] }>();
  await readItems(items, signal, {
    each(entry, index) {
      const value = classOf(entry, by, operator);
      const name = String(value);
      const list = lists.get(name) ?? { value, indices: [] };
      if (list.value !== value) throw twoTypes(list.value, value, operator, entry.id);
      list.indices.push(index);
      lists.set(name, list);
    },
  });
  return [...lists]
    .map(([name, { value, indices }]) => ({ name, value, indices }))
    .sort((a, b) => compareClasses(a.value, b.value));
}

function classOf(entry: Entry<unknown>, by: ClassBy, operator: string): ItemClass {
  const { id: item, value } = entry;
  const found = typeof by === "string" ? fieldIn(value, by) : computed(value, by, operator, item);
  if (typeof found === "string" || typeof found === "boolean") return found;
  if (typeof found === "number" && !Number.isNaN(found)) return found;
  if (typeof by !== "string" || found !== undefined) throw notAClass(by, found, operator, item);
  const names = isRecord(value) ? `it has ${Object.keys(value).join(", ") || "none"}` : "it is not a record";
  throw new PipelineError("VOXRX_MISSING_KEY", `the item has no field "${by}" with its class; ${names}`, {
    operator,
    item,
    remedy: "Give all items the field, or use a function for `by`.",
  });
}

function computed(value: unknown, by: (item: never) => unknown, operator: string, item: string): unknown {
  try {
    return Reflect.apply(by, undefined, [value]);
  } catch (cause) {
    throw new PipelineError("VOXRX_TRANSFORM_FAILED", `the function \`by\` threw: ${messageOf(cause)}`, {
      operator,
      item,
      cause,
      remedy: "See the cause; the function must return the class of every item.",
    });
  }
}

function notAClass(by: ClassBy, found: unknown, operator: string, item: string): PipelineError {
  const what = typeof by === "string" ? `the field "${by}"` : "what `by` returns";
  const got = typeof found === "number" || found === null ? String(found) : typeof found;
  return new PipelineError("VOXRX_WRONG_FIELD", `${what} must be a string, a number or a boolean, got ${got}`, {
    operator,
    item,
    remedy: "Use a field, or a function, that gives the class of every item.",
  });
}

function twoTypes(a: ItemClass, b: ItemClass, operator: string, item: string): PipelineError {
  const fault = `the class ${String(b)} is a ${typeof a} in one item and a ${typeof b} in another`;
  return new PipelineError("VOXRX_WRONG_FIELD", fault, {
    operator,
    item,
    remedy: "Give all classes the same type, such as `by: (item) => String(item.label)`.",
  });
}
