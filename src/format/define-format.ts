/** Declaring image formats with a minimum of functions. */
import * as v from "valibot";
import { callUser } from "../async/call-user.ts";
import { formatBytes } from "../bytes.ts";
import { FormatError, isVoxRxError, messageOf, PipelineError } from "../errors.ts";
import type { ByteReader } from "../files/byte-reader.ts";
import { checkOptions, countSchema, functionSchema, nonEmptySchema } from "../options.ts";
import { allocate } from "../samples.ts";
import type { Volume, VolumeMeta } from "../volume/volume.ts";
import type { DecodeContext, Format, ImageHeader, ReadContext } from "./format.ts";
import { asDtype } from "./samples/as-dtype.ts";
import { type BytesContext, type ImageContext, withReader, withReaderOver } from "./with-reader.ts";

/**
 * Declaration of a format for {@link defineFormat}. Either `decode` or `read` is required; the other functions have
 * defaults.
 */
export interface FormatDeclaration
  extends Pick<
    Format,
    "name" | "version" | "extensions" | "sniff" | "claims" | "writableExtensions" | "encode" | "write"
  > {
  /**
   * Decodes the bytes of a file, which start at offset 0 of `bytes.buffer`; gzip is already inflated. The volume can be
   * a view of them. It can ignore `context`: the requested type, `meta.source` and `meta.format` are applied
   * afterwards. Any error thrown for damaged bytes, such as a RangeError for a read beyond the end, becomes a
   * FormatError that names the file.
   */
  decode?(bytes: Uint8Array<ArrayBuffer>, context: DecodeContext): Volume | Promise<Volume>;
  /**
   * Reads an image from its path, for formats with several files or files too large for memory. Default: {@link decode}
   * of the whole file.
   */
  read?(path: string, context: ReadContext): Volume | Promise<Volume>;
  /** Reads the header of a file. Default: derived from the volume that {@link read} returns. */
  header?(path: string, context: ReadContext): Promise<ImageHeader>;
}

/**
 * Declares an image format. {@link registerFormat} makes it available to `load`, `readVolume`, `save` and `saveImage`;
 * `formatChecks` tests it. `sniff` and `decode` are enough to read a format, `encode` to write it.
 *
 * Cached images are those of the reader that is registered: name, version and the text of its functions tell readers
 * apart. Change the version when something else changes that they use.
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
  const claims = declaration.claims?.bind(declaration);
  const format = Object.freeze<Format>({
    name,
    version,
    extensions,
    writableExtensions,
    sniff: (bytes, path) => callUser(`sniff of the format ${name}`, () => declaration.sniff(bytes, path)),
    claims: claims && ((path) => callUser(`claims of the format ${name}`, () => claims(path))),
    read: (path, context) => readAs(declaration, path, context),
    header: (path, context) => headerAs(declaration, path, context),
    decode: declaration.decode && ((bytes, context) => decodeAs(declaration, bytes, context)),
    encode: declaration.encode?.bind(declaration),
    write: declaration.write?.bind(declaration),
  });
  readerTexts.set(format, readerTextOf(declaration));
  return format;
}

/** The text of the functions that read each defined format. Bound functions don't show theirs. */
const readerTexts = new WeakMap<object, string>();

/**
 * The text of a format's functions that read: two readers of the same name and version are still told apart. A format
 * that is built in has none; its version changes with it.
 */
export function readerTextOf(format: FormatDeclaration): string {
  const { sniff, claims, read, header, decode } = format;
  return readerTexts.get(format) ?? [sniff, claims, read, header, decode].map(String).join("\n");
}

const extensionSchema = v.pipe(
  v.string(),
  v.regex(/^(\.[^./\\\sA-Z]+)+$/, 'expected an extension in lower case with a dot in front, such as ".vox"'),
);

const schema = v.pipe(
  v.strictObject({
    name: nonEmptySchema,
    version: countSchema,
    extensions: v.pipe(v.array(extensionSchema), v.minLength(1)),
    writableExtensions: v.optional(v.pipe(v.array(extensionSchema), v.minLength(1))),
    sniff: functionSchema<Format["sniff"]>(),
    claims: v.optional(functionSchema<Format["claims"]>()),
    read: v.optional(functionSchema<FormatDeclaration["read"]>()),
    header: v.optional(functionSchema<FormatDeclaration["header"]>()),
    decode: v.optional(functionSchema<FormatDeclaration["decode"]>()),
    encode: v.optional(functionSchema<Format["encode"]>()),
    write: v.optional(functionSchema<Format["write"]>()),
  }),
  v.forward(
    v.check(({ decode, read }) => decode !== undefined || read !== undefined, "expected decode, or read"),
    ["decode"],
  ),
  v.forward(
    v.check(
      ({ extensions, writableExtensions = [] }) => writableExtensions.every((one) => extensions.includes(one)),
      "expected extensions that are in extensions too",
    ),
    ["writableExtensions"],
  ),
);

