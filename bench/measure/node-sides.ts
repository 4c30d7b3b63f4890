import { join } from "node:path";
import { Side } from "./side.ts";

/** The processes that measure builds, by build and decompressor. */
export class NodeSides {
  readonly #started = new Map<string, Side>();
  readonly #dir: string;
  readonly #size: "short" | "full";

  constructor(dir: string, short: boolean) {
    this.#dir = dir;
    this.#size = short ? "short" : "full";
  }

  of(dist: string, inflate: "zlib" | "found"): Side {
    const key = `${dist} ${inflate}`;
    const script = join(import.meta.dirname, "node-side.ts");
    const args = ["--expose-gc", "--import", "tsx", script, dist, this.#dir, this.#size, inflate];
    const side = this.#started.get(key) ?? new Side(process.execPath, ...args);
    this.#started.set(key, side);
    return side;
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#started.values(), (side) => side.close()));
  }
}
