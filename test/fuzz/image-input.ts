/** Reads an image in several ways, which must agree, and checks what is promised of every volume. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, gzipSync } from "node:zlib";
import { isVoxRxError } from "../../src/errors.ts";
import { isGzip } from "../../src/files/gunzip.ts";
import { decodeVolume, readHeader, readVolume } from "../../src/format/read-volume.ts";
import { bytesPerSample } from "../../src/samples.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { broken, type FuzzInput, type Outcome, workDir } from "./target.ts";

/** An image and what is known of it. */
export interface ImageInput {
  readonly bytes: Uint8Array;
  /** Its name, which tells the format if the bytes don't. */
  readonly name: string;
  /** Whether the format can be gzip as a whole. */
  readonly gzip?: boolean;
  /** Checks what must come; undefined if the image may also be refused. */
  readonly expected?: ((volume: Volume) => void) | undefined;
  /** Whether it can't be right, so that it must be refused. */
  readonly isWrong?: boolean;
}

/** An input of a target that is one image in memory. */
export function imageInput(image: ImageInput): FuzzInput {
  return { shown: image.bytes, check: () => checkImage(image) };
}

/** A volume, or the code of the error. */
export type Read = Volume | Outcome;

/** What reading gives. Errors that are not ours are thrown. */
export async function readBy(read: () => Promise<Volume>): Promise<Read> {
  try {
    return await read();
  } catch (error) {
    if (!isVoxRxError(error)) throw error;
    if (!error.message || error.code === undefined) broken(`the error says nothing: ${error.message}`);
    return error.code;
  }
}

async function checkImage({ bytes, name, gzip = false, expected, isWrong = false }: ImageInput): Promise<Outcome> {
  const first = await readBy(() => decodeVolume(bytes, { name }));
  if (typeof first !== "string") checkVolume(first);
  if (isWrong && typeof first !== "string") broken(`a wrong image is read, as a volume of ${first.shape}`);
  if (expected) {
    if (typeof first === "string") broken(`a valid image is refused: ${first}`);
    expected(first);
  }
  const other = await readElsewhere(bytes, name, gzip, first);
  // In memory there is no other file.
  // How many bytes there can be at most is only estimated for gzip, so that an end too early may be noticed later.
  const isLater = first === "VOXRX_TRUNCATED_FILE" && typeof other === "string" && gzip;
  const isDetached = first === "VOXRX_UNKNOWN_FORMAT" && other === "VOXRX_FILE_MISSING";
  if (other && !isDetached && !isLater) checkSame(first, other, "read in another way");
  return typeof first === "string" ? first : "right";
}

/** One of the other ways to read the same image. */
async function readElsewhere(bytes: Uint8Array, name: string, gzip: boolean, first: Read): Promise<Read | undefined> {
  const path = join(workDir(), name);
  const way = crc32(bytes) % 5;
  if (way === 0) return readBy(() => decodeVolume(bytes, { name }));
  if (way === 1) {
    // Bytes within a larger buffer, at an odd place.
    const larger = new Uint8Array(bytes.length + 16).fill(255);
    larger.set(bytes, 3);
    return readBy(() => decodeVolume(larger.subarray(3, 3 + bytes.length), { name }));
  }
  if (way === 2) {
    writeFileSync(path, bytes);
    return readBy(() => readVolume(path));
  }
  if (way === 3) {
    writeFileSync(path, bytes);
    await checkHeader(path, first);
    return undefined;
  }
  if (!gzip || isGzip(bytes) || bytes.length === 0) return undefined;
  const packed = `${name.replace(/\.gz$/, "")}.gz`;
  return readBy(() => decodeVolume(gzipSync(bytes, { level: 1 }), { name: packed }));
}

async function checkHeader(path: string, first: Read): Promise<void> {
  try {
    const { shape, affine, spacing } = await readHeader(path);
    if (!shape.every((size) => Number.isSafeInteger(size) && size > 0)) broken(`the header has the shape ${shape}`);
    if (!Array.from(affine).every(Number.isFinite)) broken(`the header has the affine ${affine}`);
    if (!spacing.every((size) => size > 0 && Number.isFinite(size))) broken(`the header has the spacing ${spacing}`);
    if (typeof first === "string") return;
    if (String(shape) !== String(first.shape)) broken(`the header has the shape ${shape}, the volume ${first.shape}`);
    if (String(affine) !== String(first.affine)) broken("header and volume have different affines");
  } catch (error) {
    if (!isVoxRxError(error)) throw error;
    if (typeof first !== "string") broken(`the image can be read, but its header is refused: ${error.code}`);
  }
}

/** What is promised of every volume that is read from a file. */
export function checkVolume(volume: Volume): void {
  checkSamples(volume);
  const { shape, spacing, axcodes } = volume;
  if (!spacing.every((n) => n > 0 && Number.isFinite(n))) broken(`the spacing is ${spacing}`);
  if (axcodes.length !== shape.length - 1) broken(`the axcodes are ${axcodes}`);
  JSON.stringify(volume.meta);
}

/** What is promised of any volume: its affine may have no inverse, which is refused by what needs one. */
export function checkSamples(volume: Volume): void {
  const { shape, affine, dtype } = volume;
  const size = shape.reduce((product, n) => product * n, 1);
  if (shape.length < 3 || shape.length > 4) broken(`a volume of shape ${shape}`);
  if (!shape.every((n) => Number.isSafeInteger(n) && n > 0)) broken(`a volume of shape ${shape}`);
  if (volume.samples.length !== size) broken(`${volume.samples.length} samples for the shape ${shape}`);
  if (volume.samples.byteLength !== size * bytesPerSample(dtype)) broken(`${dtype} does not match the samples`);
  if (!Array.from(affine).every(Number.isFinite)) broken(`the affine is ${affine}`);
}

/** Two ways of reading must agree. */
export function checkSame(a: Read, b: Read, way: string): void {
  if (typeof a === "string" || typeof b === "string") {
    const told = (read: Read) => (typeof read === "string" ? read : `a volume of ${read.shape}`);
    if (a !== b) broken(`${told(a)}, but ${way}: ${told(b)}`);
    return;
  }
  const facts = ({ shape, dtype, affine }: Volume) => JSON.stringify([shape, dtype, Array.from(affine)]);
  if (facts(a) !== facts(b)) broken(`${facts(a)}, but ${way}: ${facts(b)}`);
  const bytes = ({ samples }: Volume) => Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  if (!bytes(a).equals(bytes(b))) broken(`other samples, ${way}`);
}

/** Checks shape and samples: values in the order of a file, x fastest, channels last. */
export function holdsValues(shape: readonly number[], values: readonly number[]): (volume: Volume) => void {
  return (volume) => {
    if (String(volume.shape) !== String(shape)) broken(`expected the shape ${shape}, got ${volume.shape}`);
    const [channels = 1, nx = 1, ny = 1, nz = 1] = shape;
    let at = 0;
    for (let c = 0; c < channels; c++)
      for (let z = 0; z < nz; z++)
        for (let y = 0; y < ny; y++)
          for (let x = 0; x < nx; x++, at++) {
            const found = shape.length === 4 ? volume.get(c, x, y, z) : volume.get(c, x, y);
            const wanted = values[at];
            if (!Object.is(found, wanted)) broken(`expected ${wanted} at ${[c, x, y, z]}, got ${found}`);
          }
  };
}
