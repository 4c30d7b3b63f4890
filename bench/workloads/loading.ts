/** Reading files, compared with reading their bytes and inflating them at once. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, gunzip } from "node:zlib";
import { formatReaders } from "../data/other-formats.ts";
import type { Bench, Subject, Workload } from "../measure/workload.ts";
import { fasterThanPeer, type Target, withinLimit } from "../report/target.ts";
import { collected, pipeline } from "./pipelines.ts";

const inflate = promisify(gunzip);
const group = "Loading";

/** Calls a function with one path after the other, as an epoch does. */
export function inTurn<T>(paths: readonly T[]): () => T {
  let next = 0;
  return () => {
    const path = paths[next++ % paths.length];
    if (path === undefined) throw new Error("there are no scans");
    return path;
  };
}

/** The bytes of a `.gz` file, inflated in one piece: what a reader can't do without. */
async function readAndInflate(path: string): Promise<Buffer> {
  const packed = await readFile(path);
  const size = packed.readUInt32LE(packed.length - 4);
  return inflate(packed, { chunkSize: Math.max(size, constants.Z_MIN_CHUNK), maxOutputLength: size });
}

/** Reading T1 images one after the other. */
function readsT1({ scans }: Bench, read: (path: string) => Promise<unknown>): Subject {
  const [next, nextOfLimit] = [inTurn(scans.t1), inTurn(scans.t1)];
  return { run: () => read(next()), limit: () => readAndInflate(nextOfLimit()) };
}

function ownType(inflater: "zlib" | "libdeflate", target: Target, bound: number): Workload {
  return {
    name: `load a T1, its own type, ${inflater}`,
    group,
    prepare: (bench) => readsT1(bench, (path) => bench.build.vox.readVolume(path)),
    limit: "read and gunzip",
    peer: ({ t1 }) => ({ by: "nibabel", kind: "read", reader: "nibabel", path: t1[0] ?? "" }),
    targets: [target],
    inflate: inflater,
    bound,
  };
}

function toFloat32(inflater: "zlib" | "libdeflate", target: Target, bound: number): Workload {
  const steps = [{ operator: "load", options: { keys: "image", dtype: "float32" } }];
  return {
    name: `load a T1 as float32 in a chain, ${inflater}`,
    group,
    prepare(bench) {
      const { build } = bench;
      return readsT1(bench, async (path) => collected(build, pipeline(build, [{ image: path }], steps)));
    },
    limit: "read and gunzip",
    peer: ({ t1 }) => ({ by: "MONAI LoadImage", kind: "read", reader: "MONAI", path: t1[0] ?? "" }),
    targets: [target],
    inflate: inflater,
    bound,
  };
}

/** What it costs to hash files while they are read, as a cache has it done. */
const hashing: Workload = {
  name: "load a T1 and hash the file",
  group,
  prepare({ build, scans }) {
    const [next, nextOfLimit] = [inTurn(scans.t1), inTurn(scans.t1)];
    return {
      run: () => build.vox.readVolume(next(), { onFile: () => undefined }),
      limit: () => build.vox.readVolume(nextOfLimit()),
    };
  },
  limit: "load it without",
};

/** Formats whose targets are to be at least as fast as their readers in Python. */
const levelWithPython = new Set(["series", "slice.png"]);

function reading(name: string): Workload {
  const reader = formatReaders[name];
  return {
    name: `read ${name === "series" ? "a DICOM series" : name}`,
    group,
    prepare({ build, scans }) {
      const path = join(scans.formats, name);
      return { run: () => build.vox.readVolume(path), limit: () => readBytes(path) };
    },
    limit: name.endsWith(".gz") ? "read and gunzip" : "read the bytes",
    ...(reader && {
      peer: ({ formats }) => ({ by: reader, kind: "read", reader, path: join(formats, name) }),
    }),
    targets: levelWithPython.has(name) ? [fasterThanPeer(1)] : [],
  };
}

async function readBytes(path: string): Promise<unknown> {
  if ((await stat(path)).isDirectory()) {
    const bytes: Buffer[] = [];
    for (const name of await readdir(path)) bytes.push(await readFile(join(path, name)));
    return bytes;
  }
  return path.endsWith(".gz") ? readAndInflate(path) : readFile(path);
}

export const loadingWorkloads: readonly Workload[] = [
  ownType("zlib", withinLimit(1.15), 3),
  ownType("libdeflate", withinLimit(0.85), 3),
  toFloat32("zlib", withinLimit(1.25), 9),
  toFloat32("libdeflate", withinLimit(0.95), 6),
  hashing,
  ...Object.keys(formatReaders).map(reading),
];
