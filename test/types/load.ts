/** What `load` does to the types of records. Checked by the compiler alone. */
import { Dataset, type Volume } from "voxrx";
import { load, map } from "voxrx/operators";

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
