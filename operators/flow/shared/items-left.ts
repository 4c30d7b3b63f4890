/** How many items a stream still has, where its input has an index. */
import type { FlowStart } from "../../../src/operator/flow-operator.ts";
import type { Upstream } from "../../../src/operator/upstream.ts";
import { isItemFailure } from "../../../src/plan/item-failure.ts";
import { type Entry, findIndex, type IndexView, type Position } from "../../../src/plan/stage.ts";

/** Pulls a stream and counts what is left of it. Of a stream without an index nothing is known. */
export class ItemsLeft {
  readonly #input: Upstream;
  readonly #items: FlowStart<unknown>["items"];
  #view: IndexView<unknown> | undefined;
  #count: number | undefined;

  constructor(input: Upstream, { items }: Pick<FlowStart<unknown>, "items">) {
    this.#input = input;
    this.#items = items;
  }

  /** Loads the index, to count from a position on. */
  async count(from: Position | undefined): Promise<void> {
    if (!this.#items || this.#view) return;
    this.#view = await this.#items.view();
    this.#countFrom(from ?? 0, from === undefined);
  }

  /** Whether it is known that fewer items are left. */
  areFewerThan(wanted: number): boolean {
    return this.#count !== undefined && this.#count < wanted;
  }

  /** The next entry. One that fails is not left either. */
  async pull(): Promise<Entry<unknown> | undefined> {
    try {
      const entry = await this.#input.next();
      if (this.#count !== undefined) this.#count--;
      else if (entry) this.#countFrom(entry.next);
      return entry;
    } catch (error) {
      // Where others take the place of a failed item, the stream says after the next one where it is.
      if (this.#items?.shifts || !isItemFailure(error)) this.#count = undefined;
      else if (this.#count !== undefined) this.#count--;
      throw error;
    }
  }

  #countFrom(position: Position, isStart = false): void {
    const view = this.#view;
    const index = isStart ? 0 : view && findIndex(view, position);
    this.#count = view && index !== undefined ? view.length - index : undefined;
  }
}
