/** A module as users give to `voxrx run` and `voxrx bench`. */
import { Dataset, Volume } from "voxrx";
import { map } from "voxrx/operators";

const scans = Dataset.from([0, 1, 2, 3, 4], { seed: 0 }).pipe(
  map((n) => new Volume({ data: new Uint8Array(1000).fill(n), shape: [1, 10, 10, 10] }), { name: "scan", version: 1 }),
);

export default scans;
export const made = async () => Dataset.from([1, 2]);
export const failing = Dataset.from([1, 2, 3]).pipe(
  map((n) => {
    if (n === 3) throw new Error("the third is broken");
    return n;
  }),
);
export const endless = Dataset.from(function* () {
  for (;;) yield 0;
});
export const refusing = () => {
  throw new Error("no such table");
};
export const noDataset = 5;
