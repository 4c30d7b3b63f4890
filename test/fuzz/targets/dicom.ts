/** DICOM: elements in all encodings, compressed frames, multi-frame files, mosaics, and series of files. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { dicomFolder } from "../../../datasets/dicom-folder.ts";
import { codestreamOf } from "../../../src/format/dicom/codestream.ts";
import { decodeJpegLs } from "../../../src/format/dicom/decode-jpeg-ls.ts";
import { readVolume } from "../../../src/format/read-volume.ts";
import { type Elements, type FileInit, fragmentsOf, plainFile } from "../../support/dicom-elements.ts";
import { jpegLsFrame } from "../../support/jpeg-ls.ts";
import { checkVolume, holdsValues, imageInput, readBy } from "../image-input.ts";
import { blindChanges, edgeIntegers, edgeWords } from "../mutations.ts";
import { broken, type FuzzInput, type Target, workDir } from "../target.ts";

interface DicomCase {
  readonly elements: Elements;
  readonly init: FileInit;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const uid = (end: string) => `1.2.840.10008.1.2${end}`;
const encodings: readonly FileInit[] = [
  { announced: uid(".1") },
  { announced: uid(""), explicit: false },
  { announced: uid(".2"), littleEndian: false },
  { announced: uid(".1.99"), deflated: true },
];

/** An RLE frame of one or two bytes a pixel: each plane as literal runs (PS3.5, annex G). */
function rleFrame(values: readonly number[], bytes: number): Buffer {
  const planes = Array.from({ length: bytes }, (_, plane) => {
    const shift = 8 * (bytes - 1 - plane);
    const parts: number[] = [];
    for (let at = 0; at < values.length; at += 128) {
      const some = values.slice(at, at + 128).map((value) => (value >> shift) & 255);
      parts.push(some.length - 1, ...some);
    }
    return Buffer.from(parts.length % 2 === 0 ? parts : [...parts, 0]);
  });
  const head = Buffer.alloc(64);
  head.writeUInt32LE(bytes, 0);
  let at = 64;
  for (const [n, plane] of planes.entries()) {
    head.writeUInt32LE(at, 4 + 4 * n);
    at += plane.length;
  }
  return Buffer.concat([head, ...planes]);
}

const frames = fc.record({
  columns: fc.integer({ min: 1, max: 6 }),
  rows: fc.integer({ min: 1, max: 6 }),
  count: fc.integer({ min: 1, max: 3 }),
  wide: fc.boolean(),
  kind: fc.constantFrom("plain", "plain", "rle", "jpeg-ls", "enhanced"),
  encoding: fc.constantFrom(...encodings),
});

const cases: fc.Arbitrary<DicomCase> = frames.map(({ columns, rows, count, wide, kind, encoding }) => {
  const size = columns * rows;
  const isLs = kind === "jpeg-ls";
  const bits = isLs ? 6 : wide ? 16 : 8;
  const values = Array.from({ length: size * count }, (_, n) => (n * 7) % (isLs ? 64 : 200));
  const frame = (n: number) => values.slice(n * size, (n + 1) * size);
  const each = Array.from({ length: count }, (_, n) => n);
  const measures: Elements = {
    "00289110": ["SQ", [{ "00280030": ["DS", "2\\1"], "00180050": ["DS", "3"] }]],
    "00209116": ["SQ", [{ "00200037": ["DS", "1\\0\\0\\0\\1\\0"] }]],
  };
  const places: Elements[] = each.map((n) => ({ "00209113": ["SQ", [{ "00200032": ["DS", `0\\0\\${3 * n}`] }]] }));
  const elements: Elements = {
    "00280010": ["US", [rows]],
    "00280011": ["US", [columns]],
    "00280100": ["US", [isLs ? 8 : bits]],
    "00280101": ["US", [bits]],
    "00280102": ["US", [bits - 1]],
    ...(count > 1 ? { "00280008": ["IS", String(count)], "00180088": ["DS", "2"] } : {}),
    "7FE00010": [wide && !isLs ? "OW" : "OB", wide && !isLs ? values : Uint8Array.from(values)],
    ...(kind === "enhanced" ? { "52009229": ["SQ", [measures]], "52009230": ["SQ", places] } : {}),
    ...(kind === "rle" ? { "7FE00010": ["OB", fragmentsOf(...each.map((n) => rleFrame(frame(n), bits / 8)))] } : {}),
    ...(isLs
      ? { "7FE00010": ["OB", fragmentsOf(...each.map((n) => jpegLsFrame(frame(n), columns, rows, bits)))] }
      : {}),
  };
  const packed = kind === "rle" ? uid(".5") : isLs ? uid(".4.80") : undefined;
  const isBig = encoding.littleEndian === false && !wide;
  const init = packed === undefined ? (isBig ? (encodings[0] ?? {}) : encoding) : { announced: packed };
  return { elements, init, shape: [1, columns, rows, count], values };
});

