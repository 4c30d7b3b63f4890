/** What docs/errors.md says about items and their fields. */
import { Dataset, type Volume } from "voxrx";
import * as op from "voxrx/operators";
import { ramp } from "../../../test/support/volumes.ts";
import type { Advice, Code } from "./advice.ts";

interface Scan {
  readonly image: Volume;
  readonly label: Volume;
}

const scanOf = (image: Volume, label: Volume = image) => Dataset.from<Scan>([{ image, label }]);
const empty = () => ramp([1, 4, 4, 4]).mapSamples(() => 0);

/** Items whose fields the compiler doesn't know, as in JavaScript or with records read from JSON. */
function unknownFields(item: object): Dataset<Record<string, Volume>>;
function unknownFields(item: object): Dataset<object> {
  return Dataset.from([item]);
}

const windows = () => scanOf(ramp([1, 4, 4, 4])).pipe(op.slidingWindow({ keys: "image", roiSize: 2, overlap: 0 }));

/** Codes of items that are not what an operator takes. */
export const itemsAndFields = {
  VOXRX_MISSING_KEY: {
    when: [
      "A name in `keys`, `labelKey`, `sourceKey` or the like is not a field of the item: misspelled, or a field that an operator before it renamed or left out (`selectItems`, `deleteItems`, a `map` that returns a new record).",
      "Only some items have the field, such as scans without a label.",
      "`batch` got items with different fields; `join` or `balance` an item without the field that it goes by.",
    ],
    remedies: [
      "The message lists the fields that the item has. `await dataset.peek()` shows the first item at any place of the pipeline.",
      "Where a field may be absent, set `allowMissingKeys: true`, or leave such items out with `filter`.",
    ],
    code: `import { Dataset } from "voxrx";
import { load, spacing } from "voxrx/operators";
const scans = Dataset.from([{ image: "a.nii.gz", label: "a-label.nii.gz" }]).pipe(load(["image", "label"]));
console.log(await scans.peek());
scans.pipe(spacing({ keys: "image", pixdim: 1, allowMissingKeys: true }));`,
    provoke: () =>
      unknownFields({ image: ramp([1, 2, 2, 2]), label: 1 })
        .pipe(op.flip({ keys: "lable" }))
        .toArray(),
  },
  VOXRX_WRONG_FIELD: {
    when: [
      "A field is still a path: the operator comes before `load`, or `load` does not name the field.",
      "A field has no volume: an id, a number, the bytes of a file (these are for `decode`).",
      "Items are bare volumes and `keys` was given, or the other way round.",
      "`load` with `root`, or a list from an archive: a path leads out of the directory.",
      "`fgBgToIndices` is missing before the crop that uses its indices; `unbatch` got something that is not a batch; two classes of `balance` have different types.",
      "A new field of `splitChannel`, `join` and others has the name of a field that is there already.",
    ],
    remedies: [
      "The message says which field it is and what it holds. Look at an item with `await dataset.peek()`.",
      "Put `load` first, with all fields that hold paths. Keep operators on volumes before `batch`.",
    ],
    provoke: () =>
      unknownFields({ image: "scans/001.nii.gz" })
        .pipe(op.flip({ keys: "image" }))
        .toArray(),
  },
  VOXRX_TRANSFORM_FAILED: {
    when: [
      "Your own code threw: a function in `map`, `filter`, `lambda`, a callback such as `onProgress`, a generator or Observable that is the source, an operator or store of your own.",
      "An RxJS operator in `Dataset.pipe` got an item that failed before it; it ends there, like every RxJS pipeline.",
      "`voxrx run` could not import the pipeline, or its module threw.",
    ],
    remedies: [
      "`error.cause` is what was thrown, unchanged, with its own stack: start there. `error.item` is the item it happened for.",
      "Compute that one item again: `await dataset.replay(error.item)`.",
      "To go on without items that fail, put [`onError`](#voxrx_too_many_errors) after the function, and before any RxJS operator. A source that threw has ended; nothing can skip that.",
    ],
    code: `import { type Dataset, isVoxRxError } from "voxrx";
declare const training: Dataset<unknown>;
try {
  for await (const item of training) console.log(item);
} catch (error) {
  if (isVoxRxError(error)) console.error(error.code, error.item, error.operator, error.file, error.cause);
  throw error;
}`,
    provoke: () =>
      Dataset.from(["scan1"], { id: (name) => name })
        .pipe(
          op.map((name) => {
            throw new Error(`no age for ${name}`);
          }),
        )
        .toArray(),
  },
  VOXRX_TOO_MANY_ERRORS: {
    when: [
      "`onError({ skip: true })` skipped more items than `maxItems` allows (10 unless given). A few damaged files are normal; many failures have one reason, such as a wrong directory or a misspelled key.",
    ],
    remedies: [
      "`error.cause` is the last failure. Every one before was printed, or given to `onSkip`.",
      "Run `voxrx check DIR` over the files, which reads all of them and lists what is damaged.",
      "Raise `maxItems` if the failures are expected.",
    ],
    code: `import { Dataset } from "voxrx";
import { load, onError } from "voxrx/operators";
Dataset.from([{ image: "a.nii.gz" }]).pipe(
  load(["image"]),
  onError({ skip: true, maxItems: 20, onSkip: (error) => console.error(error.code, error.item, error.message) }),
);`,
    provoke: () =>
      Dataset.from([1, 2])
        .pipe(
          op.map((n) => n.toFixed(1000)),
          op.onError({ skip: true, maxItems: 1, onSkip: () => undefined }),
        )
        .toArray(),
  },
  VOXRX_AMBIGUOUS_MATCH: {
    when: [
      "`join`: two items of the right dataset have the value that an item of the left one is looked for by, such as two rows for one patient.",
    ],
    remedies: [
      "Join on something that is unique on the right, such as patient and date together, with functions in `on`.",
      "Or swap the sides: many items on the left may match one on the right.",
    ],
    provoke: () =>
      op
        .join(
          Dataset.from([{ patient: 1, image: "a.nii.gz" }]),
          Dataset.from([
            { patient: 1, age: 48 },
            { patient: 1, age: 49 },
          ]),
          { on: "patient" },
        )
        .toArray(),
  },
  VOXRX_SHAPE_MISMATCH: {
    when: [
      "`batch` got volumes of different sizes: scans that were not cropped, padded or resampled to one size.",
      "A crop is larger than the image; the foreground of `cropForeground` is empty; a region lies outside of the image.",
      "The image and its label, or two modalities, have different grids.",
      "An option has one value per channel, and the image has another number of them; or `sampling`, or `pixdim` of `removeSmallObjects`, has one value per axis.",
      "`unbatch`, `stitch` or `invert` got a prediction of another size than the input of the network.",
    ],
    remedies: [
      'For a batch: `batch({ size, collate: "pad" })` pads to the largest, `collate: "list"` keeps volumes apart; or bring all to one size with `resizeWithPadOrCrop` or a crop.',
      "Before a crop, `spatialPad` to its size, or set `allowSmaller: true`.",
      "For two grids: `spacing` on both keys, or `resampleToMatch` onto one of them. `voxrx check DIR` lists labels that don't fit their images.",
    ],
    code: `import { Dataset } from "voxrx";
import { batch, load, randSpatialCrop, spatialPad } from "voxrx/operators";
Dataset.from([{ image: "a.nii.gz" }]).pipe(
  load(["image"]),
  spatialPad({ keys: "image", spatialSize: [96, 96, 96] }),
  randSpatialCrop({ keys: "image", roiSize: [96, 96, 96] }),
  batch(2),
);`,
    provoke: () =>
      Dataset.from([{ image: ramp([1, 4, 4, 4]) }, { image: ramp([1, 4, 4, 5]) }])
        .pipe(op.batch(2))
        .toArray(),
  },
  VOXRX_BAD_VOLUME: {
    when: [
      "`new Volume(...)` or `withSamples(...)` got data whose length is not the product of the shape, or strides that lead out of it.",
      "A channel, axis or crop was asked for that the volume does not have.",
      "A 2D image came to an operator for three axes, such as `rand3DElastic`.",
    ],
    remedies: [
      "`shape` is `[channels, x, y, z]` or `[channels, x, y]`: a volume of one channel needs the leading 1.",
      "Give exactly as many samples as the shape has; for a view of a larger buffer give `strides` and `offset`, too.",
    ],
    provoke: () => ramp([1, 2, 2, 2]).withSamples({ data: new Float32Array(7) }),
  },
  VOXRX_VALUE_RANGE: {
    when: [
      "A value does not fit into the integer type of the result: 300, -1 or NaN into uint8; in `mapSamples` a fraction too. Nothing wraps. `castToType` cuts fractions off, and only writing a file with `dtype` rounds and clamps.",
      "Usually `mapSamples` on a label or a CT of integers, `castToType`, or `mapLabelValue` with larger values.",
    ],
    remedies: [
      'Ask for a type that can hold the values: `mapSamples(fn, { dtype: "float32" })`.',
      "Or round and clip in the function.",
    ],
    provoke: () => ramp([1, 2, 2, 2], "uint8").mapSamples((value) => value - 1).samples,
  },
  VOXRX_BAD_LABEL: {
    when: [
      '`asDiscrete({ toOnehot: n })` got a label with a value that is not 0 to n - 1: a fourth class, 255 for "ignore", or values of an atlas such as 1001.',
      "The label was resampled with linear interpolation, which makes fractions.",
    ],
    remedies: [
      "Raise `toOnehot` to the number of classes with the background, or map the values first with `mapLabelValue`.",
      'Resample labels with `mode: "nearest"`. `voxrx stats DIR` lists the values of all labels.',
    ],
    provoke: () =>
      scanOf(ramp([1, 2, 2, 2]))
        .pipe(op.asDiscrete({ keys: "label", toOnehot: 3 }))
        .toArray(),
  },
  VOXRX_NO_VOXEL: {
    when: [
      "`randCropByPosNegLabel` found neither foreground nor background to crop around: `imageThreshold` leaves out all of the background of a label that is empty.",
      "`randCropByLabelClasses`: the label has no voxel of a class whose ratio is above 0.",
    ],
    remedies: [
      "Lower `imageThreshold`: it is compared with the image after all transforms before it, such as a scaling to 0 to 1.",
      "Give a ratio to the background class, or leave such items out with `filter` or `onError`.",
    ],
    provoke: () =>
      scanOf(empty())
        .pipe(
          op.randCropByLabelClasses({
            keys: "image",
            labelKey: "label",
            spatialSize: 2,
            ratios: [0, 1],
            numClasses: 2,
          }),
        )
        .toArray(),
  },
  VOXRX_CLASS_ABSENT: {
    when: [
      "`randCropByPosNegLabel` was told to crop around foreground only (`neg: 0`), and a label has none; or around background only (`pos: 0`), and a label is full. It used the other. Each operator warns about its first such item only.",
    ],
    remedies: [
      "If such items must not take part, leave them out with `filter` before the crop.",
      "If they should, give both weights (`pos: 1, neg: 1`), and the warning stops.",
    ],
    provoke: () =>
      scanOf(ramp([1, 4, 4, 4]), empty())
        .pipe(op.randCropByPosNegLabel({ keys: "image", labelKey: "label", spatialSize: 2, pos: 1, neg: 0 }))
        .toArray(),
  },
  VOXRX_BROKEN_WINDOWS: {
    when: [
      "Between `slidingWindow` and `stitch` a patch was lost, repeated or moved: by `filter`, `onError`, `shuffle`, `take`, or an RxJS operator that does not keep order.",
      "A function there returned a volume of its own without `meta.patch`, or patches were flipped.",
    ],
    remedies: [
      "Keep all patches in their order between the two. Only `batch`, the model and `unbatch` belong there.",
      "Put the network's output back with `withSamples`, which keeps the `meta` of the patch.",
    ],
    provoke: () =>
      windows()
        .pipe(op.skip(1), op.stitch({ keys: "image" }))
        .toArray(),
  },
  VOXRX_NOT_INVERTIBLE: {
    when: [
      "`invert` has to undo a deformation, which has no inverse: `rand3DElastic` or `randGridDistortion` was applied to the image.",
      "An operator of your own changed the grid and did not record it in `meta.applied`.",
    ],
    remedies: [
      "Leave deformations out of the pipeline for inference; they are for training.",
      "Declare your operator as geometric, so that it is recorded: see [write your own](write-your-own.md).",
    ],
    provoke: () =>
      scanOf(ramp([1, 8, 8, 8]))
        .pipe(
          op.rand3DElastic({ keys: ["image", "label"], prob: 1, sigmaRange: [2, 3], magnitudeRange: [1, 2] }),
          op.invert({ keys: "label", origKey: "image" }),
        )
        .toArray(),
  },
} satisfies Partial<Record<Code, Advice>>;
