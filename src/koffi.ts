/** The optional peer `koffi`, through which libraries of the system are called. */
import { createRequire } from "node:module";
import type { LibraryHandle } from "koffi";

type Koffi = typeof import("koffi");

let found: { readonly koffi: Koffi | undefined } | undefined;

/** Koffi; undefined where it is not installed. Loaded on the first call, which takes some 15 ms. */
export function koffiIfInstalled(): Koffi | undefined {
  found ??= { koffi: required() };
  return found.koffi;
}

function required(): Koffi | undefined {
  try {
    const koffi: Koffi = createRequire(import.meta.url)("koffi");
    // Numbers of bytes are exchanged as 64-bit integers.
    return koffi.sizeof("size_t") === 8 ? koffi : undefined;
  } catch {
    return undefined;
  }
}

/** The first of these libraries of the system that there is. */
export function systemLibrary(koffi: Koffi, names: readonly string[]): LibraryHandle | undefined {
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch {
      // The next one may be there.
    }
  }
  return undefined;
}
