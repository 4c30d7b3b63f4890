/**
 * Run in a process of its own by the tests: extracts, and says how far it is. With a third argument, `stop`, it stands
 * still once it has said that, to be killed.
 */
import { extractArchive } from "../../src/archive/extract-archive.ts";

const [archive = "", dir = "", stops] = process.argv.slice(2);
const onProgress = ({ bytes }: { readonly bytes: number }) => {
  process.send?.(bytes);
  if (stops) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
await extractArchive({ archive, dir, onProgress });
process.send?.("done");
process.disconnect();
