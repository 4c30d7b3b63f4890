/** Every error that VoxRx raises: a class by domain, a stable code, and words that say what to do. */

const brand = Symbol.for("voxrx.error");

/** What a code means and what the reader may do. The table in docs/errors.md is made from this. */
export const errorCodes = {
  VOXRX_BAD_OPTION: ["OptionError", "an option given to a factory is missing, misspelled or out of range"],
  VOXRX_MISSING_KEY: ["PipelineError", "an item has no field of the name that an operator was told to work on"],
  VOXRX_WRONG_FIELD: ["PipelineError", "a field holds something else than the operator works on"],
  VOXRX_TRANSFORM_FAILED: ["PipelineError", "a function inside the pipeline threw; its error is the cause"],
  VOXRX_NOT_INDEXED: ["PipelineError", "length or at(i) was asked of a dataset that is only a stream"],
  VOXRX_LENGTH_UNKNOWN: ["PipelineError", "length was read before the list of items was; await ready() first"],
  VOXRX_BAD_POSITION: ["PipelineError", "a run was to continue at a position that its plan can't have given"],
  VOXRX_NOT_DETERMINISTIC: [
    "PipelineError",
    "a function declared as deterministic drew a random number, or looked at the item's id, index or epoch",
  ],
  VOXRX_DAMAGED_ITEM: ["PipelineError", "an item that was sent between threads or processes arrived damaged"],
  VOXRX_UNKNOWN_OPERATOR: ["PipelineError", "a plan names an operator, or a version of one, that is not known here"],
  VOXRX_OUT_OF_RANGE: ["PipelineError", "at(i) was asked for an index outside the dataset"],
  VOXRX_OVERRUN: ["PipelineError", "a pushing source was faster than its consumer and filled its declared queue"],
  VOXRX_STALLED: [
    "PipelineError",
    "a bridged RxJS operator waits for items that it will only get if more is allowed ahead",
  ],
  VOXRX_ONE_SHOT: ["PipelineError", "a source that can be read only once was read a second time"],
  VOXRX_TOO_LARGE: ["PipelineError", "a result would exceed a declared limit in bytes or items"],
  VOXRX_TOO_MANY_ERRORS: ["PipelineError", "more items failed than onError allows"],
  VOXRX_SHAPE_MISMATCH: ["PipelineError", "volumes that must agree in shape do not"],
  VOXRX_BROKEN_WINDOWS: ["PipelineError", "windows of an item are missing, doubled, out of order or flipped"],
  VOXRX_NOT_INVERTIBLE: ["PipelineError", "a spatial transform that cannot be undone was applied to an image"],
  VOXRX_VALUE_RANGE: ["PipelineError", "a value does not fit the integer type that was to hold it"],
  VOXRX_BAD_LABEL: ["PipelineError", "a label holds a value that is none of its classes"],
  VOXRX_NO_VOXEL: ["PipelineError", "a label has no voxel of the kind that is to be drawn"],
  VOXRX_PATH_COLLISION: ["PipelineError", "two items of a run would be written to one path"],
  VOXRX_UNCACHEABLE: ["PipelineError", "an item holds something that has no stable identity or no stored form"],
  VOXRX_SHARE_LAG: ["PipelineError", "consumers of a shared dataset are further apart than maxLag allows"],
  VOXRX_BAD_VOLUME: ["FormatError", "shape, strides and samples of a volume do not fit together"],
  VOXRX_FILE_MISSING: ["FormatError", "a file that an item names is not there"],
  VOXRX_FILE_UNREADABLE: ["FormatError", "the system refused to open or read a file"],
  VOXRX_EMPTY_FILE: ["FormatError", "a file has no bytes"],
  VOXRX_TRUNCATED_FILE: ["FormatError", "a file ends before the samples or the header that it announces"],
  VOXRX_UNKNOWN_FORMAT: ["FormatError", "the first bytes of a file belong to no format that can be read"],
  VOXRX_BAD_HEADER: ["FormatError", "a header contradicts itself or the standard"],
  VOXRX_BAD_COMPRESSION: ["FormatError", "compressed bytes are damaged"],
  VOXRX_BAD_AFFINE: ["FormatError", "an affine is not finite or not invertible"],
  VOXRX_UNSUPPORTED_DTYPE: ["FormatError", "samples are of a type that has no typed array here"],
  VOXRX_UNSUPPORTED_ENCODING: ["FormatError", "samples are packed in a way that cannot be unpacked here"],
  VOXRX_SEVERAL_SERIES: ["FormatError", "a folder holds several DICOM series and none of them was chosen"],
  VOXRX_BAD_SERIES: ["FormatError", "the slices of a DICOM series do not make one volume"],
  VOXRX_MISSING_LIBRARY: ["FormatError", "an optional library that reads this format is not installed"],
  VOXRX_BAD_DATALIST: ["FormatError", "a list of data is damaged, or names files outside of its folder"],
  VOXRX_EMPTY_FOLDER: ["FormatError", "a folder holds nothing of what was looked for"],
  VOXRX_BAD_MANIFEST: ["FormatError", "the file that keeps a split is damaged or belongs to other items"],
  VOXRX_WRITE_FAILED: ["FormatError", "a file could not be written; nothing half-written was left"],
  VOXRX_DOWNLOAD_FAILED: [
    "DownloadError",
    "a server could not be reached, or went away, more often than retries allow",
  ],
  VOXRX_HTTP_STATUS: ["DownloadError", "a server answered with a status that is no success"],
  VOXRX_UNEXPECTED_CONTENT: ["DownloadError", "a server sent a page where a file was expected"],
  VOXRX_INCOMPLETE_DOWNLOAD: ["DownloadError", "a body ended before its announced length"],
  VOXRX_OFFLINE: ["DownloadError", "the file is not here and no network can be reached"],
  VOXRX_PATH_TAKEN: ["DownloadError", "a file from another address, or no file at all, lies where a download goes"],
  VOXRX_DISK_FULL: ["DownloadError", "no space is left where a file is written"],
  VOXRX_FOLDER_UNWRITABLE: ["DownloadError", "a folder does not exist or may not be written to"],
  VOXRX_CHECKSUM_MISMATCH: ["ChecksumError", "bytes differ from their published checksum"],
  VOXRX_UNSAFE_ENTRY: ["ArchiveError", "an archive entry would leave the target folder"],
  VOXRX_ARCHIVE_LIMIT: ["ArchiveError", "an archive holds more bytes or entries than declared"],
  VOXRX_BAD_ARCHIVE: ["ArchiveError", "an archive is damaged or of an unknown kind"],
  VOXRX_STORE_UNUSABLE: ["StoreError", "a store's folder cannot be created, opened or written"],
  VOXRX_STORE_FULL: ["StoreError", "no space is left for an entry"],
  VOXRX_STORE_CLOSED: ["StoreError", "a store was used after close()"],
  VOXRX_STORE_CONFLICT: ["StoreError", "a store is already open with other options"],
} as const satisfies Record<string, readonly [domain: string, meaning: string]>;

