/** Reading a part of an entry of a store. */
import { PipelineError } from "../errors.ts";
import { isRecord } from "../item/record.ts";
import type { StoredItem } from "../item/stored-item.ts";
import type { Region } from "../volume/region.ts";
import { Volume } from "../volume/volume.ts";
import type { Store, StoreRegionRequest } from "./store.ts";

/**
 * An entry of a store with a box of each named volume, instead of the whole volume: the same voxels and affine as
 * cropping the whole entry. Undefined if the entry is absent, stale or damaged. A store without `getRegion` reads the
 * whole entry, and the boxes are views of it.
 *
 * @throws PipelineError `VOXRX_MISSING_KEY`, `VOXRX_WRONG_FIELD` for a box of something that is not a volume
 * @throws FormatError `VOXRX_BAD_VOLUME` for a box that is not inside its volume
 * @example
 * ```ts
 * import { memoryStore, Volume } from "voxrx";
 * import { readRegion } from "voxrx/extend";
 * const store = memoryStore();
 * const image = new Volume({ data: Uint8Array.of(1, 2, 3, 4), shape: [1, 4, 1, 1] });
 * await store.set("scan", { value: { image, id: 7 }, files: [] });
 * const part = await readRegion(store, { id: "scan", regions: { image: { start: [1, 0, 0], end: [3, 1, 1] } } });
 * console.log(part?.value); // { image: a volume of [1, 2, 1, 1] with the values 2 and 3, id: 7 }
 * ```
 */
export async function readRegion(store: Store, request: StoreRegionRequest): Promise<StoredItem | undefined> {
  if (store.getRegion) return store.getRegion(request);
  const stored = await store.get(request.id);
  return stored && { ...stored, value: croppedItem(stored.value, request.regions) };
}

/** An item with a box of each named volume. @throws PipelineError, FormatError as {@link readRegion} */
export function croppedItem(item: unknown, regions: StoreRegionRequest["regions"]): unknown {
  if (isRegion(regions)) return croppedVolume(item, regions, "the item");
  const fields = isRecord(item) ? Object.entries(item) : [];
  const missing = Object.keys(regions).find((name) => !fields.some(([field]) => field === name));
  if (missing !== undefined) {
    throw new PipelineError("VOXRX_MISSING_KEY", `the entry has no field "${missing}" to read a region of`, {
      remedy: "Name fields that hold volumes.",
    });
  }
  const boxes = new Map(Object.entries(regions));
  return Object.fromEntries(
    fields.map(([field, value]) => {
      const box = boxes.get(field);
      return [field, box ? croppedVolume(value, box, `field "${field}"`) : value];
    }),
  );
}

function croppedVolume(value: unknown, { start, end }: Region, what: string): Volume {
  if (value instanceof Volume) return value.crop(start, end);
  throw new PipelineError("VOXRX_WRONG_FIELD", `${what} is not a volume: it has no region`, {
    remedy: "Name fields that hold volumes.",
  });
}

/** In a record of regions no field is a list. */
function isRegion(regions: StoreRegionRequest["regions"]): regions is Region {
  return Array.isArray(regions.start);
}
