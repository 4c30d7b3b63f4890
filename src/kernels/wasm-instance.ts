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

/** A function of a module. */
type Loop = (...parameters: (number | boolean)[]) => number;

/** The functions of a module by their names; undefined if one of them is missing. */
export function loopsIn<K extends string>(
  exports: WebAssembly.Exports,
  names: readonly K[],
): Readonly<Record<K, Loop>> | undefined {
  const loops: Partial<Record<K, Loop>> = {};
  for (const name of names) {
    const loop = exports[name];
    if (!isLoop(loop)) return undefined;
    loops[name] = loop;
  }
  return isWhole(loops, names) ? loops : undefined;
}

function isLoop(value: unknown): value is Loop {
  return typeof value === "function";
}

function isWhole<K extends string>(loops: Partial<Record<K, Loop>>, names: readonly K[]): loops is Record<K, Loop> {
  return names.every((name) => loops[name] !== undefined);
}
