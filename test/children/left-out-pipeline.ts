/** A pipeline for `voxrx run --out` that leaves all of its items out, and a timer running. */
import { Dataset } from "voxrx";
import { filter } from "voxrx/operators";

const records = [{ n: 0 }, { n: 1 }];

setInterval(() => undefined, 1_000);

export default Dataset.from(records, { id: ({ n }) => `item${n}` }).pipe(filter(({ n }) => n > 1));
