/** What shards for Python's webdataset are made of. */
import { Volume } from "voxrx";

/** The volume in test/datasets/webdataset/volume.nii: int16, 3 x 4 x 5 voxels of 0.5 x 1 x 2.5 mm. */
export const smallVolume = new Volume({
  data: Int16Array.from({ length: 60 }, (_, n) => 7 * n - 200),
  shape: [1, 3, 4, 5],
  affine: [-0.5, 0, 0, 10, 0, 1, 0, -20, 0, 0, 2.5, 30, 0, 0, 0, 1],
  layout: "x-fastest",
});

const byte = (...values: number[]) => Uint8Array.from(values);

/** Ids that a file in a tar can't begin with, or that need a pax header, and ordinary ones. */
const ids = [
  "case1",
  "imagesTr/la_003.nii.gz",
  "sub-01/ses-2/anat/sub-01_ses-2_T1w",
  "größe/脳",
  "e\u0301/\u00e9",
  "v1.2/scan",
  `${"deep/".repeat(40)}case`,
  "é".repeat(120),
  "100%/50%2E",
  "__meta__/x",
  "../up/./and//down/",
  "/absolute",
  "c:\\data\\scan.dcm",
  "line\nbreak",
  "",
];

/** An item with every kind of field. */
export const itemOfKinds = {
  __key__: "kinds",
  image: smallVolume,
  mask: new Volume({ data: byte(0, 1, 2, 3, 4, 5, 6, 7), shape: [1, 2, 2, 2], layout: "x-fastest" }),
  two: new Volume({ data: Float32Array.of(0.5, -1.5, 3, 4), shape: [2, 2, 1], layout: "x-fastest" }),
  label: -3,
  large: Number.MAX_SAFE_INTEGER,
  ratio: 0.1,
  small: 5e-324,
  text: "größer\r\n\t脳 😀",
  empty: "",
  about: { age: 61, sides: ["left", "right"], nested: { none: null, yes: true }, é: "\u2028" },
  list: [1, -0.5, "x", null],
  none: null,
  no: false,
  raw: byte(0, 255, 10, 13),
  nothing: byte(),
};

/** Items with every kind of field, one for each id, and some whose fields are named as WebDataset names them. */
export const items: readonly Readonly<Record<string, unknown>>[] = [
  ...ids.map((id, n) => ({ __key__: id, n, note: `item ${n}: ${id}` })),
  itemOfKinds,
  {
    __key__: "named",
    nii: smallVolume,
    txt: "plain",
    cls: 7,
    json: { a: 1 },
    "seg.nii": smallVolume,
    id: 5,
    bin: byte(1),
  },
  { __key__: "Upper", Image: smallVolume, NOTE: "upper case" },
];
