import { Dataset, type IndexedDataset, type Volume } from "voxrx";
import { map } from "voxrx/operators";
import { ramp } from "./volumes.ts";

/** A record as {@link loadingScans} yields it. */
export interface LoadedScan {
  readonly name: string;
  readonly image: Volume;
}

/** Small scans with the ids `scan0`, `scan1`…, and the names of those that were computed, in order. */
export function loadingScans(
  count: number,
  options: { readonly failing?: string; readonly seed?: number } = {},
): { readonly scans: IndexedDataset<LoadedScan>; readonly loads: string[] } {
  const { failing, seed = 5 } = options;
  const loads: string[] = [];
  const names = Array.from({ length: count }, (_, n) => ({ name: `scan${n}`, n }));
  const open = ({ name, n }: { readonly name: string; readonly n: number }): LoadedScan => {
    loads.push(name);
    if (name === failing) throw new Error("damaged");
    return { name, image: ramp([1, 4, 4, 4], "float32", 100 * n) };
  };
  const scans = Dataset.from(names, { id: ({ name }) => name, seed }).pipe(map(open, { name: "open", version: 1 }));
  return { scans, loads };
}
