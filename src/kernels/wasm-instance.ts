/** Modules of WebAssembly that are kept as text in source files. */

const page = 2 ** 16;

/** A module, and its memory. */
interface Instance {
  readonly exports: WebAssembly.Exports;
  /** Returns memory of at least this many bytes. */
  reserve(bytes: number): ArrayBuffer;
}

/** The module of a base64 text; undefined if the machine has no WebAssembly with SIMD. */
export function instantiated(base64: string): Instance | undefined {
  if (typeof WebAssembly !== "object") return undefined;
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  if (!WebAssembly.validate(bytes)) return undefined;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
  const { memory } = exports;
  if (!(memory instanceof WebAssembly.Memory)) return undefined;
  return {
    exports,
    reserve(needed) {
      const missing = needed - memory.buffer.byteLength;
      if (missing > 0) memory.grow(Math.ceil(missing / page));
      return memory.buffer;
    },
  };
}
