/** DICOM files written for tests: a few elements, explicit little-endian. */

/** What a file holds, beside defaults of a CT slice of 3 x 2. */
export interface DicomInit {
  readonly series?: string;
  readonly position?: readonly number[] | undefined;
  readonly orientation?: readonly number[];
  readonly spacing?: readonly number[];
  readonly number?: number;
  readonly columns?: number;
  readonly rows?: number;
  readonly frames?: number;
  readonly slope?: number;
  readonly intercept?: number;
  readonly pixels?: Uint8Array;
  /** More elements, by tag: texts as written. */
  readonly more?: Readonly<Record<number, string>>;
  readonly transferSyntax?: string;
  readonly bits?: readonly [allocated: number, stored: number];
  readonly samples?: number;
  /** Colors in planes of their own. */
  readonly planar?: boolean;
}

/** The file's bytes. */
export function dicomFile(init: DicomInit = {}): Buffer {
  const { columns = 3, rows = 2, frames = 1, samples = 1, bits = [16, 12] } = init;
  const pixels = init.pixels ?? Buffer.from(new Uint16Array(columns * rows * frames * samples).map((_, i) => i).buffer);
  const list = (numbers: readonly number[]) => numbers.join("\\");
  const texts: Record<number, string | undefined> = {
    524384: "CT",
    2097166: init.series ?? "1.2.3",
    2097171: String(init.number ?? 1),
    2097202: "position" in init ? init.position && list(init.position) : list([0, 0, 0]),
    2097207: list(init.orientation ?? [1, 0, 0, 0, 1, 0]),
    2621444: samples === 1 ? "MONOCHROME2" : "RGB",
    2621448: String(frames),
    2621488: list(init.spacing ?? [1, 1]),
    2625618: init.intercept === undefined ? undefined : String(init.intercept),
    2625619: init.slope === undefined ? undefined : String(init.slope),
    ...init.more,
  };
  const shorts: Record<number, number> = {
    ...{ 2621442: samples, 2621456: rows, 2621457: columns, 2621696: bits[0], 2621697: bits[1] },
    ...{ 2621698: bits[1] - 1, 2621699: 0 },
    2621446: init.planar ? 1 : 0,
  };
  const elements = [
    ...Object.entries(texts).flatMap(([tag, text]) =>
      text === undefined ? [] : [element(Number(tag), "LO", padded(text))],
    ),
    ...Object.entries(shorts).map(([tag, value]) => element(Number(tag), "US", word16(value))),
  ];
  elements.sort((a, b) => a.readUInt16LE(0) - b.readUInt16LE(0) || a.readUInt16LE(2) - b.readUInt16LE(2));
  const syntax = init.transferSyntax ?? "1.2.840.10008.1.2.1";
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    element(0x00020010, "UI", padded(syntax)),
    ...elements,
    pixelElement(pixels, syntax === "1.2.840.10008.1.2.1"),
  ]);
}

function pixelElement(value: Uint8Array, isPlain: boolean): Buffer {
  const head = Buffer.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x57, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  if (isPlain) head.writeUInt32LE(value.length, 8);
  return Buffer.concat([head, value]);
}

function element(tag: number, vr: string, value: Buffer): Buffer {
  return Buffer.concat([word16(tag >>> 16), word16(tag & 0xffff), Buffer.from(vr), word16(value.length), value]);
}

function padded(text: string): Buffer {
  return Buffer.from(text.length % 2 === 0 ? text : `${text} `, "latin1");
}

function word16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}
