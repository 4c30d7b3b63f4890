/** DICOM files written for tests, element by element: any value representation, sequences, implicit VR. */

/** One element: numbers and strings are encoded by VR, a sequence is a list of items. */
export type ElementInit = readonly [tag: number, vr: string, value: ElementValue];
type ElementValue = string | readonly number[] | Uint8Array | readonly (readonly ElementInit[])[];

/** How a file is encoded. */
export interface EncodingInit {
  /** Default: explicit VR. */
  readonly implicit?: boolean;
  /** Without it, the file starts with its elements, as before PS3.10. */
  readonly preamble?: boolean;
}

/** A slice of an MR series, 2 x 2. */
export interface SliceInit extends EncodingInit {
  readonly z: number;
  /** Of all pixels. */
  readonly value: number;
  readonly more?: readonly ElementInit[];
}

/** The file of a slice. Elements of `more` replace the usual ones. */
export function sliceFile({ z, value, more = [], ...encoding }: SliceInit): Buffer {
  const usual: ElementInit[] = [
    [0x00080060, "CS", "MR"],
    [0x0020000e, "UI", "1.2.3"],
    [0x00200032, "DS", `0\\0\\${z}`],
    [0x00200037, "DS", "1\\0\\0\\0\\1\\0"],
    [0x00280002, "US", [1]],
    [0x00280004, "CS", "MONOCHROME2"],
    [0x00280010, "US", [2]],
    [0x00280011, "US", [2]],
    [0x00280030, "DS", "1\\1"],
    [0x00280100, "US", [16]],
    [0x00280101, "US", [16]],
    [0x00280102, "US", [15]],
    [0x00280103, "US", [0]],
    [0x7fe00010, "OW", Buffer.from(new Uint16Array(4).fill(value).buffer)],
  ];
  const tags = new Set(more.map(([tag]) => tag));
  return elementFile([...usual.filter(([tag]) => !tags.has(tag)), ...more], encoding);
}

/** A file of elements in any order. */
export function elementFile(elements: readonly ElementInit[], encoding: EncodingInit = {}): Buffer {
  const { implicit = false, preamble = true } = encoding;
  const body = encoded(elements, implicit);
  if (!preamble) return body;
  const syntax = implicit ? "1.2.840.10008.1.2" : "1.2.840.10008.1.2.1";
  return Buffer.concat([Buffer.alloc(128), Buffer.from("DICM"), encoded([[0x00020010, "UI", syntax]], false), body]);
}

function encoded(elements: readonly ElementInit[], implicit: boolean): Buffer {
  const sorted = [...elements].sort(([a], [b]) => a - b);
  return Buffer.concat(
    sorted.flatMap(([tag, vr, value]) => elementOf(tag, vr, bytesOfValue(vr, value, implicit), implicit)),
  );
}

function elementOf(tag: number, vr: string, value: Uint8Array, implicit: boolean): Uint8Array[] {
  const isLong = /^(?:O.|SQ|U[CNRT])$/.test(vr);
  const head = Buffer.alloc(implicit || !isLong ? 8 : 12);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  if (!implicit) head.write(vr, 4, "latin1");
  if (implicit) head.writeUInt32LE(value.length, 4);
  else if (isLong) head.writeUInt32LE(value.length, 8);
  else head.writeUInt16LE(value.length, 6);
  return [head, value];
}

function bytesOfValue(vr: string, value: ElementValue, implicit: boolean): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === "string") {
    const padding = vr === "UI" ? "\0" : " ";
    return Buffer.from(value.length % 2 === 0 ? value : value + padding, "latin1");
  }
  if (!isNumbers(value)) {
    return Buffer.concat(
      value.flatMap((item) => {
        const inside = encoded(item, implicit);
        const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0]);
        head.writeUInt32LE(inside.length, 4);
        return [head, inside];
      }),
    );
  }
  const array = { FD: Float64Array, FL: Float32Array, US: Uint16Array, SS: Int16Array, UL: Uint32Array }[vr];
  if (!array) throw new TypeError(`${vr} does not hold numbers`);
  return new Uint8Array(array.from(value).buffer);
}

function isNumbers(value: readonly unknown[]): value is readonly number[] {
  return value.every((each) => typeof each === "number");
}
