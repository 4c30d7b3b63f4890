import type { Observable } from "rxjs";
import { Dataset, type IndexedDataset } from "../../src/dataset/dataset.ts";
import { PassStage } from "../../src/dataset/pass-stage.ts";
import { type Cursor, type Entry, indexOf, open, type Run, type Stage } from "../../src/dataset/stage.ts";
import { OptionError } from "../../src/errors.ts";

/** What an item adds to the tuple: its own elements if it is a tuple or list, else itself. */
export type Flattened<T> = T extends readonly unknown[] ? T : readonly [T];

/** The tuple that `zip` makes of items of the given types. */
export type Zipped<Ts extends readonly unknown[]> = Ts extends readonly [infer First, ...infer Rest]
  ? [...Flattened<First>, ...Zipped<Rest>]
  : [];

type Observables<Ts extends readonly unknown[]> = { readonly [K in keyof Ts]: Observable<Ts[K]> };
type Indexed<Ts extends readonly unknown[]> = { readonly [K in keyof Ts]: IndexedDataset<Ts[K]> };

/**
 * Pairs datasets item by item into tuples, one level of tuples and lists flattened, as long as the shortest (MONAI's `ZipDataset`).
 * All legs run in the same epoch; an item's key is the first leg's, so its random operators agree with the others' where keys do.
 * Indexed if all of them are. The end of one leg closes all.
 *
 * @example
 * ```ts
 * import { Dataset } from "voxrx";
 * import { zip } from "voxrx/operators";
 * await zip(Dataset.from([1, 2, 3]), Dataset.from(["a", "b"])).toArray(); // => [[1, "a"], [2, "b"]]
 * ```
 */
export function zip<Ts extends readonly unknown[]>(...datasets: Indexed<Ts>): IndexedDataset<Zipped<Ts>>;
export function zip<Ts extends readonly unknown[]>(...datasets: Observables<Ts>): Dataset<Zipped<Ts>>;
export function zip(...datasets: readonly Observable<unknown>[]): Dataset<unknown> {
  const [first, ...others] = datasets.map((source) => Dataset.from(source).stage);
  if (!first) throw new OptionError("VOXRX_BAD_OPTION", "zip was given no dataset", { operator: "zip" });
  return Dataset.ofStage(new ZipStage(first, others));
}

class ZipStage extends PassStage {
  constructor(first: Stage<unknown>, others: readonly Stage<unknown>[]) {
    super(first, ...others);
    if (!this.inputs.every((input) => input.index)) return;
    this.index = async (run) => {
      const views = await Promise.all(this.inputs.map((input) => indexOf(input, run)));
      return {
        length: Math.min(...views.map(({ length }) => length)),
        at: async (index) => tupleOf(await Promise.all(views.map((view) => view.at(index)))),
      };
    };
  }

  knownLength(): number | undefined {
    const lengths = this.inputs.map((input) => input.knownLength?.());
    const known = lengths.filter((length) => length !== undefined);
    return known.length === lengths.length ? Math.min(...known) : undefined;
  }

  start(run: Run): Cursor<unknown> {
    const legs = this.inputs.map((input) => open(input, run));
    const close = async (): Promise<void> => {
      const closed = await Promise.allSettled(legs.map((leg) => leg.close()));
      for (const result of closed) if (result.status === "rejected") throw result.reason;
    };
    const next = async (): Promise<Entry<unknown> | undefined> => {
      // All legs are waited for, also when one fails: each stays in step with the others.
      const pulled = await Promise.allSettled(legs.map(async (leg) => leg.next()));
      const entries: Entry<unknown>[] = [];
      for (const result of pulled) {
        if (result.status === "rejected") throw result.reason;
        if (result.value) entries.push(result.value);
      }
      if (entries.length === legs.length) return tupleOf(entries);
      await close();
      return undefined;
    };
    return { next, close };
  }

  describe() {
    return [{ name: "zip", detail: `${this.inputs.length} datasets, as long as the shortest` }];
  }
}

function tupleOf(entries: readonly Entry<unknown>[]): Entry<unknown> {
  const [first] = entries;
  const value = entries.flatMap((entry) => (Array.isArray(entry.value) ? entry.value : [entry.value]));
  const draws = entries.flatMap((entry) => entry.draws ?? []);
  const tuple = { key: first?.key ?? "", index: first?.index ?? -1, value };
  return draws.length > 0 ? { ...tuple, draws } : tuple;
}
