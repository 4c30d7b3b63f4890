/** Run in a process of its own by the tests: extracts, says how far it is, and is killed in between. */
import { extractArchive } from "../../src/archive/extract-archive.ts";

const [archive = "", dir = ""] = process.argv.slice(2);
await extractArchive({ archive, dir, onProgress: ({ bytes }) => process.send?.(bytes) });
process.send?.("done");
process.disconnect();