const tags = [
  ...["00020010", "00080005", "00080008", "00080060", "00180050", "00180088", "0020000E", "00200013", "00200032"],
  ...["00200037", "00280002", "00280004", "00280006", "00280008", "00280010", "00280011", "00280030", "00280034"],
  ...["00280100", "00280101", "00280102", "00280103", "00281052", "00281053", "00283000", "00540081", "3004000C"],
  ...["52009229", "52009230", "7FE00008", "7FE00010", "00291010", "0019100A", "00089215"],
];
const vrs = ["US", "SS", "UL", "SL", "FL", "FD", "DS", "IS", "LO", "CS", "UI", "OB", "OW", "SQ", "UN", "AT", "ZZ"];

/** Elements removed, added, in another VR, with other values or nested in sequences. */
const elementChanges = fc
  .array(
    fc.tuple(
      fc.nat(7),
      fc.constantFrom(...tags),
      fc.constantFrom(...vrs),
      edgeWords,
      fc.array(edgeIntegers, { maxLength: 4 }),
    ),
    {
      minLength: 1,
      maxLength: 2,
    },
  )
  .map((changes) => (elements: Elements) => {
    const next: Record<string, Elements[string]> = { ...elements };
    for (const [kind, tag, vr, word, numbers] of changes) {
      const fitting = numbers.map((value) => Math.max(0, Math.min(value, 65535)));
      if (kind === 0) next[tag] = undefined;
      else if (kind === 1) next[tag] = [vr, fitting];
      else if (kind === 2) next[tag] = [next[tag]?.[0] ?? vr, word];
      else if (kind === 3) next[tag] = ["DS", numbers.join("\\")];
      else if (kind === 4) next[tag] = nested(numbers.length * 12, tag);
      else if (kind === 5) next[tag] = [vr, next[tag]?.[1] ?? word];
      else if (kind === 6) next[tag] = ["SQ", [elements, {}]];
      else next[tag] = ["IS", String(numbers[0] ?? 0)];
    }
    return next;
  });

function nested(depth: number, tag: string): Elements[string] {
  return depth === 0 ? ["LO", "inside"] : ["SQ", [{ [tag]: nested(depth - 1, tag) }]];
}

/** Elements of which each makes an image wrong: values that are no number, too few, too many, or contradictory. */
const wrongElements: fc.Arbitrary<Elements> = fc.constantFrom<Elements>(
  { "00281053": ["FD", new Uint8Array(12).fill(1)] },
  { "00281053": ["DS", "1,5"] },
  { "00281053": ["DS", "1\\2"] },
  { "00281052": ["DS", "-1024HU"] },
  { "00281052": ["FL", new Uint8Array(6).fill(1)] },
  { "00280010": ["UL", new Uint8Array(6).fill(1)] },
  { "00280011": ["US", [0]] },
  { "00280011": undefined },
  { "00280008": ["IS", "1e400"] },
  { "00280008": ["IS", "0"] },
  { "00280030": ["DS", "1"] },
  { "00280030": ["DS", "1\\0"] },
  { "00200037": ["DS", "1\\0\\0\\1\\0\\0"] },
  { "00200032": ["DS", "0\\0"] },
  { "00280102": ["US", [63]] },
  { "00280100": undefined },
);

