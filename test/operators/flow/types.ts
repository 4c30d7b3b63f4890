/** Types that must flow through a pipeline without being written down. Checked by the compiler alone. */
import { firstValueFrom, from, lastValueFrom, map as rxMap } from "rxjs";
import { Dataset, type IndexedDataset, type Tensor, type Volume } from "voxrx";
import {
  balance,
  batch,
  cacheUntilRandom,
  compose,
  concat,
  filter,
  flatMap,
  flip,
  indexed,
  join,
  load,
  map,
  mapAsync,
  mix,
  onError,
  orientation,
  prefetch,
  progress,
  repeat,
  shuffle,
  skip,
  smartReplace,
  subset,
  take,
  tap,
  unbatch,
  zip,
} from "voxrx/operators";

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
function holds<_T extends true>(): void {}

const list = Dataset.from([1, 2, 3]);
const stream: Dataset<number> = list;

const pairs = list.pipe(
  map((n) => n * 2),
  batch(2),
);
holds<Equal<typeof pairs, IndexedDataset<number[]>>>();

const back = list.pipe(batch(2), unbatch());
holds<Equal<typeof back, Dataset<number>>>();

const mixed = stream.pipe(
  map((n) => n * 2),
  rxMap((n) => n + 1),
  map((n) => n.toFixed()),
  map((s) => s.length),
);
holds<Equal<typeof mixed, Dataset<number>>>();

const kept = list.pipe(
  map((n) => ({ n })),
  shuffle(),
  cacheUntilRandom(),
  mapAsync(async ({ n }) => n),
);
holds<Equal<typeof kept, IndexedDataset<number>>>();

const left = list.pipe(
  filter((n) => n > 1),
  map((n) => `${n}`),
);
holds<Equal<typeof left, Dataset<string>>>();

const zipped = zip(list, Dataset.from(["a"]), list.pipe(map((n) => [n, String(n)] as const)));
holds<Equal<typeof zipped, IndexedDataset<[number, string, number, string]>>>();

declare const volumes: Dataset<{ image: Volume; id: string }>;
const batches = volumes.pipe(
  batch(2),
  map(({ image, id }) => [image.shape, id] as const),
);
holds<Equal<typeof batches, Dataset<readonly [readonly number[], string[]]>>>();

// Operators that are kept in a variable go anywhere.
const [pair, apart, first, ahead] = [batch(2), unbatch(), take(3), prefetch({ concurrency: 2 })];
const same = [
  skip(1),
  repeat(2),
  shuffle(),
  subset([0]),
  progress(),
  indexed(),
  cacheUntilRandom(),
  smartReplace(),
] as const;
const [s1, s2, s3, s4, s5, s6, s7, s8] = same;
const numbers = list.pipe(first, ahead, s1, s2, s3, s4, s5, s6, s7, s8);
holds<Equal<typeof numbers, IndexedDataset<number>>>();

// What is a stream becomes indexed, and stays so until an operator loses the index.
const odd = list.pipe(
  filter((n) => n % 2 === 1),
  indexed(),
  map((n) => n + 1),
);
holds<Equal<typeof odd, IndexedDataset<number>>>();
const ofStream = Dataset.from(async function* () {
  yield 1;
}).pipe(compose(take(1), indexed()), shuffle());
holds<Equal<typeof ofStream, IndexedDataset<number>>>();
const lost = list.pipe(
  indexed(),
  filter((n) => n > 1),
);
holds<Equal<typeof lost, Dataset<number>>>();
const words = Dataset.from(["a"]).pipe(first, ahead, pair, apart);
holds<Equal<typeof words, Dataset<string>>>();
const safe = onError({ skip: true });
const left1 = list.pipe(safe, first);
holds<Equal<typeof left1, Dataset<number>>>();

// Fields that only some items have.
interface Patient {
  readonly image: Volume;
  readonly label?: Volume;
  readonly age?: number;
  readonly score: number | undefined;
}
declare const patients: IndexedDataset<Patient>;
const patientBatches = patients.pipe(pair);
type PatientBatch = {
  readonly image: Tensor;
  readonly label?: Tensor;
  readonly age?: number[];
  readonly score: (number | undefined)[];
};
holds<Equal<typeof patientBatches, IndexedDataset<PatientBatch>>>();
const again = patientBatches.pipe(apart);
holds<Equal<typeof again, Dataset<Patient>>>();
const lists = patients.pipe(batch({ size: 2, collate: "list" }));
holds<Equal<typeof lists, IndexedDataset<Patient[]>>>();
const flags = Dataset.from([true, false]).pipe(batch(2));
holds<Equal<typeof flags, IndexedDataset<boolean[]>>>();

// A function gets the options that it was declared with.
const scaled = list.pipe(
  map((n, { options }) => n * options.factor, { version: 1, options: { factor: 2 } }),
  mapAsync(async (n, { options }) => [n, options.name] as const, {
    version: 1,
    options: { name: "a" },
    concurrency: 2,
  }),
  filter(([n], { options }) => n > options.least, { version: 1, options: { least: 0 } }),
  tap((item, { options }) => [item, options satisfies undefined]),
  flatMap(([n, name]) => [n, name]),
);
holds<Equal<typeof scaled, Dataset<number | string>>>();
// @ts-expect-error there is no such option
list.pipe(map((n, { options }) => n * options.facto, { version: 1, options: { factor: 2 } }));
const guarded = Dataset.from<number | string>([1, "a"]).pipe(filter((item) => typeof item === "string"));
holds<Equal<typeof guarded, Dataset<string>>>();
const joined = concat(list, Dataset.from([4]));
holds<Equal<typeof joined, IndexedDataset<number>>>();
// @ts-expect-error the number of items is not text
take("3");
// @ts-expect-error batches need a size
batch({ collate: "list" });