/** A stable name of a fault, safe to branch on. */
export type ErrorCode = keyof typeof errorCodes;

/** Where a fault happened and what may be done about it. */
export interface ErrorDetails {
  /** Key of the item in work. */
  item?: string | undefined;
  /** Name of the operator at work. */
  operator?: string | undefined;
  /** Path or URL of the file concerned. */
  file?: string | undefined;
  /** One sentence: what the caller can do. */
  remedy?: string | undefined;
  /** The first fault. */
  cause?: unknown;
}

/**
 * The base of all errors raised by VoxRx. Tell them apart with {@link isVoxRxError}, never with `instanceof`:
 * an error keeps its brand and code when it crosses a worker, a process or a second copy of this package.
 */
export class VoxRxError extends Error {
  readonly code: ErrorCode;
  /** What was wrong, without where and what to do. */
  readonly fault: string;
  item: string | undefined;
  operator: string | undefined;
  file: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, fault: string, details: ErrorDetails = {}) {
    super(fault, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.fault = fault;
    this.item = details.item;
    this.operator = details.operator;
    this.file = details.file;
    this.remedy = details.remedy;
    Object.defineProperty(this, brand, { value: true });
    this.name = new.target.name;
    this.message = describe(this);
  }

  /** Fills in what is not yet known of where the fault happened; what is known stays. */
  locate(where: Pick<ErrorDetails, "item" | "operator" | "file">): this {
    this.item ??= where.item;
    this.operator ??= where.operator;
    this.file ??= where.file;
    this.message = describe(this);
    return this;
  }

  /** A plain form that survives JSON and structured cloning; {@link reviveError} brings it back. */
  toJSON(): SerializedError {
    const { name, code, fault, item, operator, file, remedy, stack } = this;
    return { name, code, fault, item, operator, file, remedy, stack, cause: plainCause(this.cause) };
  }
}

