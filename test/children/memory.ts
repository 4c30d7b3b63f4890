/**
 * Run in a process of its own by the tests: takes memory of so many bytes, and says whether glibc maps it for itself. With
 * a number of blocks, takes so many, drops them all, and says whether the next ones take fresh pages.
 */
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

/** What was dropped is freed by a collection. */
async function collect(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    globalThis.gc?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function takesFreshPages(bytes: number, blocks: number): Promise<boolean> {
  const take = (count: number) => Array.from({ length: count }, () => allocateUnfilled(bytes).fill(1));
  // In a function of its own: nothing refers to the blocks when it has returned.
  const takeAndDrop = () => take(blocks).length;
  takeAndDrop();
  await collect();
  const before = process.resourceUsage().minorPageFault;
  const held = take(3);
  const pageBytes = 4096;
  return (process.resourceUsage().minorPageFault - before) * pageBytes > (bytes * held.length) / 4;
}

async function isMapped(bytes: number): Promise<boolean> {
  const mapped = mappedBytes();
  allocateUnfilled(2 ** 17);
  await collect();
  const before = mapped();
  const held = allocateUnfilled(bytes);
  return mapped() - before >= held.length;
}

const [bytes = 0, blocks = 0] = process.argv.slice(2).map(Number);
if (blocks > 0) console.log((await takesFreshPages(bytes, blocks)) ? "fresh" : "used again");
else console.log((await isMapped(bytes)) ? "mapped" : "kept");
