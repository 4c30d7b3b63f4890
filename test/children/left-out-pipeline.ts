/** A pipeline for `voxrx run --out` that leaves all of its items out. */
import { Dataset } from "voxrx";
import { filter } from "voxrx/operators";

const records = [{ n: 0 }, { n: 1 }];

export default Dataset.from(records, { id: ({ n }) => `item${n}` }).pipe(filter(({ n }) => n > 1));
