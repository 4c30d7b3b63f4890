/** What the operators of operators/utility do to the types of records. Checked by the compiler alone. */
import { Dataset, type IndexedDataset, type Volume } from "voxrx";
import {
  batch,
  castToType,
  compose,
  concatItems,
  copyItems,
  dataStats,
  deleteItems,
  ensureChannelFirst,
  filter,
  flip,
  lambda,
  load,
  map,
  oneOf,
  randFlip,
  randLambda,
  randomOrder,
  renameItems,
  repeatChannel,
  rotate90,
  selectItems,
  simulateDelay,
  someOf,
  splitChannel,
  squeezeDim,
} from "voxrx/operators";

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
type ItemIn<D> = D extends AsyncIterable<infer T> ? T : never;
function holds<_T extends true>(): void {}

interface Scan {
  image: Volume;
  label: Volume;
  age: number;
}
declare const scans: IndexedDataset<Scan>;
declare const masked: IndexedDataset<Scan & { mask?: Volume }>;
declare const images: Dataset<Volume>;

const selected = scans.pipe(selectItems(["image", "age"]));
holds<Equal<typeof selected, IndexedDataset<{ image: Volume; age: number }>>>();
const one = scans.pipe(selectItems("image"));
holds<Equal<ItemIn<typeof one>, { image: Volume }>>();
const some = masked.pipe(selectItems(["image", "mask"], { allowMissingKeys: true }));
holds<Equal<ItemIn<typeof some>, { image: Volume; mask?: Volume }>>();
const asOptions = masked.pipe(selectItems({ keys: "mask", allowMissingKeys: true }));
holds<Equal<ItemIn<typeof asOptions>, { mask?: Volume }>>();

const without = scans.pipe(deleteItems(["label"]));
holds<Equal<ItemIn<typeof without>, { image: Volume; age: number }>>();
const stillWithout = masked.pipe(deleteItems(["label", "mask"], { allowMissingKeys: true }));
holds<Equal<ItemIn<typeof stillWithout>, { image: Volume; age: number }>>();

const copied = scans.pipe(copyItems({ keys: ["image", "age"], names: ["original", "years"] }));
holds<Equal<ItemIn<typeof copied>, { image: Volume; label: Volume; age: number; original: Volume; years: number }>>();
const numbered = scans.pipe(copyItems({ keys: "image", times: 2 }), selectItems(["image_0", "image_1"]));
holds<Equal<ItemIn<typeof numbered>, { image_0: Volume; image_1: Volume }>>();
const twice = scans.pipe(selectItems(["age"]), copyItems({ keys: ["age"], times: 2, names: ["first", "second"] }));
holds<Equal<ItemIn<typeof twice>, { age: number; first: number; second: number }>>();

const renamed = scans.pipe(renameItems({ image: "label", label: "image", age: "years" }));
holds<Equal<ItemIn<typeof renamed>, { label: Volume; image: Volume; years: number }>>();
const listed = scans.pipe(renameItems({ keys: ["image", "age"], names: ["scan", "years"] }));
holds<Equal<ItemIn<typeof listed>, { scan: Volume; label: Volume; years: number }>>();

const renamedOn = scans.pipe(
  renameItems({ image: "scan" }),
  flip({ keys: "scan" }),
  lambda({ keys: "scan", func: (scan) => scan.dtype }),
  deleteItems("label"),
);
holds<Equal<ItemIn<typeof renamedOn>["age"], number>>();
const mixed: Dataset<{ scan: string; age: number }> = renamedOn;
mixed.pipe(selectItems("scan"));

const joined = scans.pipe(concatItems({ keys: ["image", "label"], name: "both" }), deleteItems(["image", "label"]));
holds<Equal<ItemIn<typeof joined>, { age: number; both: Volume }>>();
const replaced = scans.pipe(concatItems({ keys: ["image", "label"], name: "age" }));
holds<Equal<ItemIn<typeof replaced>["age"], Volume>>();

const parts = scans.pipe(splitChannel({ keys: ["image", "label"], outputPostfixes: ["a", "b"] }));
holds<Equal<ItemIn<typeof parts>["label_b"], Volume>>();
const named = scans.pipe(splitChannel({ keys: "image", names: ["t1", "t2"] }), selectItems(["t1", "age"]));
holds<Equal<ItemIn<typeof named>, { t1: Volume; age: number }>>();
const open = scans.pipe(splitChannel({ keys: "image" }));
holds<Equal<ItemIn<typeof open>["image_7"], Volume>>();

