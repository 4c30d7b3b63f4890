import type { Run } from "../../src/dataset/stage.ts";
import type { ItemContext } from "../../src/dataset/transform.ts";
import type { FileIdentity } from "../../src/fingerprint/file.ts";
import type { Random } from "../../src/random/random.ts";

/** What a transform inside another one drew. JSON only. */
export interface Drawn {
  readonly operator: string;
  readonly params: unknown;
}

/** The context of a transform inside another one, which keeps what was drawn for the outer one to note. */
export class InsideContext implements ItemContext {
  readonly key: string;
  readonly index: number;
  readonly run: Run;
  readonly #context: ItemContext;
  readonly #keep: (params: unknown) => void;

  constructor(context: ItemContext, keep: (params: unknown) => void) {
    this.key = context.key;
    this.index = context.index;
    this.run = context.run;
    this.#context = context;
    this.#keep = keep;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  random(): Random {
    return this.#context.random();
  }

  dependsOn(file: FileIdentity): void {
    this.#context.dependsOn(file);
  }

  drew(params: unknown): void {
    this.#keep(params);
  }

  inner(n: number): ItemContext {
    return new InsideContext(this.#context.inner(n), this.#keep);
  }
}
