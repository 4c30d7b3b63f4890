/** Inputs that once failed: a wrong result, an error that is not ours, or work without end. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bids } from "../../datasets/bids.ts";
import { csv } from "../../datasets/csv.ts";
import { datalist } from "../../datasets/datalist.ts";
import { expandBraces } from "../../datasets/expand-braces.ts";
import { ignoreRules } from "../../datasets/ignore-rules.ts";
import { tarEntries } from "../../datasets/tar-entries.ts";
import { nameTest } from "../../src/archive/name-filter.ts";
import { parseBytes } from "../../src/bytes.ts";
import { canonical } from "../../src/fingerprint/canonical.ts";
import { decodeVolume, readHeader, readVolume } from "../../src/format/read-volume.ts";
import { show } from "../../src/show/show.ts";
import { Volume } from "../../src/volume/volume.ts";
import { paxOf, type RawTarEntry, rawTarOf } from "../support/archives.ts";
import { plainFile } from "../support/dicom-elements.ts";
import { niftiFile } from "../support/nifti-file.ts";
import { pngChunk, pngFile } from "../support/png-file.ts";
import { broken, type Outcome, workDir } from "./target.ts";

/** An input with what must come of it. */
export type Case = readonly [name: string, outcome: Outcome, read: () => unknown];

const utf8 = (text: string) => Buffer.from(text);

/** A file of the working directory with this content. */
function file(name: string, content: Uint8Array | string): string {
  const path = join(workDir(), name);
  writeFileSync(path, content);
  return path;
}

function isEqual(found: unknown, wanted: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) broken(`expected ${other}, got ${one}`);
}

const nrrd = (lines: readonly string[], samples: Uint8Array | string = "\x01\x02") =>
  Buffer.concat([utf8(`NRRD0004\n${lines.join("\n")}\n\n`), Buffer.from(samples)]);
const nrrdLines = ["type: uchar", "dimension: 2", "sizes: 2 1", "encoding: raw"];
const decodeNrrd = (bytes: Uint8Array) => decodeVolume(bytes, { name: "a.nrrd" });

const metaImage = (line: string) =>
  utf8(`NDims = 2\nDimSize = 2 1\n${line}\nElementType = MET_UCHAR\nElementDataFile = LOCAL\n\x01\x02`);
async function readMetaImage(line: string): Promise<void> {
  const { samples } = await decodeVolume(metaImage(line), { name: "a.mha" });
  isEqual([...samples], [1, 2]);
}

const rows = (table: string | Uint8Array) => csv(file("corpus.csv", table)).toArray();
const entries = (archive: readonly RawTarEntry[]) => tarEntries(file("corpus.tar", rawTarOf(archive))).toArray();

function base256(first: number): Buffer {
  const field = Buffer.alloc(12, 255);
  field[0] = first;
  return field;
}

async function sidecarOf(json: string): Promise<unknown> {
  const dir = join(workDir(), "corpus-study");
  mkdirSync(join(dir, "sub-1", "anat"), { recursive: true });
  writeFileSync(join(dir, "sub-1", "anat", "sub-1_T1w.nii"), "x");
  writeFileSync(join(dir, "T1w.json"), json);
  const [item] = await bids(dir).toArray();
  return item?.sidecar;
}

const gray = { width: 2, height: 1, colorType: 0, depth: 8, lines: Uint8Array.of(0, 1, 2) } as const;

async function readSmallIntegers(): Promise<void> {
  // As 16-bit words, the samples look like elements of DICOM.
  const { header, samples } = niftiFile({
    type: "int16",
    dims: [12],
    pair: true,
    values: [8, 0, 0, 0, 9, 16, 0, 0, 1, 2, 3, 4],
  });
  file("corpus.hdr", header);
  const volume = await readVolume(file("corpus.img", samples));
  isEqual(volume.get(0, 4, 0), 9);
}

