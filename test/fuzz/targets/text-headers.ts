/** NRRD and MetaImage: headers of text, with samples plain, compressed or as text, in the same file or another. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { readVolume } from "../../../src/format/read-volume.ts";
import { checkVolume, holdsValues, imageInput, readBy } from "../image-input.ts";
import { blindChanges, lineChanges } from "../mutations.ts";
import { type FuzzInput, type Target, workDir } from "../target.ts";

interface Text {
  readonly header: string;
  readonly samples: Buffer;
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 3, maxLength: 3 });

function int16s(values: readonly number[], littleEndian: boolean): Buffer {
  const bytes = Buffer.from(Int16Array.from(values).buffer);
  return littleEndian ? bytes : bytes.swap16();
}

const counted = (shape: readonly number[]) =>
  Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, n) => n - 3);

const nrrds: fc.Arbitrary<Text> = fc
  .record({
    sizes,
    encoding: fc.constantFrom("raw", "gzip", "txt", "hex"),
    isLittle: fc.boolean(),
    extra: fc.array(
      fc.constantFrom("# a comment", "key:=value", "content: a scan", "old min: 0", "units: mm", "thicknesses: 1 1 1"),
      { maxLength: 2 },
    ),
    end: fc.constantFrom("\n", "\r\n"),
    space: fc.constantFrom("left-posterior-superior", "RAS", "scanner-xyz"),
  })
  .map(({ sizes: [x = 1, y = 1, z = 1], encoding, isLittle, extra, end, space }) => {
    const shape = [1, x, y, z];
    const values = counted(shape);
    const plain = int16s(values, isLittle);
    const lines = ["NRRD0004", "type: short", "dimension: 3", `space: ${space}`, `sizes: ${x} ${y} ${z}`];
    lines.push("space directions: (1,0,0) (0,2,0) (0,0,3)", "space origin: (1,2,3)", "kinds: domain domain domain");
    lines.push(`endian: ${isLittle ? "little" : "big"}`, `encoding: ${encoding}`, ...new Set(extra), "", "");
    const samples = {
      raw: () => plain,
      gzip: () => gzipSync(plain),
      txt: () => Buffer.from(values.join(" ")),
      hex: () => Buffer.from(plain.toString("hex")),
    }[encoding]();
    return { header: lines.join(end), samples, shape, values };
  });

const metaImages: fc.Arbitrary<Text> = fc
  .record({
    sizes,
    packing: fc.constantFrom("raw", "zlib", "text"),
    isBig: fc.boolean(),
    extra: fc.array(fc.constantFrom("ITK_note = 1 = 2", "Comment: any", "0008|0060 = CT", "a line of prose"), {
      maxLength: 2,
    }),
    separator: fc.constantFrom(" = ", "=", ": ", " \t=  "),
    end: fc.constantFrom("\n", "\r\n"),
  })
  .map(({ sizes: [x = 1, y = 1, z = 1], packing, isBig, extra, separator, end }) => {
    const shape = [1, x, y, z];
    const values = counted(shape);
    const plain = int16s(values, !isBig);
    const field = (name: string, value: string) => `${name}${separator}${value}`;
    const lines = [
      field("ObjectType", "Image"),
      field("NDims", "3"),
      field("BinaryData", packing === "text" ? "False" : "True"),
      field("BinaryDataByteOrderMSB", isBig ? "True" : "False"),
      field("CompressedData", packing === "zlib" ? "True" : "False"),
      field("TransformMatrix", "1 0 0 0 1 0 0 0 1"),
      field("Offset", "1 2 3"),
      field("ElementSpacing", "1 2 3"),
      field("DimSize", `${x} ${y} ${z}`),
      ...extra,
      field("ElementType", "MET_SHORT"),
      field("ElementDataFile", "LOCAL"),
      "",
    ];
    const samples =
      packing === "raw" ? plain : packing === "zlib" ? deflateSync(plain) : Buffer.from(values.join("\n"));
    return { header: lines.join(end), samples, shape, values };
  });

/** Latin-1, except that characters beyond it are UTF-8. */
const bytesOf = (header: string) => Buffer.from(header, /[^\0-\xff]/.test(header) ? "utf8" : "latin1");

function attached(texts: fc.Arbitrary<Text>, name: string, gzip: boolean): fc.Arbitrary<FuzzInput> {
  return fc
    .tuple(texts, lineChanges, blindChanges, fc.nat(9))
    .map(([{ header, samples, shape, values }, changeLines, change, odds]) => {
      const whole = (text: string) => Buffer.concat([bytesOf(text), samples]);
      if (odds === 0) return imageInput({ bytes: whole(header), name, gzip, expected: holdsValues(shape, values) });
      if (odds === 9) {
        // Far more samples than there are: refused before memory is taken for them.
        const large = header.replace(/^((?:sizes|DimSize)\D*)\d+/m, "$1100000000");
        return imageInput({ bytes: whole(large), name, gzip, isWrong: true });
      }
      const bytes = odds < 6 ? whole(changeLines(header)) : change(whole(header));
      return imageInput({ bytes, name, gzip });
    });
}

/** The samples in a file of their own, by name, list or pattern. */
function detached(texts: fc.Arbitrary<Text>, extension: string, fieldOf: (files: string) => string) {
  const names = fc.constantFrom("part0.raw", "LIST\npart0.raw", "part%d.raw 0 0 1", "LIST 3\npart0.raw");
  const changes = fc.tuple(lineChanges, blindChanges, fc.nat(9));
  return fc.tuple(texts, names, changes).map(([text, files, [changeLines, change, odds]]): FuzzInput => {
    const { shape, values } = text;
    const header = text.header.replace(/\r/g, "").replace(/ElementDataFile.*\n|\n$/, "") + fieldOf(files);
    const bytes = odds < 6 && odds > 0 ? bytesOf(changeLines(header)) : bytesOf(header);
    const samples = odds < 6 ? text.samples : change(text.samples);
    return {
      shown: Buffer.concat([bytes, samples]),
      async check() {
        const dir = join(workDir(), "detached");
        mkdirSync(dir, { recursive: true });
        const path = join(dir, `image${extension}`);
        writeFileSync(path, bytes);
        writeFileSync(join(dir, "part0.raw"), samples);
        const read = await readBy(() => readVolume(path));
        if (typeof read !== "string") checkVolume(read);
        if (odds === 0) {
          if (typeof read === "string") throw new Error(`a valid image is refused: ${read}`);
          holdsValues(shape, values)(read);
        }
        return typeof read === "string" ? read : "right";
      },
    };
  });
}

export const textHeaderTargets: readonly Target[] = [
  { name: "nrrd", inputs: attached(nrrds, "a.nrrd", true) },
  { name: "nhdr", inputs: detached(nrrds, ".nhdr", (files) => `data file: ${files}\n`), cost: 4 },
  { name: "metaimage", inputs: attached(metaImages, "a.mha", false) },
  { name: "mhd", inputs: detached(metaImages, ".mhd", (files) => `ElementDataFile = ${files}\n`), cost: 4 },
];