/** A file or header that cannot be read as an image, or an image that cannot be written. */
export class FormatError extends VoxRxError {}
/** A transfer that did not succeed. */
export class DownloadError extends VoxRxError {}
/** Bytes that differ from their published checksum. */
export class ChecksumError extends VoxRxError {}
/** An archive that is damaged, hostile or larger than declared. */
export class ArchiveError extends VoxRxError {}
/** A store that cannot be opened, read or written. */
export class StoreError extends VoxRxError {}
/** A pipeline that was composed or fed wrongly, or a function inside it that threw. */
export class PipelineError extends VoxRxError {}
/** An option that is missing, misspelled or out of range. Raised when the pipeline is composed. */
export class OptionError extends VoxRxError {}

const classes = { FormatError, DownloadError, ChecksumError, ArchiveError, StoreError, PipelineError, OptionError };

/** The plain form of an error, as it travels between workers and processes. */
export interface SerializedError {
  readonly name: string;
  readonly code: ErrorCode;
  readonly fault: string;
  readonly item: string | undefined;
  readonly operator: string | undefined;
  readonly file: string | undefined;
  readonly remedy: string | undefined;
  readonly stack: string | undefined;
  readonly cause: unknown;
}

/**
 * Tells whether something caught is an error of VoxRx, and of a given code.
 *
 * @example
 * ```ts
 * import { isVoxRxError } from "voxrx";
 * declare const caught: unknown;
 * if (isVoxRxError(caught, "VOXRX_CHECKSUM_MISMATCH")) console.log(caught.file, caught.remedy);
 * ```
 */
export function isVoxRxError(caught: unknown, code?: ErrorCode): caught is VoxRxError {
  if (typeof caught !== "object" || caught === null || !(brand in caught)) return false;
  return code === undefined || ("code" in caught && caught.code === code);
}

/** Brings back an error that was sent with {@link VoxRxError.toJSON}, in its own class and with its stack. */
export function reviveError(plain: SerializedError): VoxRxError {
  const known = Object.entries(classes).find(([name]) => name === plain.name);
  const Class = known ? known[1] : VoxRxError;
  const error = new Class(plain.code, plain.fault, plain);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

function describe(error: VoxRxError): string {
  const where = [
    error.operator && `operator ${error.operator}`,
    error.item !== undefined && `item "${error.item}"`,
    error.file && `file ${error.file}`,
  ].filter(Boolean);
  const place = where.length > 0 ? ` (${where.join(", ")})` : "";
  const remedy = error.remedy ? ` ${error.remedy}` : "";
  return `${error.fault}${place}.${remedy}`;
}

function plainCause(cause: unknown): unknown {
  if (isVoxRxError(cause)) return cause.toJSON();
  if (cause instanceof Error) return { name: cause.name, message: cause.message, stack: cause.stack };
  return typeof cause === "object" ? String(cause) : cause;
}
