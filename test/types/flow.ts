/** Types that must flow through a pipeline without being written down. Checked by the compiler alone. */
import { firstValueFrom, from, lastValueFrom, map as rxMap } from "rxjs";
import { Dataset, type IndexedDataset, type Volume } from "voxrx";
import {
  batch,
  cacheUntilRandom,
  filter,
  load,
  map,
  mapAsync,
  orientation,
  shuffle,
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
