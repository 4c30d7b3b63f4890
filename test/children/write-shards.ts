/** Run in a process of its own by the tests, which limits the size of its files: writes shards and says which items passed. */

import { writeShards } from "../../operators/index.ts";
import { Dataset, isVoxRxError } from "../../src/index.ts";

const [dir = ""] = process.argv.slice(2);
const items = [0, 1, 2].map((n) => ({ raw: new Uint8Array(60_000).fill(n) }));
try {
  for await (const { raw } of Dataset.from(items).pipe(writeShards({ dir }))) console.log(raw[0]);
} catch (error) {
  console.log(isVoxRxError(error) ? error.code : error);
}
