/** Inflating with the system's libdeflate, which takes half of zlib's time; called through koffi. Both are optional. */
import type { LibraryHandle } from "koffi";
import { untilAborted } from "../async/until-aborted.ts";
import { koffiIfInstalled, systemLibrary } from "../koffi.ts";
import { noteDecoder } from "./decoders-in-use.ts";

/** Compression formats with a checksum: zlib (RFC 1950) and gzip (RFC 1952). */
type Checked = "zlib" | "gzip";

/**
 * Inflates all of `packed` into memory and returns the number of bytes; undefined if it can't be done, for whatever
 * reason: the data are damaged, or more than fit.
 */
export type InflateInto = (
  packed: Uint8Array,
  packing: Checked,
  into: Uint8Array,
  signal: AbortSignal | undefined,
) => Promise<number | undefined>;

/** Inflates one stream of the data. The numbers of bytes read and written are those of `counts`. */
type InflateOne = (packed: Uint8Array, into: Uint8Array, counts: BigUint64Array) => Promise<boolean>;

/** Where the dynamic linker looks for the library, and where Homebrew has it. */
const libraryNames = [
  "libdeflate.so.0",
  "libdeflate.so",
  "libdeflate.0.dylib",
  "libdeflate.dylib",
  "/opt/homebrew/lib/libdeflate.dylib",
];

/** Decompressors that are not in use. One holds its tables, of 12 KB. */
const mostIdle = 8;

/** Members this small, of several, are left to zlib, which inflates all of them in one job. */
const smallMember = 2 ** 18;

/** The bit of a gzip header's flags that announces a checksum of the header, which libdeflate doesn't verify. */
const headerChecksum = 2;

let found: { readonly inflateInto: InflateInto | undefined } | undefined;

/** Inflating with libdeflate; undefined if koffi or the library is missing. Both are loaded on the first call. */
export function libdeflate(): InflateInto | undefined {
  found ??= { inflateInto: load() };
  return found.inflateInto;
}

function load(): InflateInto | undefined {
  const koffi = koffiIfInstalled();
  try {
    const library = koffi && systemLibrary(koffi, libraryNames);
    if (!library) return undefined;
    // It has no function that says its version.
    noteDecoder("libdeflate", "of the system");
    return inflaterOf(library);
  } catch {
    // zlib does the same work.
    return undefined;
  }
}

function inflaterOf(library: LibraryHandle): InflateInto {
  const decompressors = decompressorsOf(library);
  const byPacking: Readonly<Record<Checked, InflateOne>> = {
    gzip: oneStream(library, "gzip", decompressors),
    zlib: oneStream(library, "zlib", decompressors),
  };
  return async (packed, packing, into, signal) => {
    try {
      // After an abort, a call that is still in progress keeps what it works on.
      return await untilAborted(inflateAll(byPacking[packing], packed, packing, into), signal);
    } catch {
      signal?.throwIfAborted();
      return undefined;
    }
  };
}

async function inflateAll(
  inflateOne: InflateOne,
  packed: Uint8Array,
  packing: Checked,
  into: Uint8Array,
): Promise<number | undefined> {
  const counts = new BigUint64Array(new ArrayBuffer(16));
  for (let [at, filled] = [0, 0]; ; ) {
    if (packing === "gzip" && ((packed[at + 3] ?? 0) & headerChecksum) !== 0) return undefined;
    if (!(await inflateOne(packed.subarray(at), into.subarray(filled), counts))) return undefined;
    const [used = 0n, written = 0n] = counts;
    at += Number(used);
    filled += Number(written);
    if (packing === "zlib" || isPadding(packed, at)) return filled;
    if (written < smallMember || filled === into.length) return undefined;
  }
}

/** Whether only zeros follow, as after gzip on tapes and in archives. */
function isPadding(packed: Uint8Array, from: number): boolean {
  for (let at = from; at < packed.length; at++) if (packed[at] !== 0) return false;
  return true;
}

function oneStream(library: LibraryHandle, packing: Checked, decompressors: Decompressors): InflateOne {
  const inflate = library.func(
    `int libdeflate_${packing}_decompress_ex(void *decompressor, const uint8_t *in, size_t in_nbytes, ` +
      "uint8_t *out, size_t out_nbytes_avail, size_t *actual_in_nbytes, size_t *actual_out_nbytes)",
  );
  return (packed, into, counts) => {
    const decompressor = decompressors.take();
    const [used, written] = [counts.subarray(0, 1), counts.subarray(1)];
    return new Promise((resolve, reject) => {
      const args = [decompressor, packed, packed.length, into, into.length, used, written];
      const end = (error: unknown, code?: number) => {
        // koffi doesn't keep what it is given: what the call works on lives as long as this function.
        args.length = 0;
        decompressors.giveBack(decompressor);
        if (error) reject(error);
        else resolve(code === 0);
      };
      try {
        inflate.async(...args, end);
      } catch (error) {
        end(error);
      }
    });
  };
}

interface Decompressors {
  take(): unknown;
  giveBack(decompressor: unknown): void;
}

/** Each is used by one call at a time. */
function decompressorsOf(library: LibraryHandle): Decompressors {
  const make = library.func("void *libdeflate_alloc_decompressor()");
  const free = library.func("void libdeflate_free_decompressor(void *decompressor)");
  const idle: unknown[] = [];
  return {
    take() {
      const decompressor: unknown = idle.pop() ?? make();
      if (!decompressor) throw new Error("libdeflate has no memory");
      return decompressor;
    },
    giveBack(decompressor) {
      if (idle.length < mostIdle) idle.push(decompressor);
      else free(decompressor);
    },
  };
}
