/** FreeSurfer's MGH format and its gzip variant MGZ (FreeSurfer wiki, "MghFormat"). */
import { FormatError } from "../../errors.ts";
import type { ByteReader } from "../../files/byte-reader.ts";
import { type Affine, identityAffine } from "../../volume/affine-matrix.ts";
import type { Volume } from "../../volume/volume.ts";
import type { Format } from "../format.ts";
import { badHeader, truncated } from "../format-faults.ts";
import type { Datatype } from "../samples/datatypes.ts";
import { addPiece } from "../samples/packed-samples.ts";
import {
  checkAffine,
  checkAxes,
  headerOf,
  realDatatype,
  SampleSink,
  type StoredImage,
  toVolume,
} from "../samples/stored-image.ts";
import { decodeAsFile, type ImageContext, withReader } from "../with-reader.ts";

const headerBytes = 284;

const types = new Map<number, Datatype["number"]>([
  [0, "uint8"],
  [1, "int32"],
  [3, "float32"],
  [4, "int16"],
  [10, "uint16"],
]);

/** MGH and MGZ files. */
export const mghFormat: Format = {
  name: "mgh",
  version: 1,
  extensions: [".mgh", ".mgz", ".mgh.gz"],
  sniff(firstBytes) {
    if (firstBytes.length < 30) return false;
    const view = new DataView(firstBytes.buffer, firstBytes.byteOffset, firstBytes.byteLength);
    const sizes = [4, 8, 12, 16].map((at) => view.getInt32(at));
    return view.getInt32(0) === 1 && sizes.every((size) => size > 0) && types.has(view.getInt32(20));
  },
  read: readImage,
  header: (path, context) => withReader(path, context, async (reader) => headerOf(await describe(reader))),
  decode: (bytes, context) => decodeAsFile(bytes, context, readImage),
};

async function readImage(path: string, context: ImageContext): Promise<Volume> {
  return withReader(path, context, async (reader) => {
    const image = await describe(reader);
    const sink = new SampleSink(image, context, reader.limit - headerBytes, path);
    await addPiece(sink, { reader, from: headerBytes, bytes: sink.wanted, surplus: "pass" }, "raw", image, context);
    return toVolume(sink.finish(), image, path);
  });
}

async function describe(reader: ByteReader): Promise<StoredImage> {
  const { path } = reader;
  const bytes = await reader.take(headerBytes);
  if (bytes.length < headerBytes) throw truncated(`the file ends after ${bytes.length} bytes, within its header`, path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getInt32(0);
  if (version !== 1) throw badHeader(`the version must be 1, got ${version}`, path);
  const sizes = [4, 8, 12, 16].map((at) => view.getInt32(at));
  const type = view.getInt32(20);
  const number = types.get(type);
  if (number === undefined) {
    throw new FormatError("VOXRX_UNSUPPORTED_DTYPE", `samples of MGH type ${type} are not supported`, {
      file: path,
      remedy: "Convert the file with mri_convert --out_data_type float.",
    });
  }
  const axes = checkAxes(
    sizes.map((size, axis) => ({ size, isSpatial: axis < 3 })),
    path,
  );
  const goodRas = view.getInt16(28);
  const geometry = goodRas > 0 ? geometryOf(view) : coronal;
  const facts = { version, dims: sizes, type: number, dof: view.getInt32(24), goodRas, ...geometry };
  const affine = checkAffine(affineOf(sizes, geometry), path);
  return { format: "mgh", datatype: realDatatype(number), littleEndian: false, axes, affine, facts };
}

/** With the header's names: voxel sizes, directions of the axes in RAS, and the center in RAS. */
interface Geometry {
  readonly delta: readonly number[];
  readonly mdc: readonly number[];
  readonly center: readonly number[];
}

/** FreeSurfer's default if the header has no geometry: coronal slices of 1 mm, centered on the origin. */
const coronal: Geometry = { delta: [1, 1, 1], mdc: [-1, 0, 0, 0, 0, -1, 0, 1, 0], center: [0, 0, 0] };

function geometryOf(view: DataView): Geometry {
  const floats = (at: number, count: number) => Array.from({ length: count }, (_, n) => view.getFloat32(at + 4 * n));
  return { delta: floats(30, 3), mdc: floats(42, 9), center: floats(78, 3) };
}

// The center is the position of the voxel index at half the sizes, as in FreeSurfer and nibabel.
function affineOf(sizes: readonly number[], { delta, mdc, center }: Geometry): Affine {
  const affine = identityAffine();
  for (const row of [0, 1, 2]) {
    const columns = [0, 1, 2].map((axis) => (mdc[axis * 3 + row] ?? 0) * (delta[axis] ?? 1));
    const toCenter = columns.reduce((sum, value, axis) => sum + (value * (sizes[axis] ?? 1)) / 2, 0);
    affine.set([...columns, (center[row] ?? 0) - toCenter], row * 4);
  }
  return affine;
}
