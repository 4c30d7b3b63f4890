/** What every operator promises. */
import type { Observable, OperatorFunction } from "rxjs";
import { Dataset, IndexedDataset } from "../dataset.ts";
import { transformsOf } from "../extend-plan.ts";
import { declarationOf, type KeptDeclaration } from "../operator/declared-factory.ts";
import { packed, unpacked } from "../operator/elsewhere.ts";
import { Stays, transformData, transformOf } from "../operator/relocation.ts";
import { type Entry, open, type Position } from "../plan/stage.ts";
import { of } from "../rxjs/observable.ts";
import type { Check } from "./checks.ts";
import { applyElsewhere } from "./elsewhere-check.ts";
import { partChecks } from "./part-checks.ts";
import { assertSame, spelledOut } from "./same-items.ts";
import { transformChecks } from "./transform-checks.ts";

/** An operator to check. */
export interface OperatorSubject {
  /** Makes the operator, for every check. */
  readonly make: () => OperatorFunction<never, unknown>;
  /** Makes items that it can work on, three or more, for every check. */
  readonly items: () => readonly unknown[];
  /** Whether an indexed dataset stays indexed after it. Default true. */
  readonly keepsIndex?: boolean;
  /** Whether it works on a stream as well as on a list. Default true. */
  readonly worksOnStreams?: boolean;
  /** Whether it refuses a dataset without items, for example because its options name items by index. Default false. */
  readonly needsItems?: boolean;
}

/** A declared operator to check. With the factory, the checks also cover what its declaration says. */
export interface DeclaredSubject extends Omit<OperatorSubject, "make"> {
  /** The factory, as returned by `volumeOperator` or another function of `voxrx/extend`. */
  readonly factory: unknown;
  /** Options, plain data. For a random operator, include `prob: 1`, so that items are chosen. Default: none. */
  readonly options?: object;
  /**
   * The module that exports the factory under its name, usually `import.meta.url`. The operator is then also made in a
   * separate thread, where one that captures variables yields other items.
   */
  readonly module?: string | URL;
  /** Node arguments for that thread, such as a loader. Default: those of this process. */
  readonly execArgv?: readonly string[];
}

/**
 * Checks what an operator promises. Run them with {@link runChecks}, or make a test from each in a test runner.
 *
 * @example
 * ```ts
 * import { operatorChecks, runChecks } from "voxrx/extend";
 * import { Volume } from "voxrx";
 * import { flip } from "voxrx/operators";
 * const scan = (start: number) => new Volume({ data: Float32Array.of(start, 2, 3, 4), shape: [1, 2, 2, 1] });
 * const items = () => [scan(0), scan(1), scan(2)];
 * const checks = operatorChecks({ factory: flip, options: { spatialAxis: 0 }, items });
 * (await runChecks(checks)).broken; // => []
 * ```
 */
export function operatorChecks(subject: OperatorSubject | DeclaredSubject): readonly Check[] {
  if ("make" in subject) return [...commonChecks(subject), ...traitChecks(subject)];
  const { factory, options = {} } = subject;
  const declaration = declarationOf(factory);
  if (!declaration)
    throw new TypeError("the factory was not made by volumeOperator or another function of voxrx/extend");
  const made = { ...subject, make: () => declaration.make(options) };
  return [...commonChecks(made), ...declaredChecks(subject, declaration), ...traitChecks(made)];
}

/** Checks of what the operator declares about its work on volumes. */
function traitChecks({ make, items }: OperatorSubject): readonly Check[] {
  const transforms = transformsOf(make());
  return transforms?.flatMap((transform) => transformChecks(transform, items)) ?? partChecks(make(), items);
}

function check(promise: string, run: () => Promise<void>): Check {
  return { promise, run };
}

function expect(holds: boolean, fault: string): void {
  if (!holds) throw new Error(fault);
}

