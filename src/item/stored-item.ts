import type { FileIdentity } from "../files/file-identity.ts";

/** One computed item as a store keeps it. */
export interface StoredItem {
  /**
   * The item: records and lists, nested at most 100 deep, of volumes, typed arrays, numbers of any kind, strings,
   * booleans, dates, null and undefined. Everything else is refused with `VOXRX_UNCACHEABLE`.
   */
  readonly value: unknown;
  /** Files that it was computed from, as they were then. A change of any of them makes the entry stale. */
  readonly files: readonly FileIdentity[];
}