const inputs: fc.Arbitrary<FuzzInput> = fc
  .tuple(cases, elementChanges, blindChanges, fc.nat(8), wrongElements)
  .map(([{ elements, init, shape, values }, inElements, change, odds, wrong]) => {
    // In functional groups, the file's own elements are not looked at.
    const isPlain = elements["52009229"] === undefined;
    if (odds === 8 && isPlain)
      return imageInput({ bytes: plainFile({ ...elements, ...wrong }, init), name: "a.dcm", isWrong: true });
    if (odds === 0) {
      const bytes = plainFile(elements, init);
      return imageInput({ bytes, name: "a.dcm", expected: holdsValues(shape, values) });
    }
    const bytes = plainFile(odds < 5 ? inElements(elements) : elements, init);
    return imageInput({ bytes: odds === 4 || odds > 5 ? change(bytes) : bytes, name: "a.dcm" });
  });

/** The decoder of JPEG-LS, without DICOM around it. */
const jpegLsInputs: fc.Arbitrary<FuzzInput> = fc
  .record({
    columns: fc.integer({ min: 1, max: 20 }),
    rows: fc.integer({ min: 1, max: 20 }),
    precision: fc.integer({ min: 2, max: 8 }),
    step: fc.nat(9),
    change: blindChanges,
    isValid: fc.boolean(),
  })
  .map(({ columns, rows, precision, step, change, isValid }) => {
    const values = Array.from({ length: columns * rows }, (_, n) => (n * step) % 2 ** precision);
    const frame = jpegLsFrame(values, columns, rows, precision);
    const bytes = isValid ? frame : change(frame);
    return {
      shown: bytes,
      async check() {
        const stream = codestreamOf(bytes);
        if (stream?.plainScan === undefined || stream.columns * stream.rows > 2 ** 20) return "VOXRX_BAD_COMPRESSION";
        const samples = decodeJpegLs(stream.bytes.subarray(stream.plainScan), stream);
        if (isValid && String(samples) !== String(values)) broken("other samples");
        if (samples && samples.length !== stream.columns * stream.rows) broken(`${samples.length} samples`);
        if (samples?.some((sample) => sample >= 2 ** stream.precision)) broken("a sample has too many bits");
        return samples ? "right" : "VOXRX_BAD_COMPRESSION";
      },
    };
  });

const series: fc.Arbitrary<FuzzInput> = fc
  .tuple(cases, fc.array(fc.tuple(elementChanges, blindChanges, fc.nat(5)), { minLength: 2, maxLength: 4 }))
  .map(([{ elements, init }, slices]) => {
    const files = slices.map(([inElements, change, odds], n) => {
      const own: Elements = {
        ...elements,
        "00200032": ["DS", `0\\0\\${2 * n}`],
        "00200013": ["IS", String(n + 1)],
        "00080018": ["UI", `1.2.9.${n}`],
      };
      const bytes = plainFile(odds === 0 ? inElements(own) : own, init);
      return odds === 1 ? change(bytes) : bytes;
    });
    return { shown: Buffer.concat(files), check: () => checkSeries(files) };
  });

async function checkSeries(files: readonly Uint8Array[]) {
  const dir = join(workDir(), "series");
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  for (const [n, bytes] of files.entries()) writeFileSync(join(dir, `${n}.dcm`), bytes);
  const read = await readBy(() => readVolume(dir));
  if (typeof read !== "string") checkVolume(read);
  for (const item of await dicomFolder(dir).toArray())
    if (typeof item.image !== "string") broken("an item has no image");
  return typeof read === "string" ? read : ("right" as const);
}

export const dicomTargets: readonly Target[] = [
  { name: "dicom", inputs, cost: 2 },
  { name: "jpeg-ls", inputs: jpegLsInputs },
  { name: "dicom series", inputs: series, cost: 8 },
];
