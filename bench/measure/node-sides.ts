import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "tsdown";
import { heapFlag, root } from "./build.ts";
import { Side } from "./side.ts";

/** The processes that measure builds, by build and decompressor. */
export class NodeSides {
  readonly #started = new Map<string, Side>();
  readonly #dir: string;
  readonly #size: "short" | "full";
  /** Directory of their program. */
  readonly #program: string;

  private constructor(dir: string, short: boolean, program: string) {
    this.#dir = dir;
    this.#size = short ? "short" : "full";
    this.#program = program;
  }

  /**
   * Bundles the program: a loader of TypeScript would more than double what the garbage collector looks through, in the
   * process and in its worker threads.
   */
  static async start(dir: string, short: boolean): Promise<NodeSides> {
    const cache = join(root, "node_modules", ".cache", "voxrx");
    await mkdir(cache, { recursive: true });
    const outDir = await mkdtemp(join(cache, "bench-"));
    await build({
      ...{ config: false, cwd: root, outDir, format: "esm", platform: "node", target: "node20" },
      ...{ dts: false, clean: false, sourcemap: false, fixedExtension: false, logLevel: "error" },
      entry: { "node-side": join(root, "bench", "measure", "node-side.ts") },
    });
    return new NodeSides(dir, short, outDir);
  }

  of(dist: string, inflate: "zlib" | "found"): Side {
    const key = `${dist} ${inflate}`;
    const program = join(this.#program, "node-side.js");
    const args = ["--expose-gc", heapFlag, program, dist, this.#dir, this.#size, inflate];
    const side = this.#started.get(key) ?? new Side(process.execPath, ...args);
    this.#started.set(key, side);
    return side;
  }

  /** Ends the processes; others are started when they are needed. */
  async end(): Promise<void> {
    await Promise.all(Array.from(this.#started.values(), (side) => side.close()));
  }

  async close(): Promise<void> {
    await this.end();
    await rm(this.#program, { recursive: true, force: true });
  }
}
