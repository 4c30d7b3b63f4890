/** Formats declared with as few functions as will do. */
import { z } from "zod";
import { formatBytes } from "../bytes.ts";
import { FormatError, isVoxRxError, PipelineError } from "../errors.ts";
import type { ByteReader } from "../files/byte-reader.ts";
import { checkOptions, countSchema, functionSchema } from "../options.ts";
import { allocate } from "../samples.ts";
import type { Volume, VolumeMeta } from "../volume/volume.ts";
import type { DecodeContext, Format, ImageHeader, ReadContext } from "./format.ts";
import { inMemory, withReader } from "./image-context.ts";
import { asDtype } from "./samples/as-dtype.ts";

/** What {@link defineFormat} makes a {@link Format} of: one of `decode` and `read`, and the rest where it differs from what follows. */
export interface FormatDeclaration
  extends Pick<
    Format,
    "name" | "version" | "extensions" | "sniff" | "claims" | "writableExtensions" | "encode" | "write"
  > {
  /**
   * Makes a volume of the bytes of a file, which lie at the beginning of `bytes.buffer`; gzip is inflated before. The volume may look
   * at them. It need not heed `context`: the type that is asked for, `meta.source` and `meta.format` are seen to afterwards. Whatever
   * it throws for damaged bytes, such as the RangeError of a read beyond the end, becomes a FormatError that names the file.
   */
  decode?(bytes: Uint8Array<ArrayBuffer>, context: DecodeContext): Volume | Promise<Volume>;
  /** Reads a file by its path, for formats of several files or too large for memory. Default: {@link decode} of the whole file. */
  read?(path: string, context: ReadContext): Volume | Promise<Volume>;
  /** Reads what a file says of itself. Default: what the volume says that {@link read} gives. */
  header?(path: string, context: ReadContext): Promise<ImageHeader>;
}

/**
 * Declares an image format. {@link registerFormat} makes it known to `load`, `readVolume`, `save` and `saveImage`; `formatChecks`
 * holds it to its promises. A format is read with no more than `sniff` and `decode`, and written with `encode`.
 *
 * @throws OptionError `VOXRX_BAD_OPTION`
 * @example
 * ```ts
 * import { Volume } from "voxrx";
 * import { defineFormat, registerFormat } from "voxrx/extend";
 * // "VOX1", three sizes (uint16), then float32 samples, z fastest.
 * export const vox = defineFormat({
 *   name: "vox",
 *   version: 1,
 *   extensions: [".vox"],
 *   sniff: (bytes) => Buffer.from(bytes.subarray(0, 4)).toString("latin1") === "VOX1",
 *   decode(bytes) {
 *     const sizes = new Uint16Array(bytes.buffer, 4, 3);
 *     return new Volume({ data: new Float32Array(bytes.slice(10).buffer), shape: [1, ...sizes] });
 *   },
 * });
 * registerFormat(vox);
 * ```
 */
export function defineFormat(declaration: FormatDeclaration): Format {
  checkOptions("defineFormat", schema, declaration);
  const { name, version, extensions, writableExtensions } = declaration;
  return Object.freeze<Format>({
    name,
    version,
    extensions,
    writableExtensions,
    sniff: declaration.sniff.bind(declaration),
    claims: declaration.claims?.bind(declaration),
    read: (path, context) => readAs(declaration, path, context),
    header: (path, context) => headerAs(declaration, path, context),
    decode: declaration.decode && ((bytes, context) => decodeAs(declaration, bytes, context)),
    encode: declaration.encode?.bind(declaration),
    write: declaration.write?.bind(declaration),
  });
}

const extensionSchema = z
  .string()
  .regex(/^(\.[^./\\\sA-Z]+)+$/, 'expected an extension in lower case with a dot in front, such as ".vox"');

const schema = z
  .strictObject({
    name: z.string().min(1),
    version: countSchema,
    extensions: z.array(extensionSchema).min(1),
    writableExtensions: z.array(extensionSchema).min(1).optional(),
    sniff: functionSchema<Format["sniff"]>(),
    claims: functionSchema<Format["claims"]>().optional(),
    read: functionSchema<FormatDeclaration["read"]>().optional(),
    header: functionSchema<FormatDeclaration["header"]>().optional(),
    decode: functionSchema<FormatDeclaration["decode"]>().optional(),
    encode: functionSchema<Format["encode"]>().optional(),
    write: functionSchema<Format["write"]>().optional(),
  })
  .refine(({ decode, read }) => decode || read, { message: "expected decode, or read", path: ["decode"] })
  .refine(({ extensions, writableExtensions = [] }) => writableExtensions.every((one) => extensions.includes(one)), {
    message: "expected extensions that are in extensions too",
    path: ["writableExtensions"],
  });