const files = Dataset.from([{ image: "a.nii", label: "b.nii", id: 3 }]);
const loaded = files.pipe(load(["image", "label"]), orientation({ keys: ["image"], axcodes: "RAS" }), shuffle());
holds<Equal<typeof loaded, IndexedDataset<{ image: Volume; label: Volume; id: number }>>>();

const bare = Dataset.from(["a.nii"]).pipe(load(), orientation({ axcodes: "RAS" }));
holds<Equal<typeof bare, IndexedDataset<Volume>>>();

// @ts-expect-error there is no field "seg"
files.pipe(load(["seg"]));
// @ts-expect-error `id` is no path
files.pipe(load(["id"]));
// @ts-expect-error `label` was not loaded
files.pipe(load(["image"]), orientation({ keys: "label", axcodes: "RAS" }));
// @ts-expect-error there is no option of that name
orientation({ axcode: "RAS" });

const outside = [
  firstValueFrom(list),
  firstValueFrom(stream),
  lastValueFrom(from(stream).pipe(rxMap((n) => n + 1))),
] as const;
holds<Equal<typeof outside, readonly [Promise<number>, Promise<number>, Promise<number>]>>();

// Functions over datasets of unknown records keep the operators of their fields in variables.
function flippedTwice<T extends { readonly image: Volume }>(dataset: Dataset<T>): Dataset<T> {
  const flipped = flip({ keys: "image" });
  return dataset.pipe(flipped, shuffle(), flipped);
}
const twice = flippedTwice(volumes);
holds<Equal<typeof twice, Dataset<{ image: Volume; id: string }>>>();

// Several operators may be one in a variable, which begins with those that name fields.
const prepared = compose(load(["image"]), flip({ keys: "image" }), shuffle());
const viaPrepared = Dataset.from([{ image: "a.nii", id: 3 }]).pipe(prepared, batch(2));
holds<Equal<typeof viaPrepared, IndexedDataset<{ image: Tensor; id: number[] }>>>();

// A mix has the items of all its datasets, and an index if all have one.
const mixedLists = mix([{ dataset: list, weight: 2 }, { dataset: Dataset.from(["a"]) }]);
holds<Equal<typeof mixedLists, IndexedDataset<number | string>>>();
const mixedStreams = mix([{ dataset: list }, { dataset: stream, weight: 0.5 }], { stoppingStrategy: "allExhausted" });
holds<Equal<typeof mixedStreams, Dataset<number>>>();
// @ts-expect-error there is no such strategy
mix([{ dataset: list }], { stoppingStrategy: "longest" });
// @ts-expect-error a weight is a number
mix([{ dataset: list, weight: "2" }]);

// Classes are fields with strings, numbers or booleans, or what a function returns.
const balancedFiles = files.pipe(balance({ by: "id" }), load(["image"]));
holds<Equal<typeof balancedFiles, IndexedDataset<{ image: Volume; label: string; id: number }>>>();
const balancedBy = files.pipe(balance({ by: ({ id }) => id > 2, weights: { true: 2 } }));
holds<Equal<typeof balancedBy, IndexedDataset<{ image: string; label: string; id: number }>>>();
const byLabel = balance({ by: "label" });
const viaByLabel = stream.pipe(
  map((id) => ({ id, label: "a" })),
  byLabel,
);
holds<Equal<typeof viaByLabel, Dataset<{ id: number; label: string }>>>();
// @ts-expect-error there is no field "sex"
files.pipe(balance({ by: "sex" }));
// @ts-expect-error an image is no class
volumes.pipe(balance({ by: "image" }));
// @ts-expect-error there is no field "sex"
files.pipe(balance({ by: ({ sex }) => sex }));

// A join has the fields of both sides.
const table = Dataset.from([{ id: 3, age: 50, image: "c.nii" }]);
const joinedFiles = join(files, table, { on: "id" });
holds<Equal<typeof joinedFiles, IndexedDataset<{ image: string; label: string; id: number; age: number }>>>();
const leftJoined = join(files, stream.pipe(map((n) => ({ id: n, age: n }))), { on: "id", how: "left" });
holds<Equal<typeof leftJoined, IndexedDataset<{ image: string; label: string; id: number; age?: number }>>>();
const suffixed = join(volumes, table, { on: { left: ({ id }) => Number(id), right: "id" }, suffix: "_b" });
holds<Equal<typeof suffixed, Dataset<{ image: Volume; id: string; id_b: number; age: number; image_b: string }>>>();
const suffixedOn = join(files, table, { on: "id", suffix: "_b" });
holds<
  Equal<typeof suffixedOn, IndexedDataset<{ image: string; label: string; id: number; age: number; image_b: string }>>
>();
// @ts-expect-error the right side has no field "label"
join(files, table, { on: "label" });
// @ts-expect-error an image can't be joined on
join(volumes, volumes, { on: "image" });

// A choice between operators, and keys that are shared.
const chosen = volumes.pipe(Math.random() > 0.5 ? flip({ keys: "image" }) : shuffle());
holds<Equal<typeof chosen, Dataset<{ image: Volume; id: string }>>>();
