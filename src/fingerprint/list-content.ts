import { createHash } from "node:crypto";
import { NotCanonical } from "./canonical.ts";
import { identityOf } from "./fingerprint.ts";

/** The number of items of a list and a digest of their content and order. */
export interface ListContent {
  readonly length: number;
  readonly content: string;
}

/** Of a list of more than `mostItems` items, `spreadItems` are read: a second for each million is too long a wait. */
const mostItems = 20_000;
const spreadItems = 4000;
const chunkItems = 500;

/**
 * The content of a list, with the ids of its items if a function gives them. Of a list of more than 20,000 items, 4,000
 * count, evenly spread, with the first and the last one. Nothing is kept: the list may be changed in place.
 */
export function listContent(items: ArrayLike<unknown>, idOf?: (index: number) => string): ListContent {
  return { length: items.length, content: digestOf(items, idOf) };
}

function digestOf(items: ArrayLike<unknown>, idOf: ((index: number) => string) | undefined): string {
  const hash = createHash("sha256");
  const { length } = items;
  const count = length <= mostItems ? length : spreadItems;
  const stretch = count > 1 ? (length - 1) / (count - 1) : 0;
  for (let from = 0; from < count; from += chunkItems) {
    const chunk: unknown[] = [];
    const ids: string[] = [];
    for (let n = from; n < Math.min(count, from + chunkItems); n++) {
      const index = Math.round(n * stretch);
      chunk.push(items[index]);
      if (idOf) ids.push(idOf(index));
    }
    if (idOf) hash.update(JSON.stringify(ids));
    // Written at once where JSON loses nothing: many times as fast.
    hash.update(chunk.every(isPlain) ? JSON.stringify(chunk) : chunk.map(textOf).join());
  }
  return hash.digest("hex").slice(0, 16);
}

function isPlain(item: unknown): boolean {
  if (typeof item !== "object" || item === null) return isJson(item);
  if (Object.getPrototypeOf(item) !== Object.prototype || "toJSON" in item) return false;
  return Object.values(item).every(isJson);
}

function isJson(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value) && !Object.is(value, -0);
  return typeof value === "string" || typeof value === "boolean" || value === null;
}

/** What has no identity, such as a function, counts by its type only. */
function textOf(item: unknown): string {
  try {
    return identityOf(item);
  } catch (error) {
    if (error instanceof NotCanonical) return typeof item;
    throw error;
  }
}
