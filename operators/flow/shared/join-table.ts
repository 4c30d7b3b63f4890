/** Finds the items of one dataset that match those of another one. */
import { messageOf, PipelineError } from "../../../src/errors.ts";
import { fieldIn, isRecord } from "../../../src/item/record.ts";
import type { Entry, IndexView } from "../../../src/plan/stage.ts";
import { readItems } from "./read-items.ts";

/** A value that items are joined on. */
export type JoinValue = string | number | boolean;

/** How that value is found: the name of a field, or a function. */
export type JoinBy = string | ((item: never) => JoinValue);

/** The items of the right dataset by the value that they are joined on. */
export class JoinTable {
  readonly #indices = new Map<JoinValue, number>();
  readonly #types = new Set<string>();

  private constructor() {}

  /** Reads the values of all items. Only these are kept, not the items. */
  static async read(items: IndexView<unknown>, by: JoinBy, maxItems: number, signal: AbortSignal): Promise<JoinTable> {
    if (items.length > maxItems) {
      throw new PipelineError("VOXRX_TOO_LARGE", `the right dataset has ${items.length} items, more than maxItems`, {
        operator: "join",
        remedy: "Raise maxItems; the values of so many items are kept in memory.",
      });
    }
    const table = new JoinTable();
    let twice: { readonly first: number; readonly second: Entry<unknown>; readonly value: JoinValue } | undefined;
    await readItems(items, signal, {
      each(entry, index) {
        const value = joinValue(entry, by);
        const first = table.#indices.get(value);
        if (first !== undefined) twice ??= { first, second: entry, value };
        table.#indices.set(value, index);
        table.#types.add(typeof value);
      },
    });
    if (!twice) return table;
    const { id } = await items.at(twice.first);
    const fault = `items "${id}" and "${twice.second.id}" of the right dataset have the same value ${shown(twice.value)}`;
    throw new PipelineError("VOXRX_AMBIGUOUS_MATCH", fault, {
      operator: "join",
      item: twice.second.id,
      remedy: "Join on what is unique on the right, or swap the sides: many items on the left can match one.",
    });
  }

  /** The index of the item that matches. @throws PipelineError if no item has even a value of its type */
  find(value: JoinValue): number | undefined {
    const index = this.#indices.get(value);
    if (index !== undefined || this.#types.size === 0 || this.#types.has(typeof value)) return index;
    const others = [...this.#types].join(" or ");
    throw new PipelineError(
      "VOXRX_WRONG_FIELD",
      `${shown(value)} is a ${typeof value}, and on the right is a ${others}`,
      {
        remedy: "Bring both sides to one type, with functions in `on`.",
      },
    );
  }
}

/** The value that an item is joined on. @throws PipelineError */
export function joinValue({ id: item, value }: Entry<unknown>, by: JoinBy): JoinValue {
  const found = typeof by === "string" ? fieldIn(value, by) : computed(value, by, item);
  if (typeof found === "string" || typeof found === "boolean") return found;
  if (typeof found === "number" && !Number.isNaN(found)) return found;
  const operator = "join";
  if (typeof by === "string" && found === undefined) {
    const names = isRecord(value) ? `it has ${Object.keys(value).join(", ") || "none"}` : "it is not a record";
    throw new PipelineError("VOXRX_MISSING_KEY", `the item has no field "${by}" to join on; ${names}`, {
      operator,
      item,
      remedy: "Give all items the field, leave out those without it, or use functions in `on`.",
    });
  }
  const got = typeof found === "number" || found === null ? String(found) : typeof found;
  throw new PipelineError("VOXRX_WRONG_FIELD", `expected a string, number or boolean to join on, got ${got}`, {
    operator,
    item,
    remedy: "Use a field, or a function in `on`, that gives every item such a value.",
  });
}

function computed(value: unknown, by: (item: never) => unknown, item: string): unknown {
  try {
    return Reflect.apply(by, undefined, [value]);
  } catch (cause) {
    throw new PipelineError("VOXRX_TRANSFORM_FAILED", `a function in \`on\` threw: ${messageOf(cause)}`, {
      operator: "join",
      item,
      cause,
      remedy: "See the cause; the function must return the value to join on.",
    });
  }
}

function shown(value: JoinValue): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
