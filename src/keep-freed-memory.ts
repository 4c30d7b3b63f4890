/**
 * What the C library does with large memory that is freed. glibc gives blocks from 128 KiB on back to the system at once,
 * and takes fresh pages for the next ones, which costs many times what it takes to write to them. That limit
 * (M_MMAP_THRESHOLD of mallopt(3)) follows the largest block that was freed so far, up to 32 MiB; beyond that it has to
 * be set. Other C libraries take no notice.
 */
import { koffiIfInstalled, systemLibrary } from "./koffi.ts";

/** Blocks from here on are given back to the system by default, in bytes. */
const usuallyLarge = 2 ** 17;
/** The largest block that moves the limit: it gets a header, and is rounded up to whole pages. In bytes. */
const movesLimit = 2 ** 25 - 2 ** 13;
/** Limit that is set for blocks larger than that, and most free memory at the end of the process's. In bytes. */
const keptAtMost = 2 ** 28;

/** `M_MMAP_THRESHOLD` and `M_TRIM_THRESHOLD` in glibc's malloc.h. */
const parameters = [-3, -1];
/** Who sets one of these has decided. */
const settings = ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_MAX_", "GLIBC_TUNABLES"];

let [isMoved, isSet] = [false, false];

/**
 * Before the first large allocation, makes glibc keep blocks of up to 32 MiB for the process when they are freed; before
 * the first one that is larger, blocks of up to 256 MiB, where `koffi` is installed.
 */
export function keepFreedMemory(bytes: number): void {
  if (bytes >= usuallyLarge && !isMoved) {
    isMoved = true;
    // Nobody uses it: freeing it is what counts. Untouched, it takes no memory.
    new ArrayBuffer(movesLimit);
  }
  if (bytes > movesLimit && !isSet) {
    isSet = true;
    if (!settings.some((name) => process.env[name])) setLimits();
  }
}

function setLimits(): void {
  const koffi = koffiIfInstalled();
  const libc = koffi && systemLibrary(koffi, ["libc.so.6"]);
  try {
    const mallopt = libc?.func("int mallopt(int parameter, int value)");
    for (const parameter of parameters) mallopt?.(parameter, keptAtMost);
  } catch {
    // A C library without mallopt keeps its own rules.
  }
}
