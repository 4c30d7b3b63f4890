/** Where things lie in an output directory: shards and markers in it, what the workers need in `.voxrx`. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemCode } from "../files/disk-failure.ts";
import { isThere } from "../files/is-there.ts";
import { indexOfShard } from "../shards/shard-index.ts";

/** See the file. */
export class OutputLayout {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  get manifest(): string {
    return join(this.dir, "manifest.json");
  }

  get completion(): string {
    return join(this.dir, "complete.json");
  }

  /** Directory of all versions of the manifest, numbered. */
  get manifests(): string {
    return join(this.dir, ".voxrx", "manifests");
  }

  get claims(): string {
    return join(this.dir, ".voxrx", "claims");
  }

  get failures(): string {
    return join(this.dir, ".voxrx", "failed");
  }

  /** What is about to be removed. */
  get trash(): string {
    return join(this.dir, ".voxrx", "trash");
  }

  get inputs(): string {
    return join(this.dir, ".voxrx", "inputs");
  }

  /** File of the id of the directory, which is the same on every machine. */
  get id(): string {
    return join(this.dir, ".voxrx", "id");
  }

  shard(shard: string): string {
    return join(this.dir, shard);
  }

  /** The marker of a shard that is done. */
  marker(shard: string): string {
    return join(this.dir, markerOf(shard));
  }

  failure(shard: string): string {
    return join(this.failures, `${stemOf(shard)}.json`);
  }

  inputsOf(shard: string): string {
    return join(this.inputs, `${stemOf(shard)}.json`);
  }

  /** The shards that are done: marker, shard and index are there. */
  async done(): Promise<ReadonlySet<string>> {
    const names = new Set(await namesIn(this.dir));
    const marked = [...names].filter((name) => /^block-.*\.done$/.test(name)).map((name) => `${stemOf(name)}.tar`);
    return new Set(marked.filter((shard) => names.has(shard) && names.has(indexOfShard(shard))));
  }

  /** Whether a shard is done. */
  async isDone(shard: string): Promise<boolean> {
    const path = this.shard(shard);
    const found = await Promise.all([this.marker(shard), path, indexOfShard(path)].map(isThere));
    return found.every(Boolean);
  }
}

/** The name of a shard or of what belongs to it, without extension. */
export function stemOf(name: string): string {
  return name.replace(/\..*$/, "");
}

/** Name of the marker of a shard. */
function markerOf(shard: string): string {
  return `${stemOf(shard)}.done`;
}

/** Names in a directory; none if there is no such directory. */
export async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw error;
  }
}
