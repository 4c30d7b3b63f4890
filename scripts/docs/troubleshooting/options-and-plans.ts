/** What docs/errors.md says about options and plans. */
import { map as rxMap } from "rxjs";
import { Dataset } from "voxrx";
import { partition } from "voxrx/datasets";
import * as op from "voxrx/operators";
import type { Advice, Code } from "./advice.ts";

/** A call whose arguments the compiler would refuse, as from JavaScript. */
const unchecked: (call: (...given: never[]) => unknown, ...given: unknown[]) => unknown = (call, ...given) =>
  Reflect.apply(call, undefined, given);

const numbers = Dataset.from([1, 2, 3]);

/** Codes of pipelines that are composed wrongly, or asked for what they don't have. */
export const optionsAndPlans = {
  VOXRX_BAD_OPTION: {
    when: [
      "A factory of an operator, dataset or store was called with an option that does not exist (often a misspelled name), is missing, has another type, or is out of range. It is thrown where the pipeline is composed, before anything runs.",
      "An option with a number for each axis is checked again at each item: if it does not fit the axes of the image, the error names the item.",
      "Options come from JavaScript, JSON or the environment, so that the compiler did not see them.",
      "`Dataset.from` got something that is not a list, an iterable, a function or an Observable.",
    ],
    remedies: [
      "Read the message: it has the operator, the option, what was expected and what came, and often the name that you meant.",
      "The stack leads to the call. In TypeScript the compiler finds nearly all of these; run `tsc --noEmit` first.",
      "On the command line this is the exit code 2: see `voxrx COMMAND --help`.",
    ],
    provoke: () => unchecked(op.spacing, { keys: "image", pixdims: [1, 1, 1] }),
  },
  VOXRX_NOT_INDEXED: {
    when: [
      "`length`, `at(i)` or `asIndexed()` was used on a dataset that is a stream: one that starts from a generator or an Observable, or that has gone through `filter`, `flatMap`, `onError`, `unbatch`, `slidingWindow`, `share`, `epochs` or an operator of RxJS.",
      "`subset`, `forRank`, `smartReplace`, `partition` or `crossValidation` comes after one of these: they choose items by index.",
    ],
    remedies: [
      "Put the operators that choose items directly after the source, before the first operator that makes a stream. `explain()` shows where that is.",
      "Or put `indexed()` before the operator that needs an index. It reads the whole stream once, when a run first needs it, and keeps its items in memory for all epochs, so put it before images are loaded.",
    ],
    code: `import { Dataset } from "voxrx";
import { filter, forRank, indexed, load } from "voxrx/operators";
const scans = Dataset.from([{ image: "a.nii.gz", age: 48 }, { image: "b.nii.gz", age: 17 }]);
scans.pipe(
  filter(({ age }) => age >= 18), // makes a stream
  indexed(),
  forRank({ rank: 0, worldSize: 2 }),
  load(["image"]),
);`,
    provoke: () =>
      numbers
        .pipe(
          op.filter((n) => n > 1),
          op.forRank({ rank: 0, worldSize: 2 }),
        )
        .toArray(),
  },
  VOXRX_ORDER_VARIES: {
    when: [
      "`partition` or `crossValidation` got a dataset that was shuffled, balanced or mixed before. Its item number 5 is another one in each epoch, so that validation items would get into the training.",
    ],
    remedies: ["Split first, then shuffle the training part."],
    code: `import { Dataset } from "voxrx";
import { partition } from "voxrx/datasets";
import { shuffle } from "voxrx/operators";
const scans = Dataset.from([{ image: "a.nii.gz" }, { image: "b.nii.gz" }, { image: "c.nii.gz" }]);
const [training, validation] = partition(scans, { ratios: [0.8, 0.2], seed: 0 });
const shuffled = training?.pipe(shuffle());`,
    provoke: () => partition(numbers.pipe(op.shuffle()), { ratios: [0.5, 0.5], seed: 0 }),
  },
  VOXRX_LENGTH_UNKNOWN: {
    when: [
      "`length` was read before the list was there: datasets of directories, tables and archives (`decathlon`, `bids`, `csv`, `Dataset.lazy`) list their items when they are first needed.",
      "`cacheUntilRandom({ cacheRate })` comes after a stream, whose length nobody knows.",
    ],
    remedies: [
      "`await dataset.ready()` first; it lists the items and loads none.",
      "After a stream give `cacheNum` instead of `cacheRate`, or put `indexed()` before the transforms.",
    ],
    provoke: () => Dataset.lazy(async () => [1, 2, 3]).length,
  },
  VOXRX_OUT_OF_RANGE: {
    when: [
      "`at(i)` or `subset([...])` has an index at or above `length` or below `-length`, or `at(i)` one that is not an integer. Often the indices were saved for another version of the list.",
      "`volumeAt(tensor, n)` asks for more volumes than the batch has; the last batch of an epoch may be smaller.",
    ],
    remedies: [
      "Compare with `await dataset.ready()` and `length`; `-1` is the last item.",
      "Make saved indices again, or save ids instead and use `replay(id)`.",
    ],
    provoke: () => numbers.at(7),
  },
  VOXRX_UNKNOWN_ITEM: {
    when: [
      "`replay(id)` or `why(id)` got an id that no item of that epoch has: misspelled, of another list, or of an epoch in which `balance`, `mix` or `smartReplace` left it out.",
      "The value of a field named `id` was given. That is only a field; the id of an item is what `originOf(item)` and errors show.",
      "`voxrx run --out`: an item of the manifest is not in the list any more, because the inputs changed during the run.",
    ],
    remedies: [
      "The message has the nearest ids. Pass the epoch of the run that the id is from.",
      "Give ids of your own, which stay when the list grows: `Dataset.from(list, { id: (item) => item.subject })`.",
    ],
    provoke: () => Dataset.from(["scan1", "scan2"], { id: (name) => name }).replay("scan3", { epoch: 0 }),
  },
  VOXRX_NO_ITEM_ID: {
    when: [
      "`why` or `replay` was asked on a dataset after an operator of RxJS: VoxRx can't see which item came from which.",
      "`why(item)` got an item that no random operator drew for, or one of `epochs(from, to)`, so its id or epoch was not kept with it.",
    ],
    remedies: [
      "Ask the dataset before the RxJS operator, or before `epochs(...)`.",
      "Pass the id itself, a string, with `{ epoch }`.",
    ],
    provoke: () => numbers.pipe(rxMap((n) => n)).replay("1"),
  },
  VOXRX_NO_ITEMS: {
    when: [
      "`headroom` or `forecast` had nothing to measure: a filter that lets nothing pass, an empty list.",
      "`voxrx run --out` found no items; often a directory that is not mounted on this machine.",
    ],
    remedies: [
      "Look at the source first: `await dataset.peek()`, or `voxrx info DIR` for a directory.",
      "Take operators away from the end until items come; `explain()` lists them.",
    ],
    provoke: () => numbers.pipe(op.filter((n) => n > 9)).headroom(() => undefined),
  },
  VOXRX_NOT_WATCHED: {
    when: [
      "`run.profile()` was called on a run that nobody watches. Measuring costs time for each item, so it is off.",
      "It was called before the first item.",
    ],
    remedies: [
      "Start the run with `iterate({ watch: true })`, and ask after the first item. Or use `dataset.profile()`, which runs some items for you: see [where the time goes](where-the-time-goes.md).",
    ],
    code: `import { Dataset } from "voxrx";
const run = Dataset.from([1, 2, 3]).iterate({ watch: true });
for await (const n of run) console.log(n);
console.log(String(run.profile()));`,
    provoke: () => numbers.iterate().profile(),
  },
  VOXRX_ITEM_LENT: {
    when: [
      "An operator that works ahead or keeps items (`prefetch`, `shuffle`, `batch`, `take`, an operator of RxJS), or a call such as `toArray()`, comes after `toTfjs` or `toOrt`. These dispose the tensors of an item when the next one is requested, so it would use tensors that are gone.",
    ],
    remedies: [
      "Put `toTfjs` or `toOrt` last: `prefetch` before it prepares the batches as well.",
      "With `{ dispose: false }` they are yours: any operator may follow, and you dispose them.",
      "In the middle of a pipeline, as for inference, make the model's input in a `map`: see [trainers](training.md#inference).",
    ],
    code: `import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { Dataset, type Volume } from "voxrx";
import { batch, prefetch, toTfjs } from "voxrx/operators";
declare const scans: Dataset<{ image: Volume }>;
scans.pipe(batch(2), prefetch(2), toTfjs(tf));`,
    provoke: () => numbers.pipe(op.toTfjs({ tensor: () => ({ dispose: () => undefined }) }), op.prefetch(2)).explain(),
  },
  VOXRX_ONE_SHOT: {
    when: [
      "`Dataset.from(generator())` was iterated a second time: a second epoch, `peek()` and then a run, or `toArray()` twice. A generator object gives its items once.",
    ],
    remedies: ["Pass the function itself, without calling it: it is called once per run."],
    code: `import { Dataset } from "voxrx";
async function* scans() {
  yield { image: "a.nii.gz" };
}
const dataset = Dataset.from(scans); // not scans()`,
    provoke: async () => {
      const once = Dataset.from(
        (function* () {
          yield 1;
        })(),
      );
      await once.toArray();
      await once.toArray();
    },
  },
  VOXRX_NOT_DETERMINISTIC: {
    when: [
      "A function that was given a `version` (in `map`, `filter`, `lambda`), which promises that its result follows from the item and the options, called `random()`, or read the item's `id`, `index` or `epoch`. A cache would return a value drawn once, forever.",
    ],
    remedies: [
      "Leave out `version`, if the function is meant to be random: it then runs after the cache in every epoch.",
      "Put what it needs into the record before it, such as the id as a field.",
    ],
    provoke: () =>
      numbers.pipe(op.map((n, { random }) => n + random().uniform(), { name: "jitter", version: 1 })).toArray(),
  },
} satisfies Partial<Record<Code, Advice>>;