function commonChecks({
  make,
  items,
  keepsIndex = true,
  worksOnStreams = true,
  needsItems = false,
}: OperatorSubject): Check[] {
  const over = (source: Dataset<unknown>): Dataset<unknown> => applied(source, make());
  const list = () => Dataset.from([...items()]);
  return [
    check("composing and explaining it does no work", async () => {
      let pulled = 0;
      const source = Dataset.lazy(() => {
        pulled++;
        return [...items()];
      });
      over(source).explain();
      await Promise.resolve();
      expect(pulled === 0, "the source was read although nothing iterates");
    }),
    check("in RxJS's own pipe it returns a Dataset with the same items", async () => {
      if (!worksOnStreams) return;
      const piped = applied(of(...items()), make());
      expect(piped instanceof Dataset, "its result is not a Dataset");
      assertSame(
        await piped.epoch(0).toArray(),
        await over(Dataset.from(() => items()))
          .epoch(0)
          .toArray(),
        "the items differ from those of Dataset.pipe",
      );
    }),
    check("it yields the same items again in the same epoch", async () => {
      const dataset = over(list());
      const first = (await dataset.epoch(3).toArray()).map(spelledOut);
      expect(first.length > 0, "it yields no items");
      assertSame(
        (await dataset.epoch(3).toArray()).map(spelledOut),
        first,
        "the second run of one epoch yields other items",
      );
    }),
    check("it leaves the items that it is given as they were", async () => {
      const given = items();
      const before = given.map(spelledOut);
      await over(Dataset.from([...given])).toArray();
      assertSame(given.map(spelledOut), before, "an item of the source was changed");
    }),
    check(keepsIndex ? "it keeps an index: at(i) is the i-th item" : "it claims no index", async () => {
      const dataset = over(list());
      expect(
        dataset instanceof IndexedDataset === keepsIndex,
        keepsIndex ? "the dataset is not indexed" : "the dataset is indexed",
      );
      if (!(dataset instanceof IndexedDataset)) return;
      const all = await dataset.epoch(1).toArray();
      await dataset.ready();
      expect(dataset.length === all.length, `its length is ${dataset.length}, but it yields ${all.length} items`);
      for (const [i, item] of all.entries())
        assertSame(await dataset.at(i, { epoch: 1 }), item, `at(${i}) is another item`);
    }),
    check("it passes an empty dataset", async () => {
      if (needsItems) return;
      expect((await over(Dataset.from([])).toArray()).length === 0, "it yields items from an empty dataset");
    }),
    check("a run continues exactly after any of its items, and does so again", () => continues(over(list()))),
    check("closing a run closes the source, once", async () => {
      if (!worksOnStreams) return;
      let closed = 0;
      const source = Dataset.from(function* () {
        try {
          yield* items();
        } finally {
          closed++;
        }
      });
      const run = over(source).iterate();
      await run.next();
      await run.return();
      await new Promise((resolve) => setImmediate(resolve));
      expect(closed === 1, `the source was closed ${closed} times`);
    }),
  ];
}

/** Stops after every entry, and continues from its position. */
async function continues(dataset: Dataset<unknown>): Promise<void> {
  const all = await entriesOf(dataset);
  for (const [n, { next }] of all.entries()) {
    const position: Position = JSON.parse(JSON.stringify(next));
    const rest = await entriesOf(dataset, position);
    assertSame(rest.map(identified), all.slice(n + 1).map(identified), `continuing after item ${n} yields other items`);
  }
}

async function entriesOf(dataset: Dataset<unknown>, from?: Position): Promise<Entry<unknown>[]> {
  const cursor = open(dataset.stage, { epoch: 2, seed: undefined, signal: new AbortController().signal }, from);
  const entries: Entry<unknown>[] = [];
  try {
    for (let entry = await cursor.next(); entry; entry = await cursor.next()) entries.push(entry);
  } finally {
    await cursor.close();
  }
  return entries;
}

function identified({ id, value, draws = [] }: Entry<unknown>): unknown {
  return { id, value, draws: [...draws] };
}

function declaredChecks(subject: DeclaredSubject, declaration: KeptDeclaration): Check[] {
  const { options = {}, items, module, execArgv = process.execArgv } = subject;
  const { name, make } = declaration;
  const giving = (operator: OperatorFunction<never, unknown>, given: readonly unknown[]) =>
    applied(Dataset.from([...given]), operator)
      .epoch(0)
      .toArray();
  return [
    check("a misspelled option is refused where the pipeline is composed", async () => {
      let refused: unknown;
      try {
        make({ ...options, notAnOptionOfThis: 1 });
      } catch (error) {
        refused = error;
      }
      expect(refused !== undefined, "an option that does not exist was accepted");
    }),
    check("made again from its name and options as JSON, it yields the same items", async () => {
      const again = make(JSON.parse(JSON.stringify(options)));
      assertSame(await giving(again, items()), await giving(make(options), items()), "the items differ");
    }),
    check("its options with defaults filled in make the same operator again", async () => {
      for (const transform of transformsOf(make(options)) ?? []) {
        const data = transformData(transform);
        if (data instanceof Stays) continue;
        const again = transformOf(JSON.parse(JSON.stringify(data)), () => subject.factory);
        expect(again.fingerprint === transform.fingerprint, "the operator made from them has another identity");
      }
    }),
    ...(module === undefined
      ? []
      : [
          check("made again in another thread, it yields the same items: it captures nothing", async () => {
            const task = { module: String(module), name, options, items: items().map(packed) };
            const inThread = (await applyElsewhere(task, execArgv)).map(unpacked);
            const here = (await giving(make(options), items().map(packed).map(unpacked))).map(packed).map(unpacked);
            assertSame(inThread, here, "the items differ: it captures variables that are not in its options");
          }),
        ]),
  ];
}

/** The caller of the suite provides items of the right type. */
function applied(source: Observable<unknown>, operator: OperatorFunction<never, unknown>): Dataset<unknown>;
function applied(source: Observable<unknown>, operator: (source: never) => unknown): unknown {
  return Reflect.apply(operator, undefined, [source]);
}
