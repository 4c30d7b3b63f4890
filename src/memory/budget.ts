/**
 * The memory that items may take in this process, counted over all pipelines: what look-ahead holds and works on, and
 * what memory stores keep.
 */
import { availableMemory } from "../available-memory.ts";
import { type Bytes, parseBytes } from "../bytes.ts";

/** The part of the memory that the process may use which items may take. The rest is for results on their way, and for users. */
const share = 0.75;

/** Bytes that somebody holds. */
export interface Claim {
  bytes: number;
}

class Budget {
  #limit: number | undefined;
  readonly #claims = new Set<Claim>();
  readonly #abandoned = new FinalizationRegistry<Claim>((claim) => this.release(claim));

  /** Most bytes of all claims together. */
  get limit(): number {
    this.#limit ??= share * availableMemory();
    return this.#limit;
  }

  set limit(bytes: number) {
    this.#limit = bytes;
  }

  get used(): number {
    let sum = 0;
    for (const { bytes } of this.#claims) sum += bytes;
    return sum;
  }

  /** A claim of nothing yet. It ends with its owner, at the latest. */
  claim(owner: object): Claim {
    const claim: Claim = { bytes: 0 };
    this.#claims.add(claim);
    this.#abandoned.register(owner, claim);
    return claim;
  }

  release(claim: Claim): void {
    this.#claims.delete(claim);
  }

  /** The most that a claim may grow to. */
  roomFor(claim: Claim): number {
    return Math.max(0, this.limit - this.used + claim.bytes);
  }
}

/** The one budget of this process. */
export const budget = new Budget();

/**
 * Sets how many bytes the items of all pipelines in this process may take together: finished items that look-ahead holds
 * (`prefetch`, `parallel`), an estimate for those in work, and the entries of memory stores, which are
 * evicted for others. Each of them also has its own `maxBytes`. One item at a time is always let through. Default: three
 * quarters of the memory of the machine or, if that is less, of the container.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { limitMemory } from "voxrx";
 * limitMemory("6GiB"); // two training processes on a machine with 16 GiB
 * ```
 */
export function limitMemory(maxBytes: Bytes): void {
  budget.limit = parseBytes(maxBytes, "maxBytes", "limitMemory");
}