export const corpus: readonly Case[] = [
  ["a size below one byte", "VOXRX_BAD_OPTION", () => parseBytes("0.5")],
  ["a map whose key has no string", "right", () => canonical(new Map([[Object.create(null), 1]]))],
  [
    "-0 in a typed array",
    "right",
    () => canonical(Float32Array.of(0)) === canonical(Float32Array.of(-0)) && broken("the same text"),
  ],
  ["a PNG of no width", "VOXRX_BAD_HEADER", () => readHeader(file("corpus.png", pngFile({ ...gray, width: 0 })))],
  [
    "a PNG with a second header",
    "VOXRX_BAD_HEADER",
    () => decodeVolume(pngFile({ ...gray, chunks: [pngChunk("IHDR", Buffer.alloc(13))] }), { name: "a.png" }),
  ],
  ["samples that look like DICOM", "right", readSmallIntegers],
  ["a MetaImage line of blanks", "right", () => readMetaImage(`${" ".repeat(20_000)}x`)],
  ["a MetaImage value with many blanks", "right", () => readMetaImage(`Comment = x${" ".repeat(200_000)}x`)],
  ["a MetaImage field without its separator", "VOXRX_BAD_HEADER", () => readMetaImage("ElementSpacing 1 1")],
  ["a MetaImage with names of ITK", "right", () => readMetaImage("0008|0060 = CT\nITK_original_spacing = 1 = 2")],
  [
    "NRRD vectors that are not closed",
    "VOXRX_BAD_HEADER",
    () => decodeNrrd(nrrd([...nrrdLines, `space directions: ${"(".repeat(300_000)}`])),
  ],
  [
    "a NRRD file name like a pattern",
    "VOXRX_FILE_UNREADABLE",
    () => readVolume(file("corpus.nhdr", nrrd([...nrrdLines, `data file: ${"%d".repeat(8000)}`]))),
  ],
  [
    "a NRRD type that every object has",
    "VOXRX_UNSUPPORTED_DTYPE",
    () => decodeNrrd(nrrd(["type: constructor", ...nrrdLines.slice(1)])),
  ],
  [
    "a NRRD size in hexadecimal",
    "VOXRX_BAD_HEADER",
    () => decodeNrrd(nrrd([...nrrdLines.slice(0, 2), "sizes: 0x2 1", "encoding: raw"])),
  ],
  [
    "NRRD samples that are too many",
    "VOXRX_BAD_HEADER",
    () => decodeNrrd(nrrd([...nrrdLines.slice(0, 3), "encoding: gzip"], gzipSync("\x01\x02\x03"))),
  ],
  [
    "text samples in gzip that inflate to much more",
    "VOXRX_BAD_HEADER",
    () =>
      decodeNrrd(
        gzipSync(nrrd([...nrrdLines.slice(0, 3), "encoding: txt"], `1 2${" ".repeat(2 ** 24 + 2 ** 10)}`), {
          level: 1,
        }),
      ),
  ],
  [
    "a DICOM value of blanks",
    "right",
    () =>
      decodeVolume(
        plainFile(
          { "00080008": ["CS", `ORIGINAL${" ".repeat(300_000)}x`] },
          { explicit: false, announced: "1.2.840.10008.1.2" },
        ),
        { name: "a.dcm" },
      ),
  ],
  [
    "gzip inside of gzip, for more samples than there are",
    "VOXRX_TRUNCATED_FILE",
    () =>
      decodeNrrd(
        gzipSync(nrrd([...nrrdLines.slice(0, 2), "sizes: 150000000 1", "encoding: gzip"], gzipSync("\x01\x02"))),
      ),
  ],
  [
    "a DICOM size below zero",
    "VOXRX_BAD_HEADER",
    () => readHeader(file("corpus.dcm", plainFile({ "00280011": ["DS", "-32768"] }))),
  ],
  [
    "a DICOM number with a decimal comma",
    "VOXRX_BAD_HEADER",
    () => decodeVolume(plainFile({ "00281053": ["DS", "1,5"] }), { name: "a.dcm" }),
  ],
  ["a tar size that is negative", "VOXRX_BAD_ARCHIVE", () => entries([{ name: "a", size: base256(0xff) }])],
  ["a tar size beyond counting", "VOXRX_BAD_ARCHIVE", () => entries([{ name: "a", size: base256(0x81) }])],
  [
    "tar headers without end",
    "VOXRX_BAD_ARCHIVE",
    () =>
      entries([
        { name: "p", flag: "x", content: Buffer.alloc(2 ** 22) },
        { name: "p", flag: "x", content: paxOf({ path: "b" }) },
        { name: "a" },
      ]),
  ],
  [
    "a tar entry with a name that no system takes",
    "VOXRX_UNSAFE_ENTRY",
    () => entries([{ name: "p", flag: "x", content: paxOf({ path: "x".repeat(5000) }) }, { name: "a" }]),
  ],
  ["a V7 tar", "right", async () => isEqual((await entries([{ name: "a", flag: "\0", magic: "" }])).length, 1)],
  [
    "two names in Latin-1",
    "right",
    async () =>
      isEqual(
        (await entries([{ name: Buffer.from([0xe4]) }, { name: Buffer.from([0xf6]) }])).map(({ name }) => name),
        ["%E4", "%F6"],
      ),
  ],
  ["a name filter with many stars", "right", () => isEqual(nameTest("*_*_*_*_*_*.nii")?.("_".repeat(4000)), false)],
  [
    "an image of more slices than anybody looks at",
    "VOXRX_BAD_OPTION",
    () => show(new Volume({ data: new Uint8Array(8), shape: [1, 2, 2, 2] }), { slices: 2 ** 31 - 1 }),
  ],
  [
    "a volume of the same voxel, more often than memory holds",
    "VOXRX_TOO_LARGE",
    () => new Volume({ data: new Uint8Array(1), shape: [1, 2 ** 53 - 1, 1], strides: [0, 0, 0] }).samples,
  ],
  ["ignore rules with open brackets", "right", () => isEqual(ignoreRules("[".repeat(100_000))("a"), false)],
  ["an ignore rule with many blanks", "right", () => isEqual(ignoreRules(`a${" ".repeat(100_000)}b`)("a"), false)],
  [
    "a brace with numbers beyond counting",
    "VOXRX_BAD_OPTION",
    () => expandBraces("{99999999999999999999..99999999999999999999}"),
  ],
  ["braces without end", "VOXRX_BAD_OPTION", () => expandBraces("{1..1}".repeat(20_000))],
  ["braces inside of each other", "VOXRX_BAD_OPTION", () => expandBraces(`${"{a,".repeat(1000)}${"}".repeat(1000)}`)],
  ["a quote inside of a field", "VOXRX_BAD_DATALIST", () => rows('a,b\n1,2"3\n')],
  [
    "a column that every object has",
    "right",
    async () => isEqual(await rows("constructor\n1\n"), [{ constructor: "1" }]),
  ],
  [
    "mixed line ends in one column",
    "right",
    async () => isEqual(await rows("a\r\n1\n2\r3\n"), [{ a: "1" }, { a: "2" }, { a: "3" }]),
  ],
  ["a table in Latin-1", "VOXRX_BAD_DATALIST", () => rows(Buffer.from("a\n\xe4\n", "latin1"))],
  [
    "an integer of many zeros",
    "VOXRX_BAD_DATALIST",
    () => csv(file("corpus.csv", `a\n1.${"0".repeat(300_000)}1\n`), { types: { a: "integer" } }).toArray(),
  ],
  [
    "a list with a byte order mark",
    "right",
    () => datalist(file("corpus.json", '\ufeff{"training":["a.nii"]}')).toArray(),
  ],
  [
    "a list of images of several files",
    "right",
    () => datalist(file("corpus.json", '{"training":[{"image":["a.nii","b.nii"]}]}')).toArray(),
  ],
  [
    "a sidecar with text that looks like a mark",
    "right",
    async () => isEqual(await sidecarOf('{"a":"\\u0000number:NaN","b":1}'), { a: "\0number:NaN", b: 1 }),
  ],
  ["a sidecar with one name twice", "VOXRX_BAD_DATALIST", () => sidecarOf('{"a":1,"a":2}')],
];
