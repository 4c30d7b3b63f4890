import { z } from "zod";
import { type Bytes, parseBytes } from "../../src/bytes.ts";
import { whenReady } from "../../src/dataset/maybe.ts";
import { type SameOperator, stageOperator } from "../../src/dataset/operator.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import {
  type Cursor,
  cursorOverIndex,
  type Entry,
  indexOf,
  open,
  type Run,
  type Stage,
} from "../../src/dataset/stage.ts";
import { checkOptions, countSchema } from "../../src/options.ts";
import { permutation } from "../../src/random/permutation.ts";
import { Random, type Seed } from "../../src/random/random.ts";
import { sizeOf } from "../../src/size.ts";

/** Options of {@link shuffle}. */
export interface ShuffleOptions {
  /** Seed of the order. Default: the dataset's. */
  readonly seed?: Seed;
  /** For streams: items held to draw from. Default 256. */
  readonly buffer?: number;
  /** For streams: bytes held to draw from; the fewer of both holds. Default `"512MiB"`. */
  readonly maxBytes?: Bytes;
}

/**
 * Another order in every epoch, fixed by seed and epoch. An indexed dataset is shuffled as a whole, by index, in constant memory,
 * and stays indexed. A stream is shuffled within a buffer, as MONAI's `ShuffleBuffer` does: each item given is drawn from those
 * held.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { shuffle } from "voxrx/operators";
 * const cards = Dataset.from([1, 2, 3, 4]).pipe(shuffle({ seed: 7 }));
 * (await cards.toArray()).sort(); // => [1, 2, 3, 4]
 * ```
 */
export function shuffle<T>(options: ShuffleOptions = {}): SameOperator<T> {
  const { seed, buffer, maxBytes } = checkOptions("shuffle", schema, options);
  const bytes = parseBytes(maxBytes, "maxBytes", "shuffle");
  return stageOperator<SameOperator<T>>((input) =>
    input.index ? new GlobalShuffle(input, seed) : new BufferedShuffle(input, seed, buffer, bytes),
  );
}

const schema = z.strictObject({
  seed: z.union([z.number(), z.string()]).optional(),
  buffer: countSchema.default(256),
  maxBytes: z.union([z.number(), z.string()]).default("512MiB"),
});

class GlobalShuffle extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #seed: Seed;

  constructor(input: Stage<unknown>, seed: Seed | undefined) {
    super(input);
    this.#input = input;
    this.#seed = seed ?? input.seed;
    this.index = (run) =>
      whenReady(indexOf(input, run), ({ length, at }) => {
        const order = permutation(length, new Random(run.seed ?? this.#seed, run.epoch, "shuffle"));
        return { length, at: (index) => at(order(index)) };
      });
  }

  knownLength(): number | undefined {
    return this.#input.knownLength?.();
  }

  start(run: Run): Cursor<unknown> {
    const { index } = this;
    if (!index) throw new Error("a global shuffle has an index");
    return cursorOverIndex(() => index(run));
  }

  describe() {
    return [{ name: "shuffle", detail: `all items, by index, seed ${this.#seed}` }];
  }
}

class BufferedShuffle extends PassStage {
  readonly #input: Stage<unknown>;
  readonly #seed: Seed;
  readonly #buffer: number;
  readonly #maxBytes: number;

  constructor(input: Stage<unknown>, seed: Seed | undefined, buffer: number, maxBytes: number) {
    super(input);
    this.#input = input;
    this.#seed = seed ?? input.seed;
    this.#buffer = buffer;
    this.#maxBytes = maxBytes;
  }

  start(run: Run): Cursor<unknown> {
    const base = open(this.#input, run);
    const random = new Random(run.seed ?? this.#seed, run.epoch, "shuffle");
    const held: { readonly entry: Entry<unknown>; readonly bytes: number }[] = [];
    let bytes = 0;
    let ended = false;
    const next = async (): Promise<Entry<unknown> | undefined> => {
      while (!ended && held.length < this.#buffer && bytes < this.#maxBytes) {
        const entry = await base.next();
        if (!entry) ended = true;
        else bytes += held[held.push({ entry, bytes: sizeOf(entry.value) }) - 1]?.bytes ?? 0;
      }
      const place = random.integer(held.length);
      const last = held.pop();
      if (!last) return undefined;
      const drawn = held[place] ?? last;
      if (drawn !== last) held[place] = last;
      bytes -= drawn.bytes;
      return drawn.entry;
    };
    return {
      next,
      close() {
        held.length = 0;
        return base.close();
      },
    };
  }

  describe() {
    return [{ name: "shuffle", detail: `within ${this.#buffer} items, seed ${this.#seed}` }];
  }
}
