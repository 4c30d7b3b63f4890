/** Run in a process of its own by the tests: takes memory of so many bytes, and says how much of glibc's is mapped for it alone. */
import { koffiIfInstalled, systemLibrary } from "../../src/koffi.ts";
import { allocateUnfilled } from "../../src/samples.ts";

const fields = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split(" ");

/** Bytes of blocks that were mapped each for itself, which go back to the system when they are freed. */
function mappedBytes(): () => number {
  const koffi = koffiIfInstalled();
  const libc = koffi && systemLibrary(koffi, ["libc.so.6"]);
  if (!koffi || !libc) throw new Error("no koffi, or no glibc");
  koffi.struct("mallinfo2", Object.fromEntries(fields.map((name) => [name, "size_t"])));
  const mallinfo = libc.func("mallinfo2 mallinfo2()");
  return () => Number(mallinfo().hblkhd);
}

const bytes = Number(process.argv[2]);
const mapped = mappedBytes();
allocateUnfilled(2 ** 17);
// What it dropped is freed by a collection.
for (let turn = 0; turn < 20; turn++) {
  globalThis.gc?.();
  await new Promise((resolve) => setImmediate(resolve));
}
const before = mapped();
const held = allocateUnfilled(bytes);
console.log(mapped() - before >= bytes ? "mapped" : "kept", held.length);
