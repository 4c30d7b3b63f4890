/** What `load` does to the types of records. Checked by the compiler alone. */
import { Dataset, type IndexedDataset, type Volume } from "voxrx";
import { datalist, openDirectory } from "voxrx/datasets";
import { decode, flip, load, map, save, writeShards } from "voxrx/operators";

type Equal<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
type ItemIn<D> = D extends AsyncIterable<infer T> ? T : never;
function holds<_T extends true>(): void {}

const records = Dataset.from([{ image: "a.nii", label: "b.nii", age: 1 }]);

const one = records.pipe(load(["image"]));
holds<Equal<ItemIn<typeof one>, { image: Volume; label: string; age: number }>>();

const both = records.pipe(
  load({ keys: ["image", "label"], dtype: ["float32", "auto"], concurrency: 2 }),
  map(({ image, label, age }) => ({ dtypes: [image.dtype, label.dtype], age })),
);
holds<Equal<ItemIn<typeof both>["age"], number>>();

const bareKey = records.pipe(load("label"));
holds<Equal<ItemIn<typeof bareKey>, { image: string; label: Volume; age: number }>>();

const paths = Dataset.from(["a.nii"]).pipe(load());
holds<Equal<ItemIn<typeof paths>, Volume>>();
Dataset.from(["a.nii"]).pipe(load({ dtype: "int16" }));

// Optional fields stay optional; a record that says little of its fields is no obstacle.
declare const partly: IndexedDataset<{ image: string; label?: string; age: number }>;
const optional = partly.pipe(load(["image", "label"], { allowMissingKeys: true }), flip({ keys: ["image", "label"] }));
holds<Equal<typeof optional, IndexedDataset<{ image: Volume; label?: Volume; age: number }>>>();
const listed = datalist("dataset.json").pipe(load(["image", "label"]), save({ keys: "label", dir: "copies" }));
holds<Equal<ItemIn<typeof listed>["image"], Volume>>();
holds<Equal<ItemIn<typeof listed>["label"], Volume | undefined>>();
holds<Equal<ItemIn<typeof listed>["subject"], unknown>>();
const labeled = datalist("dataset.json", { labeled: true }).pipe(load(["image", "label"]));
holds<Equal<ItemIn<typeof labeled>["label"], Volume>>();
const opened = openDirectory("data", { labeled: true }).pipe(load(["image", "label"]));
holds<Equal<ItemIn<typeof opened>["label"], Volume>>();
declare const isLabeled: boolean;
const perhaps = openDirectory("data", { labeled: isLabeled }).pipe(load("image"));
holds<Equal<ItemIn<typeof perhaps>["label"], string | readonly string[] | undefined>>();

// Kept in variables, operators take any record with their fields.
const pairs = load(["image", "label"]);
const whole = records.pipe(pairs);
holds<Equal<ItemIn<typeof whole>, { image: Volume; label: Volume; age: number }>>();
const lenient = load(["image", "label"], { allowMissingKeys: true });
const keptApart = partly.pipe(lenient);
holds<Equal<ItemIn<typeof keptApart>, { image: Volume; label?: Volume; age: number }>>();
// @ts-expect-error the label may be missing
partly.pipe(pairs);
const bare = load({ dtype: "int16" });
const volumes = Dataset.from(["a.nii"]).pipe(bare);
holds<Equal<typeof volumes, IndexedDataset<Volume>>>();

declare const bytes: Dataset<{ name: string; bytes: Uint8Array; ct: Uint8Array; mr?: Uint8Array }>;
const decoded = bytes.pipe(decode());
holds<Equal<ItemIn<typeof decoded>, Volume>>();
const fields = bytes.pipe(decode(["ct", "mr"], { nameKey: "name" }));
holds<Equal<ItemIn<typeof fields>, { name: string; bytes: Uint8Array; ct: Volume; mr?: Volume }>>();

const written = records.pipe(writeShards({ dir: "shards", id: ({ age }, id) => `${age.toFixed()}-${id}` }));
holds<Equal<typeof written, Dataset<{ image: string; label: string; age: number }>>>();

// @ts-expect-error the field holds no bytes
bytes.pipe(decode("name"));
// @ts-expect-error these are no items { name, bytes }
records.pipe(decode());
// @ts-expect-error images are loaded before they are saved
records.pipe(save({ keys: "image", dir: "copies" }));
// @ts-expect-error there is no such field
records.pipe(load({ keys: ["image", "imgae"] }));
// @ts-expect-error there is no such field
records.pipe(load(["imgae"]));
// @ts-expect-error the field holds no path
records.pipe(load(["age"]));
// @ts-expect-error records need the names of fields
records.pipe(load());
// @ts-expect-error no such type
load(["image"], { dtype: "int7" });
// @ts-expect-error the keys are given already
load(["image"], { keys: ["label"] });
