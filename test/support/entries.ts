import type { Dataset } from "voxrx";
import { type Entry, open, type Position } from "voxrx/extend";

/** The entries of one run in an epoch, from a position on that another run in that epoch gave. */
export async function entriesOf<T>(dataset: Dataset<T>, from?: Position, epoch = 1): Promise<Entry<T>[]> {
  const run = { epoch, seed: undefined, signal: new AbortController().signal };
  const cursor = open(dataset.stage, run, from === undefined ? undefined : JSON.parse(JSON.stringify(from)));
  const entries: Entry<T>[] = [];
  try {
    for (let entry = await cursor.next(); entry; entry = await cursor.next()) entries.push(entry);
  } finally {
    await cursor.close();
  }
  return entries;
}
