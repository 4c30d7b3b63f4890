/**
 * What the C library does with large memory that is freed. glibc gives blocks from 128 KiB on back to the system at once,
 * and takes fresh pages for the next ones, which costs many times what it takes to write to them. That limit
 * (M_MMAP_THRESHOLD of mallopt(3)) follows the largest block that was freed so far, up to 32 MiB; beyond that it has to
 * be set. Other C libraries take no notice.
 */
import { availableMemory } from "./available-memory.ts";
import { koffiIfInstalled, systemLibrary } from "./koffi.ts";

/** Blocks from here on are given back to the system by default, in bytes. */
const usuallyLarge = 2 ** 17;
/** The largest block that moves the limit: it gets a header, and is rounded up to whole pages. In bytes. */
const movesLimit = 2 ** 25 - 2 ** 13;
/** Blocks from here on are worth loading a library for, in bytes. */
const worthLimits = 2 ** 20;
/** Limit that is set for blocks, and most free memory that stays at the end of the process's. In bytes. */
const keptAtMost = 2 ** 28;

/** `M_MMAP_THRESHOLD`, `M_TRIM_THRESHOLD` and `M_TOP_PAD` in glibc's malloc.h. */
const [mmapThreshold, trimThreshold, topPad] = [-3, -1, -2];
/** Who sets one of these has decided. */
const settings = [
  ...["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_MAX_"],
  "GLIBC_TUNABLES",
];

let [isMoved, isSet] = [false, false];

/**
 * Before the first large allocation, makes glibc keep blocks of up to 32 MiB for the process when they are freed, or of
 * up to 256 MiB where `koffi` is installed.
 */
export function keepFreedMemory(bytes: number): void {
  if (bytes >= usuallyLarge && !isMoved) {
    isMoved = true;
    // Nobody uses it: freeing it is what counts. Untouched, it takes no memory.
    new ArrayBuffer(movesLimit);
  }
  if (bytes >= worthLimits && !isSet) {
    isSet = true;
    if (!settings.some((name) => process.env[name])) setLimits();
  }
}

function setLimits(): void {
  const koffi = koffiIfInstalled();
  const libc = koffi && systemLibrary(koffi, ["libc.so.6"]);
  const kept = Math.min(keptAtMost, Math.trunc(availableMemory() / 16));
  try {
    const mallopt = libc?.func("int mallopt(int parameter, int value)");
    mallopt?.(mmapThreshold, keptAtMost);
    // When more than the first of these is free at the end, all goes back to the system but the second: a garbage
    // collection that frees a few scans at once must not make the next ones take fresh pages.
    mallopt?.(trimThreshold, 2 * kept);
    mallopt?.(topPad, kept);
  } catch {
    // A C library without mallopt keeps its own rules.
  }
}