const computed = scans.pipe(
  lambda({ keys: ["image"], func: (image) => image.spacing }),
  lambda({ keys: "age", func: async (years) => years.toFixed() }),
);
holds<Equal<ItemIn<typeof computed>, { image: number[]; label: Volume; age: string }>>();
const bare = images.pipe(lambda({ func: (image) => image.channels }));
holds<Equal<typeof bare, Dataset<number>>>();
scans.pipe(lambda({ keys: ["image", "age"], func: (value) => holds<Equal<typeof value, Volume | number>>() }));
const withOptions = scans.pipe(
  simulateDelay(),
  lambda({ keys: "age", func: (age, { options }) => age * options.factor, version: 1, options: { factor: 2 } }),
);
holds<Equal<ItemIn<typeof withOptions>["age"], number>>();
const alone = lambda({ keys: "image", func: (image: Volume) => image.flip([0]), version: 1 });
const withAlone = scans.pipe(alone);
holds<Equal<ItemIn<typeof withAlone>, Scan>>();

// Kept in variables, operators take any record with their fields.
const pair = selectItems(["image", "label"]);
const doubled = copyItems({ keys: "image" });
const scan = renameItems({ image: "scan" });
const channels = splitChannel({ keys: "image", names: ["t1", "t2"] });
const both = concatItems({ keys: ["image", "label"], name: "both" });
const kept = scans.pipe(doubled, both, channels, scan);
holds<Equal<keyof ItemIn<typeof kept>, "scan" | "label" | "age" | "image_0" | "both" | "t1" | "t2">>();
const pairs = masked.pipe(pair);
holds<Equal<ItemIn<typeof pairs>, { image: Volume; label: Volume }>>();
const random = randLambda({ keys: "image", func: (image: Volume) => image });
holds<Equal<ItemIn<ReturnType<typeof piped>>, Scan>>();
function piped() {
  return scans.pipe(random, castToType({ keys: "label" }));
}

const same = scans.pipe(
  ensureChannelFirst({ keys: "image" }),
  castToType({ keys: ["image", "label"], dtype: ["float32", "uint8"] }),
  repeatChannel({ keys: "image", repeats: 3 }),
  squeezeDim({ keys: ["image"] }),
  simulateDelay({ delayMs: 0 }),
  dataStats({ keys: "image" }),
  randLambda({ keys: "image", func: (image, { random }) => image.flip([random().integer(3)]) }),
);
holds<Equal<typeof same, IndexedDataset<Scan>>>();

const chosen = scans.pipe(
  oneOf([flip({ keys: "image" }), map((scan) => ({ ...scan, age: scan.age + 1 }))], { weights: [1, 2] }),
  someOf([randFlip({ keys: ["image", "label"] }), rotate90({ keys: ["image", "label"] })], { numTransforms: [0, 2] }),
  randomOrder([compose(flip({ keys: "image" }), rotate90({ keys: "image" })), simulateDelay()]),
);
holds<Equal<typeof chosen, IndexedDataset<Scan>>>();
const chosenBare = images.pipe(oneOf([flip({}), rotate90()]));
holds<Equal<typeof chosenBare, Dataset<Volume>>>();

const fromFiles = Dataset.from([{ t1: "a.nii", t2: "b.nii", id: 1 }]).pipe(
  load(["t1", "t2"]),
  concatItems({ keys: ["t1", "t2"], name: "image" }),
  selectItems(["image", "id"]),
  renameItems({ id: "subject" }),
  batch(2),
);
holds<Equal<ItemIn<typeof fromFiles>["subject"], number[]>>();

// @ts-expect-error there is no field "imgae"
scans.pipe(selectItems(["imgae"]));
// @ts-expect-error there is no field "mask"
scans.pipe(deleteItems("mask"));
// @ts-expect-error there is no field "mask", also where fields may be missing
scans.pipe(selectItems(["mask"], { allowMissingKeys: true }));
// @ts-expect-error there is no field "mask" to copy
scans.pipe(copyItems({ keys: "mask" }));
// @ts-expect-error there is no field "mask" to rename
scans.pipe(renameItems({ mask: "label" }));
// @ts-expect-error `age` is no volume
scans.pipe(concatItems({ keys: ["image", "age"], name: "both" }));
// @ts-expect-error `age` is no volume
scans.pipe(splitChannel({ keys: "age" }));
// @ts-expect-error there is no field "mask"
scans.pipe(lambda({ keys: "mask", func: (value) => value }));
// @ts-expect-error `age` is a number
scans.pipe(lambda({ keys: "age", func: (age: Volume) => age }));
// @ts-expect-error what it gives is not what the field holds
scans.pipe(randLambda({ keys: "age", func: (age) => String(age) }));
// @ts-expect-error there is no field "mask"
scans.pipe(oneOf([flip({ keys: "image" }), flip({ keys: "mask" })]));
// @ts-expect-error there is no field "mask" to rename, beside one that is there
scans.pipe(renameItems({ image: "scan", mask: "label" }));
// @ts-expect-error `label` is gone
scans.pipe(deleteItems(["label"]), castToType({ keys: "label" }));
// @ts-expect-error a choice is among operators that keep the type of items
scans.pipe(oneOf([selectItems(["image"])]));
// @ts-expect-error a filter leaves items out
scans.pipe(oneOf([filter((scan: Scan) => scan.age > 3)]));
// @ts-expect-error no such type
castToType({ dtype: "int7" });