/** Maximum size of an inflated file in bytes: a small malicious file could otherwise use up all memory. */
const maxInflatedBytes = 2 ** 31;

async function readAs(declaration: FormatDeclaration, path: string, context: ImageContext): Promise<Volume> {
  if (declaration.read) return volumeBy(declaration, path, context, () => declaration.read?.(path, context));
  const bytes = await withReader(path, context, allBytes);
  const { dtype, signal } = context;
  return volumeBy(declaration, path, context, () => declaration.decode?.(bytes, { name: path, dtype, signal }));
}

async function decodeAs(declaration: FormatDeclaration, bytes: Uint8Array, context: BytesContext): Promise<Volume> {
  const { name } = context;
  const given = await withReaderOver(bytes, context, async (reader) =>
    reader.isInflated ? allBytes(reader) : atBufferStart(bytes),
  );
  const volume = await volumeBy(declaration, name, context, () => declaration.decode?.(given, context));
  if (volume.storage.buffer !== bytes.buffer) return volume;
  const data = allocate(volume.dtype, volume.size);
  data.set(volume.samples);
  return volume.withSamples({ data });
}

async function headerAs(declaration: FormatDeclaration, path: string, context: ImageContext): Promise<ImageHeader> {
  if (declaration.header)
    return withFormatErrors(declaration, path, context, () => declaration.header?.(path, context));
  const volume = await readAs(declaration, path, { ...context, dtype: "auto" });
  const { shape, dtype, affine, spacing, axcodes, meta } = volume;
  return { shape, dtype, affine, spacing, axcodes, format: meta.format ?? declaration.name, header: meta.header ?? {} };
}

/** The volume that a declared function returns, converted to the requested type, with its source and format. */
async function volumeBy(
  declaration: FormatDeclaration,
  file: string,
  context: Pick<ReadContext, "dtype" | "signal">,
  make: () => Volume | undefined | Promise<Volume>,
): Promise<Volume> {
  return withFormatErrors(declaration, file, context, async () => {
    const volume = await make();
    const typed = volume && context.dtype !== "auto" ? asDtype(volume, context.dtype) : volume;
    return typed && withOrigin(typed, { source: file, format: declaration.name, ...typed.meta });
  });
}

/**
 * The same volume with other metadata. If its samples aren't shared, they stay unshared, so that writing needs no copy.
 */
function withOrigin(volume: Volume, meta: VolumeMeta): Volume {
  const { storage, strides, offset, isShared } = volume;
  return isShared ? volume.withMeta(meta) : volume.withSamples({ data: storage, strides, offset, meta });
}

/** The result of a declared function; its errors are converted to ones that name the file. */
async function withFormatErrors<T>(
  { name }: FormatDeclaration,
  file: string,
  { signal }: Pick<ReadContext, "signal">,
  work: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  signal?.throwIfAborted();
  try {
    const made = await work();
    signal?.throwIfAborted();
    if (made === undefined) throw new TypeError("the format's function returned nothing");
    return made;
  } catch (cause) {
    if (signal?.aborted) throw signal.reason;
    if (isVoxRxError(cause)) throw cause.locate({ file });
    const reason = messageOf(cause);
    throw new FormatError("VOXRX_BAD_HEADER", `the file can't be read as ${name}: ${reason}`, {
      file,
      cause,
      remedy: "The file is damaged or truncated: copy or download it again.",
    });
  }
}

async function allBytes(reader: ByteReader): Promise<Uint8Array<ArrayBuffer>> {
  const most = Math.min(reader.limit, maxInflatedBytes);
  const bytes = await reader.take(most);
  if (reader.limit > most && (await reader.take(1)).length > 0) {
    throw new PipelineError("VOXRX_TOO_LARGE", `the file inflates to more than ${formatBytes(maxInflatedBytes)}`, {
      file: reader.path,
      remedy: "Add read(path) to the format, which doesn't have to hold the whole file in memory.",
    });
  }
  return bytes;
}

/** The bytes as the whole of their buffer; copied if the buffer contains anything else. */
function atBufferStart(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const isWholeBuffer = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isWholeBuffer ? new Uint8Array(buffer) : Uint8Array.from(bytes);
}
