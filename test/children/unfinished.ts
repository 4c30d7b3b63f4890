/** Begins to write a file and never ends: to be killed. Argument: the path. */
import { AtomicFile } from "../../src/files/write-atomically.ts";

const file = await AtomicFile.create(process.argv[2] ?? "");
await file.handle.writeFile("half");
process.send?.("half");
setInterval(() => file, 1_000);
