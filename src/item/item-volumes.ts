/** The volumes of an item: the item itself, or those in the fields of a record. */
import { Volume } from "../volume/volume.ts";
import { isRecord } from "./record.ts";

/** The volumes of an item, in the order of its fields. */
export function volumesIn(item: unknown): Volume[] {
  if (item instanceof Volume) return [item];
  return isRecord(item) ? Object.values(item).filter((value) => value instanceof Volume) : [];
}

/** An item with its volumes replaced. `field` is the name of a volume's field; undefined for a bare volume. */
export function withVolumes(item: unknown, change: (volume: Volume, field: string | undefined) => Volume): unknown {
  if (item instanceof Volume) return change(item, undefined);
  if (!isRecord(item)) return item;
  const fields = Object.entries(item).map(([name, value]): [string, unknown] => [
    name,
    value instanceof Volume ? change(value, name) : value,
  ]);
  return Object.fromEntries(fields);
}