/** Bytes that a file may have when it is inflated: a few forged ones could take all memory. */
const longestInflated = 2 ** 31;

async function readAs(declaration: FormatDeclaration, path: string, context: ReadContext): Promise<Volume> {
  if (declaration.read) return volumeBy(declaration, path, context, () => declaration.read?.(path, context));
  const bytes = await withReader(path, context, false, allBytes);
  const { dtype, signal } = context;
  return volumeBy(declaration, path, context, () => declaration.decode?.(bytes, { name: path, dtype, signal }));
}

async function decodeAs(declaration: FormatDeclaration, bytes: Uint8Array, context: DecodeContext): Promise<Volume> {
  const { name } = context;
  const given = await withReader(name, inMemory(bytes, context), false, async (reader) =>
    reader.isInflated ? allBytes(reader) : alone(bytes),
  );
  const volume = await volumeBy(declaration, name, context, () => declaration.decode?.(given, context));
  if (volume.storage.buffer !== bytes.buffer) return volume;
  const data = allocate(volume.dtype, volume.size);
  data.set(volume.samples);
  return volume.withSamples({ data });
}

async function headerAs(declaration: FormatDeclaration, path: string, context: ReadContext): Promise<ImageHeader> {
  if (declaration.header) return inOurWords(declaration, path, context, () => declaration.header?.(path, context));
  const volume = await readAs(declaration, path, { ...context, dtype: "auto" });
  const { shape, dtype, affine, spacing, axcodes, meta } = volume;
  return { shape, dtype, affine, spacing, axcodes, format: meta.format ?? declaration.name, header: meta.header ?? {} };
}

/** The volume that a declared function makes, of the type that is asked for, with where it is from. */
async function volumeBy(
  declaration: FormatDeclaration,
  file: string,
  context: Pick<ReadContext, "dtype" | "signal">,
  make: () => Volume | undefined | Promise<Volume>,
): Promise<Volume> {
  return inOurWords(declaration, file, context, async () => {
    const volume = await make();
    const typed = volume && context.dtype !== "auto" ? asDtype(volume, context.dtype) : volume;
    return typed && withOrigin(typed, { source: file, format: declaration.name, ...typed.meta });
  });
}

/** The same volume with other facts. What nobody else looks at stays so: writing to it needs no copy. */
function withOrigin(volume: Volume, meta: VolumeMeta): Volume {
  const { storage, strides, offset, isShared } = volume;
  return isShared ? volume.withMeta(meta) : volume.withSamples({ data: storage, strides, offset, meta });
}

/** What a declared function gives; whatever it throws, as an error that names the file. */
async function inOurWords<T>(
  { name }: FormatDeclaration,
  file: string,
  { signal }: Pick<ReadContext, "signal">,
  work: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    const made = await work();
    signal?.throwIfAborted();
    if (made === undefined) throw new TypeError("the format's function gives nothing");
    return made;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (isVoxRxError(cause)) throw cause.locate({ file });
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("VOXRX_BAD_HEADER", `the file can't be read as ${name}: ${said}`, {
      file,
      cause,
      remedy: "The file is damaged or cut off: fetch it again.",
    });
  }
}

async function allBytes(reader: ByteReader): Promise<Uint8Array<ArrayBuffer>> {
  const most = Math.min(reader.limit, longestInflated);
  const bytes = await reader.take(most);
  if (reader.limit > most && (await reader.take(1)).length > 0) {
    throw new PipelineError("VOXRX_TOO_LARGE", `the file inflates to more than ${formatBytes(longestInflated)}`, {
      file: reader.path,
      remedy: "Give the format a read(path), which need not hold the whole file in memory.",
    });
  }
  return bytes;
}

/** The bytes at the beginning of a buffer that holds nothing else; they are copied if it does. */
function alone(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isAlone ? new Uint8Array(buffer) : Uint8Array.from(bytes);
}
