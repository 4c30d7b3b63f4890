import type { Observable } from "rxjs";
import { Dataset, type IndexedDataset } from "../../src/dataset/dataset.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import {
  type Cursor,
  type Entry,
  type IndexView,
  indexOf,
  type OpenCursor,
  open,
  type Run,
  type Stage,
} from "../../src/dataset/stage.ts";
import { OptionError } from "../../src/errors.ts";

/**
 * The items of all datasets, one dataset after the other. Keys are prefixed by the dataset's place (`1:KEY`), so that items of
 * different datasets stay apart. Indexed if all of them are. The seed is the first one's.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { concat } from "voxrx/operators";
 * await concat(Dataset.from([1, 2]), Dataset.from([3])).toArray(); // => [1, 2, 3]
 * ```
 */
export function concat<T>(...datasets: readonly IndexedDataset<T>[]): IndexedDataset<T>;
export function concat<T>(...datasets: readonly Observable<T>[]): Dataset<T>;
export function concat(...datasets: readonly Observable<unknown>[]): Dataset<unknown> {
  const [first, ...others] = datasets.map((source) => Dataset.from(source).stage);
  if (!first) throw new OptionError("VOXRX_BAD_OPTION", "concat was given no dataset", { operator: "concat" });
  return Dataset.ofStage(new ConcatStage(first, others));
}

class ConcatStage extends PassStage {
  constructor(first: Stage<unknown>, others: readonly Stage<unknown>[]) {
    super(first, ...others);
    if (this.inputs.every((input) => input.index)) {
      this.index = async (run) => joined(await Promise.all(this.inputs.map((input) => indexOf(input, run))));
    }
  }

  knownLength(): number | undefined {
    let sum = 0;
    for (const input of this.inputs) {
      const length = input.knownLength?.();
      if (length === undefined) return undefined;
      sum += length;
    }
    return sum;
  }

  start(run: Run): Cursor<unknown> {
    let place = 0;
    let current: OpenCursor<unknown> | undefined;
    const next = async (): Promise<Entry<unknown> | undefined> => {
      for (let input = this.inputs[place]; input; input = this.inputs[++place]) {
        current ??= open(input, run);
        const entry = await current.next();
        if (entry) return prefixed(entry, place);
        await current.close();
        current = undefined;
      }
      return undefined;
    };
    return { next, close: () => current?.close() };
  }

  describe() {
    return [{ name: "concat", detail: `${this.inputs.length} datasets` }];
  }
}

function prefixed(entry: Entry<unknown>, place: number): Entry<unknown> {
  return { ...entry, key: `${place}:${entry.key}` };
}

function joined(views: readonly IndexView<unknown>[]): IndexView<unknown> {
  return {
    length: views.reduce((sum, { length }) => sum + length, 0),
    async at(index) {
      let rest = index;
      for (const [place, view] of views.entries()) {
        if (rest < view.length) return prefixed(await view.at(rest), place);
        rest -= view.length;
      }
      throw new RangeError(`index ${index} is outside of ${views.length} datasets`);
    },
  };
}
