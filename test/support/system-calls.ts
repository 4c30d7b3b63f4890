/** Counts the calls of this process that change files, by kind, and can kill the process before one of them. */
import { type FileHandle, open } from "node:fs/promises";
import { createRequire, syncBuiltinESMExports } from "node:module";

const files = createRequire(import.meta.url)("node:fs/promises");
const syncFiles = createRequire(import.meta.url)("node:fs");

/** Kinds of calls. */
export const callKinds = ["open", "write", "rename", "link", "unlink", "sync", "mkdir", "truncate"] as const;
/** A kind of call. */
export type CallKind = (typeof callKinds)[number];

const kindOf: Readonly<Record<string, CallKind>> = {
  open: "open",
  writeFile: "write",
  rename: "rename",
  link: "link",
  unlink: "unlink",
  rm: "unlink",
  rmdir: "unlink",
  mkdir: "mkdir",
};
const kindOfHandle: Readonly<Record<string, CallKind>> = {
  write: "write",
  writev: "write",
  writeFile: "write",
  sync: "sync",
  datasync: "sync",
  truncate: "truncate",
};

/** Where to kill: before the n-th call of a kind (from 1), or when half of what it writes is written. */
export interface CallPoint {
  readonly kind: CallKind;
  readonly n: number;
  readonly isHalf: boolean;
}

let counts = new Map<CallKind, number>();
let point: CallPoint | undefined;

/** The calls since the last time that this was asked, by kind. */
export function countedCalls(): ReadonlyMap<CallKind, number> {
  const counted = counts;
  counts = new Map();
  return counted;
}

/** Kills this process at a point, counted from now. */
export function killAt(where: CallPoint): void {
  counts = new Map();
  point = where;
}

function passed(kind: CallKind, writeHalf?: () => void): void {
  const n = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, n);
  if (point?.kind !== kind || point.n !== n) return;
  if (point.isHalf) writeHalf?.();
  process.kill(process.pid, "SIGKILL");
}

function half(content: unknown): Uint8Array {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return bytes instanceof Uint8Array ? bytes.subarray(0, bytes.length >> 1) : new Uint8Array(0);
}

/** Begins to count: replaces the functions of `node:fs/promises` and the methods of its file handles. */
export async function watchCalls(): Promise<void> {
  const handle = await open(process.execPath, "r");
  const prototype = Object.getPrototypeOf(handle);
  await handle.close();
  for (const [name, kind] of Object.entries(kindOf)) {
    const real = files[name];
    files[name] = (...args: unknown[]) => {
      passed(kind, name === "writeFile" ? () => syncFiles.writeFileSync(args[0], half(args[1])) : undefined);
      return real(...args);
    };
  }
  for (const [name, kind] of Object.entries(kindOfHandle)) {
    const real = prototype[name];
    prototype[name] = function (this: FileHandle, ...args: unknown[]) {
      passed(kind, () => {
        const content = Array.isArray(args[0]) ? args[0][0] : args[0];
        const position = name === "write" ? args[3] : args[1];
        syncFiles.writeSync(this.fd, half(content), 0, undefined, typeof position === "number" ? position : null);
      });
      return real.apply(this, args);
    };
  }
  syncBuiltinESMExports();
}
