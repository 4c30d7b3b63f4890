/** NIfTI-1, NIfTI-2 and ANALYZE, in one file or two. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readVolume } from "../../../src/format/read-volume.ts";
import { type NiftiFile, niftiFile } from "../../support/nifti-file.ts";
import { checkSame, checkVolume, holdsValues, imageInput, readBy } from "../image-input.ts";
import { blindChanges, type Field, fieldChanges } from "../mutations.ts";
import { type FuzzInput, type Target, workDir } from "../target.ts";

const dims = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
const text = fc.string({ maxLength: 40, unit: "binary-ascii" });

/** Files whose values are integers that every type can hold. */
const files: fc.Arbitrary<NiftiFile> = fc
  .record({
    type: fc.constantFrom(
      "uint8",
      "int8",
      "int16",
      "uint16",
      "int32",
      "uint32",
      "int64",
      "uint64",
      "float32",
      "float64",
    ),
    dims,
    version: fc.constantFrom(1 as const, 2 as const),
    littleEndian: fc.boolean(),
    scaled: fc.boolean(),
    descrip: fc.string({ maxLength: 30, unit: "binary-ascii" }),
    extensions: fc.array(fc.record({ code: fc.constantFrom(4, 6, 44), content: text }), { maxLength: 2 }),
    start: fc.integer({ min: 0, max: 60 }),
  })
  .map(({ scaled, start, ...file }) => {
    const count = file.dims.reduce((product, size) => product * size, 1);
    const values = Array.from({ length: count }, (_, n) => (start + n) % 100);
    const scaling = scaled ? { slope: 2, inter: -3 } : {};
    return {
      ...file,
      values,
      ...scaling,
      sformCode: 1,
      srow: [0, -2, 0, 5, 3, 0, 0, 6, 0, 0, 1, 7],
    } satisfies NiftiFile;
  });

/** The values that a reader must give. */
function expectedOf({ dims: sizes, values, slope = 1, inter = 0 }: NiftiFile) {
  const spatial = Array.from({ length: sizes.length <= 2 ? 2 : 3 }, (_, axis) => sizes[axis] ?? 1);
  const voxels = spatial.reduce((product, size) => product * size, 1);
  const shown = values.map((value) => Number(value) * slope + inter);
  return holdsValues([values.length / voxels, ...spatial], shown);
}

const nifti1Fields: readonly Field[] = [
  { at: 0, kind: "i32" },
  ...Array.from({ length: 8 }, (_, n): Field => ({ at: 40 + 2 * n, kind: "i16" })),
  { at: 70, kind: "i16" },
  { at: 72, kind: "i16" },
  ...Array.from({ length: 8 }, (_, n): Field => ({ at: 76 + 4 * n, kind: "f32" })),
  ...[108, 112, 116].map((at): Field => ({ at, kind: "f32" })),
  { at: 123, kind: "u8" },
  { at: 144, kind: "i32" },
  { at: 252, kind: "i16" },
  { at: 254, kind: "i16" },
  ...Array.from({ length: 18 }, (_, n): Field => ({ at: 256 + 4 * n, kind: "f32" })),
  { at: 344, kind: "u8" },
  { at: 348, kind: "u8" },
  { at: 352, kind: "i32" },
  { at: 356, kind: "i32" },
];

const nifti2Fields: readonly Field[] = [
  { at: 0, kind: "i32" },
  { at: 12, kind: "i16" },
  ...Array.from({ length: 8 }, (_, n): Field => ({ at: 16 + 8 * n, kind: "i64" })),
  ...Array.from({ length: 8 }, (_, n): Field => ({ at: 104 + 8 * n, kind: "f64" })),
  { at: 168, kind: "i64" },
  { at: 176, kind: "f64" },
  { at: 184, kind: "f64" },
  { at: 344, kind: "i32" },
  { at: 348, kind: "i32" },
  ...Array.from({ length: 18 }, (_, n): Field => ({ at: 352 + 8 * n, kind: "f64" })),
  { at: 500, kind: "i32" },
  { at: 540, kind: "u8" },
  { at: 544, kind: "i32" },
];

const isLittle = (bytes: Uint8Array) => (bytes[0] ?? 0) > 0 && bytes[3] === 0;
const changes1 = fc.oneof(fieldChanges(nifti1Fields, isLittle), blindChanges);
const changes2 = fc.oneof(fieldChanges(nifti2Fields, isLittle), blindChanges);

const single: fc.Arbitrary<FuzzInput> = fc
  .tuple(files, changes1, changes2, fc.nat(7))
  .map(([file, change1, change2, odds]) => {
    const bytes = niftiFile(file).single;
    if (odds === 0) return imageInput({ bytes, name: "a.nii", gzip: true, expected: expectedOf(file) });
    return imageInput({ bytes: (file.version === 2 ? change2 : change1)(bytes), name: "a.nii", gzip: true });
  });

/** One file of a pair is changed, or none; the pair is read by either name. */
const pairs: fc.Arbitrary<FuzzInput> = fc
  .tuple(files, fc.boolean(), changes1, fc.nat(7))
  .map(([given, isAnalyze, change, odds]) => {
    const type =
      isAnalyze && ["int8", "uint16", "uint32", "int64", "uint64"].includes(given.type) ? "int16" : given.type;
    const file: NiftiFile = { ...given, type, version: isAnalyze ? "analyze" : 1, pair: true, extensions: [] };
    const { header, samples } = niftiFile(file);
    const changed = odds === 0 ? [header, samples] : odds < 5 ? [change(header), samples] : [header, change(samples)];
    return { shown: Buffer.concat(changed), check: () => checkPair(changed, odds === 0 ? file : undefined) };
  });

async function checkPair(
  [header = new Uint8Array(), samples = new Uint8Array()]: readonly Uint8Array[],
  valid?: NiftiFile,
) {
  const [hdr, img] = [".hdr", ".img"].map((extension) => join(workDir(), `pair${extension}`)) as [string, string];
  writeFileSync(hdr, header);
  writeFileSync(img, samples);
  const read = await readBy(() => readVolume(hdr));
  if (typeof read !== "string") checkVolume(read);
  if (valid) {
    if (typeof read === "string") throw new Error(`a valid pair is refused: ${read}`);
    expectedOf(valid)(read);
  }
  const other = await readBy(() => readVolume(img));
  // A damaged header may be refused for another reason where another format is tried first.
  const areRefused = typeof read === "string" && typeof other === "string";
  if (!areRefused) checkSame(read, other, "read by the name of the samples");
  return typeof read === "string" ? read : ("right" as const);
}

export const niftiTargets: readonly Target[] = [
  { name: "nifti", inputs: single },
  { name: "nifti pairs and analyze", inputs: pairs, cost: 4 },
];
