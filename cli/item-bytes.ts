/**
 * Bytes of the samples in an item, roughly. By their `byteLength`, since items may be of another copy of this package than
 * the command.
 */
export function itemBytes(item: unknown, depth = 0): number {
  if (typeof item === "string") return item.length;
  if (typeof item !== "object" || item === null || depth > 8) return 0;
  if ("byteLength" in item && typeof item.byteLength === "number") return item.byteLength;
  return Object.values(item).reduce<number>((sum, value) => sum + itemBytes(value, depth + 1), 0);
}
