/** MGH and NumPy arrays. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { npz } from "../../../datasets/npz.ts";
import { readVolume } from "../../../src/format/read-volume.ts";
import { zipOf } from "../../support/archives.ts";
import { npy } from "../../support/npy-file.ts";
import { checkVolume, holdsValues, imageInput, readBy } from "../image-input.ts";
import { blindChanges, edgeWords, type Field, fieldChanges } from "../mutations.ts";
import { broken, type FuzzInput, type Target, workDir } from "../target.ts";

const mghFields: readonly Field[] = [
  ...[0, 4, 8, 12, 16, 20, 24].map((at): Field => ({ at, kind: "i32" })),
  { at: 28, kind: "i16" },
  ...Array.from({ length: 15 }, (_, n): Field => ({ at: 30 + 4 * n, kind: "f32" })),
];

const mgh: fc.Arbitrary<FuzzInput> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 }),
    type: fc.constantFrom([0, 1], [1, 4], [3, 4], [4, 2]) as fc.Arbitrary<[number, number]>,
    ras: fc.boolean(),
    change: fc.oneof(
      fieldChanges(mghFields, () => false),
      blindChanges,
    ),
    odds: fc.nat(7),
  })
  .map(({ sizes: [x = 1, y = 1, z = 1, frames = 1], type: [type, size], ras, change, odds }) => {
    const count = x * y * z * frames;
    const bytes = Buffer.alloc(284 + count * size);
    for (const [n, value] of [1, x, y, z, frames, type].entries()) bytes.writeInt32BE(value, 4 * n);
    bytes.writeInt16BE(ras ? 1 : 0, 28);
    for (const [n, value] of [1, 2, 3, -1, 0, 0, 0, 0, -1, 0, 1, 0, 4, 5, 6].entries())
      bytes.writeFloatBE(value, 30 + 4 * n);
    const values = Array.from({ length: count }, (_, n) => n % 90);
    for (const [n, value] of values.entries()) {
      const at = 284 + n * size;
      if (type === 0) bytes.writeUInt8(value, at);
      else if (type === 1) bytes.writeInt32BE(value, at);
      else if (type === 3) bytes.writeFloatBE(value, at);
      else bytes.writeInt16BE(value, at);
    }
    if (odds > 0) return imageInput({ bytes: change(bytes), name: "a.mgh", gzip: true });
    return imageInput({ bytes, name: "a.mgh", gzip: true, expected: holdsValues([frames, x, y, z], values) });
  });

interface ArrayBytes {
  readonly bytes: Buffer;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const dtypes = {
  "|u1": 1,
  "<i2": 2,
  ">i2": 2,
  "<f4": 4,
  ">f8": 8,
} as const;

/** Arrays in Fortran order, in which the first axis is fastest, as in our volumes. */
const arrays: fc.Arbitrary<ArrayBytes> = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 2, maxLength: 3 }),
    descr: fc.constantFrom("|u1", "<i2", ">i2", "<f4", ">f8"),
    version: fc.constantFrom(1, 2, 3),
  })
  .map(({ shape, descr, version }) => {
    const values = Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, n) => n);
    const bytes = Buffer.alloc(values.length * dtypes[descr]);
    for (const [n, value] of values.entries()) {
      if (descr === "|u1") bytes.writeUInt8(value, n);
      else if (descr === "<i2") bytes.writeInt16LE(value, 2 * n);
      else if (descr === ">i2") bytes.writeInt16BE(value, 2 * n);
      else if (descr === "<f4") bytes.writeFloatLE(value, 4 * n);
      else bytes.writeDoubleBE(value, 8 * n);
    }
    return { bytes: npy({ descr, fortran: true, shape, bytes, version }), shape: [1, ...shape], values };
  });

/** The header's dictionary with one of its words replaced. */
const headerChange = fc.tuple(fc.nat(30), edgeWords).map(([place, word]) => (bytes: Buffer) => {
  const start = bytes[6] === 1 ? 10 : 12;
  const end = start + (bytes[6] === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8));
  const words = bytes
    .toString("latin1", start, end)
    .trimEnd()
    .split(/(?<=[ '(),:{}])/);
  const n = place % words.length;
  const text = words
    .with(n, word)
    .join("")
    .padEnd(end - start - 1)
    .slice(0, end - start - 1);
  return Buffer.concat([bytes.subarray(0, start), Buffer.from(`${text}\n`, "latin1"), bytes.subarray(end)]);
});

const npyInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(arrays, headerChange, blindChanges, fc.nat(8))
  .map(([{ bytes, shape, values }, inHeader, change, odds]) => {
    if (odds === 0) return imageInput({ bytes, name: "a.npy", expected: holdsValues(shape, values) });
    return imageInput({ bytes: odds < 5 ? inHeader(bytes) : change(bytes), name: "a.npy" });
  });

const npzInputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(arrays, arrays, blindChanges, fc.nat(5), fc.boolean())
  .map(([one, two, change, odds, stored]) => {
    const member = odds === 1 ? change(one.bytes) : one.bytes;
    const both = [
      { name: "one.npy", content: member, stored },
      ...(odds === 2 ? [{ name: "two.npy", content: two.bytes }] : []),
    ];
    const zip = zipOf(both);
    const bytes = odds > 2 ? change(zip) : zip;
    return { shown: bytes, check: () => checkNpz(bytes, odds === 0 ? one : undefined) };
  });

async function checkNpz(bytes: Uint8Array, valid: ArrayBytes | undefined) {
  const path = join(workDir(), "a.npz");
  writeFileSync(path, bytes);
  const read = await readBy(() => readVolume(path));
  if (typeof read !== "string") checkVolume(read);
  if (valid) {
    if (typeof read === "string") broken(`a valid archive is refused: ${read}`);
    holdsValues(valid.shape, valid.values)(read);
  }
  const rows = await npz(path).toArray();
  for (const row of rows)
    for (const value of Object.values(row)) if (value === undefined) broken("a row lacks a value");
  return typeof read === "string" ? read : ("right" as const);
}

export const arrayTargets: readonly Target[] = [
  { name: "mgh", inputs: mgh },
  { name: "npy", inputs: npyInputs },
  { name: "npz", inputs: npzInputs, cost: 4 },
];
