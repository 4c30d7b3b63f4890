/** Every error that VoxRx raises: a class by domain, a stable code, and words that say what to do. */
import { isInstance } from "./is-instance.ts";
import { shownUrl, withShownUrls } from "./shown-url.ts";

const brand = Symbol.for("voxrx.error");

/** The error class and the meaning of each code. The table in docs/errors.md is made from this. */
export const errorCodes = {
  VOXRX_BAD_OPTION: ["OptionError", "an option given to a factory is missing, misspelled or out of range"],
  VOXRX_MISSING_KEY: ["PipelineError", "an item has no field with the key given to an operator"],
  VOXRX_WRONG_FIELD: ["PipelineError", "a field holds a value of the wrong type for this operator"],
  VOXRX_AMBIGUOUS_MATCH: ["PipelineError", "two items have the same value where `join` needs one that matches"],
  VOXRX_TRANSFORM_FAILED: [
    "PipelineError",
    "a function or a source given to VoxRx threw; what it threw is the `cause`, unchanged",
  ],
  VOXRX_NOT_INDEXED: ["PipelineError", "`length` or `at(i)` was used on a dataset that is only a stream"],
  VOXRX_ORDER_VARIES: [
    "PipelineError",
    "a dataset is split by index whose order differs from epoch to epoch, as after `shuffle`",
  ],
  VOXRX_LENGTH_UNKNOWN: [
    "PipelineError",
    "`length` was read before the list of items was loaded; await `ready()` first",
  ],
  VOXRX_BAD_POSITION: ["PipelineError", "a run can't continue at a position that this plan can't have produced"],
  VOXRX_BAD_CHECKPOINT: ["PipelineError", "a checkpoint is damaged, or was written by a later version"],
  VOXRX_OTHER_PLAN: ["PipelineError", "a checkpoint came from another plan, seed or epoch than the one it is given to"],
  VOXRX_NO_ITEMS: ["PipelineError", "a dataset has no items, to be measured or computed in blocks"],
  VOXRX_NOT_WATCHED: ["PipelineError", "a run was asked where its time went, and nobody watched it"],
  VOXRX_NOT_RESUMABLE: [
    "PipelineError",
    "a run has no checkpoint, because its items depend on time or on a source that can't be read again",
  ],
  VOXRX_NOT_DETERMINISTIC: [
    "PipelineError",
    "a function declared as deterministic drew a random number, or looked at the item's id, index or epoch",
  ],
  VOXRX_DAMAGED_ITEM: ["PipelineError", "an item that was sent between threads or processes arrived damaged"],
  VOXRX_UNKNOWN_OPERATOR: [
    "PipelineError",
    "a plan names an operator, or a version of it, that is not known in this process",
  ],
  VOXRX_WORKER_DIED: ["PipelineError", "worker threads ended while they worked on an item, twice"],
  VOXRX_NO_WORKERS: [
    "PipelineError",
    "no worker thread can be started, as in an application that was bundled without it",
  ],
  VOXRX_UNSUPPORTED_PLATFORM: ["PipelineError", "files can't be written or locked safely on this operating system"],
  VOXRX_OUT_OF_RANGE: ["PipelineError", "`at(i)` was given an index outside of the dataset"],
  VOXRX_UNKNOWN_ITEM: ["PipelineError", "no item of the epoch has the id that was asked for"],
  VOXRX_NO_ITEM_ID: ["PipelineError", "an item was asked for that has no id: it has to be given, or can't be known"],
  VOXRX_NOT_DIVISIBLE: [
    "PipelineError",
    "a plan is to be computed in blocks, and an operator needs items together or they have no index",
  ],
  VOXRX_REPEATED_ID: ["PipelineError", "two items that are to be computed in blocks have the same id"],
  VOXRX_QUEUE_UNREACHABLE: ["PipelineError", "the Redis server of a queue can't be reached, or was away for too long"],
  VOXRX_QUEUE_REFUSED: [
    "PipelineError",
    "the Redis server of a queue answers, and refuses what workers need: user, rights, memory, a replica, a key that was overwritten",
  ],
  VOXRX_ITEM_LENT: [
    "PipelineError",
    "items whose tensors are freed when the next one is requested would be held longer, as by `prefetch`",
  ],
  VOXRX_NO_CACHE: ["PipelineError", "`warm` was called on a dataset whose plan has no cache"],
  VOXRX_OVERRUN: ["PipelineError", "a source that pushes was faster than its consumer and filled its declared queue"],
  VOXRX_STALLED: [
    "PipelineError",
    "deadlock: an RxJS operator waits for input that it only gets with a larger `ahead`",
  ],
  VOXRX_ONE_SHOT: ["PipelineError", "a source that can be read only once was read a second time"],
  VOXRX_TOO_LARGE: ["PipelineError", "a result would exceed a declared limit in bytes or items"],
  VOXRX_TOO_MANY_ERRORS: ["PipelineError", "more items failed than onError allows"],
  VOXRX_SHAPE_MISMATCH: ["PipelineError", "volumes that must have the same shape or affine do not"],
  VOXRX_BROKEN_WINDOWS: ["PipelineError", "the patches of an item are incomplete, duplicated, out of order or flipped"],
  VOXRX_NOT_INVERTIBLE: ["PipelineError", "an image went through a spatial transform that can't be undone"],
  VOXRX_VALUE_RANGE: ["PipelineError", "a value does not fit into the integer type"],
  VOXRX_BAD_LABEL: ["PipelineError", "a label holds a value that is not one of its classes"],
  VOXRX_NO_VOXEL: ["PipelineError", "the label has no voxel of the class to sample from"],
  VOXRX_PATH_COLLISION: ["PipelineError", "two items of a run would be written to one path"],
  VOXRX_UNCACHEABLE: ["PipelineError", "an item holds something that has no stable identity or no stored form"],
  VOXRX_BAD_VOLUME: ["FormatError", "the shape, strides and samples of a volume do not match"],
  VOXRX_FILE_MISSING: ["FormatError", "a file that an item names does not exist"],
  VOXRX_FILE_UNREADABLE: ["FormatError", "the system refused to open or read a file"],
  VOXRX_EMPTY_FILE: ["FormatError", "a file has no bytes"],
  VOXRX_TRUNCATED_FILE: [
    "FormatError",
    "a file ends before the end of its header or of the samples that the header describes",
  ],
  VOXRX_UNKNOWN_FORMAT: [
    "FormatError",
    "neither the first bytes nor the name of a file match a format that can be read",
  ],
  VOXRX_BAD_HEADER: ["FormatError", "a header contradicts itself or the standard"],
  VOXRX_BAD_COMPRESSION: ["FormatError", "compressed bytes are damaged"],
  VOXRX_BAD_AFFINE: ["FormatError", "an affine is not finite or not invertible"],
  VOXRX_UNSUPPORTED_DTYPE: ["FormatError", "samples have a type that is not supported"],
  VOXRX_UNSUPPORTED_ENCODING: ["FormatError", "samples are encoded or compressed in a way that is not supported"],
  VOXRX_SEVERAL_SERIES: ["FormatError", "a directory holds several DICOM series and none was chosen"],
  VOXRX_BAD_SERIES: ["FormatError", "the slices of a DICOM series do not make one volume"],
  VOXRX_MISSING_LIBRARY: ["FormatError", "an optional library that this needs is not installed"],
  VOXRX_BAD_DATALIST: ["FormatError", "a datalist is damaged, or names files outside of its directory"],
  VOXRX_EMPTY_FOLDER: ["FormatError", "no matching file was found in the directory"],
  VOXRX_BAD_MANIFEST: ["FormatError", "the manifest of a split or of blocks is damaged, or belongs to other items"],
  VOXRX_INCOMPLETE: ["FormatError", "a directory of shards whose blocks are not all done"],
  VOXRX_WRITE_FAILED: ["FormatError", "a file could not be written; no partial file was left behind"],
  VOXRX_DOWNLOAD_FAILED: [
    "DownloadError",
    "a server could not be reached, or dropped the connection, more often than retries allow",
  ],
  VOXRX_HTTP_STATUS: ["DownloadError", "a server answered with a non-success HTTP status"],
  VOXRX_UNEXPECTED_CONTENT: ["DownloadError", "a server sent a page where a file was expected"],
  VOXRX_INCOMPLETE_DOWNLOAD: ["DownloadError", "a response ended before its announced length"],
  VOXRX_OFFLINE: ["DownloadError", "the file is missing locally and the network can't be reached"],
  VOXRX_PATH_TAKEN: ["DownloadError", "the target path is taken by a directory or by a file from another URL"],
  VOXRX_DISK_FULL: ["DownloadError", "the disk is full"],
  VOXRX_FOLDER_UNWRITABLE: ["DownloadError", "a directory does not exist or can't be written to"],
  VOXRX_CHECKSUM_MISMATCH: ["ChecksumError", "bytes do not match their published checksum"],
  VOXRX_UNSAFE_ENTRY: ["ArchiveError", "an archive entry would be written outside of the target directory"],
  VOXRX_ARCHIVE_LIMIT: ["ArchiveError", "an archive holds more bytes or entries than its limits allow"],
  VOXRX_BAD_ARCHIVE: ["ArchiveError", "an archive is damaged or has an unknown format"],
  VOXRX_STORE_UNUSABLE: ["StoreError", "a store's directory can't be created, opened or written"],
  VOXRX_STORE_FULL: ["StoreError", "there is no space for an entry"],
  VOXRX_STORE_CLOSED: ["StoreError", "a store was used after close()"],
  VOXRX_STORE_CONFLICT: ["StoreError", "a store is already open with different options"],
} as const satisfies Record<string, readonly [domain: string, meaning: string]>;

/** A stable name of a fault, safe to branch on. */
export type ErrorCode = keyof typeof errorCodes;

/** Where a fault happened and what can be done about it. */
export interface ErrorDetails {
  /** Id of the item that was being processed. */
  item?: string | undefined;
  /** Name of the operator that was running. */
  operator?: string | undefined;
  /** Path or URL of the file concerned. A URL is kept and shown without user, password, query and fragment. */
  file?: string | undefined;
  /** One sentence: what the caller can do. */
  remedy?: string | undefined;
  /** The first fault. */
  cause?: unknown;
}

/**
 * The base class of all errors raised by VoxRx. Tell them apart with {@link isVoxRxError}, never with `instanceof`:
 * an error keeps its brand and code when it crosses a worker, a process or a second copy of this package.
 */
export class VoxRxError extends Error {
  readonly code: ErrorCode;
  /** What was wrong, without the place and the remedy. */
  readonly fault: string;
  item: string | undefined;
  operator: string | undefined;
  file: string | undefined;
  readonly remedy: string | undefined;

  constructor(code: ErrorCode, fault: string, details: ErrorDetails = {}) {
    super(withShownUrls(fault), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.fault = this.message;
    this.item = details.item;
    this.operator = details.operator;
    this.file = details.file === undefined ? undefined : withShownUrls(shownUrl(details.file));
    this.remedy = details.remedy === undefined ? undefined : withShownUrls(details.remedy);
    Object.defineProperty(this, brand, { value: true });
    this.name = new.target.name;
    this.message = describe(this);
  }

  /**
   * The error with where it happened, as far as that is not known yet; what is known stays. This error does not change:
   * it may be frozen, or be thrown again for another item.
   */
  locate(where: Pick<ErrorDetails, "item" | "operator" | "file">): VoxRxError {
    const { item = where.item, operator = where.operator, file = where.file } = this;
    if (item === this.item && operator === this.operator && file === this.file) return this;
    const { name, code, fault, remedy, stack, cause } = this;
    return reviveError({ name, code, fault, item, operator, file, remedy, stack, cause });
  }

  /** A plain form that survives JSON and structured cloning; {@link reviveError} restores the error. */
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
/** A pipeline that was composed wrongly or received wrong items, or a function inside it that threw. */
export class PipelineError extends VoxRxError {}
/** An option that is missing, misspelled or out of range. Raised when the pipeline is composed. */
export class OptionError extends VoxRxError {}

const classes = { FormatError, DownloadError, ChecksumError, ArchiveError, StoreError, PipelineError, OptionError };

/** The plain form of an error, as it is sent between workers and processes. */
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
 * Whether something caught is an error of VoxRx and, if a code is given, has that code.
 *
 * @example
 * ```ts
 * import { isVoxRxError } from "voxrx";
 * declare const caught: unknown;
 * if (isVoxRxError(caught, "VOXRX_CHECKSUM_MISMATCH")) console.log(caught.file, caught.remedy);
 * ```
 */
export function isVoxRxError(caught: unknown, code?: ErrorCode): caught is VoxRxError {
  try {
    if (typeof caught !== "object" || caught === null || !("code" in caught)) return false;
    // A proxy can answer `in` as it likes, but can't invent a property that can't be removed.
    const mark = Object.getOwnPropertyDescriptor(caught, brand);
    if (mark?.value !== true || mark.configurable) return false;
    return code === undefined ? String(caught.code).startsWith("VOXRX_") : caught.code === code;
  } catch {
    return false; // a proxy of somebody's
  }
}

/** The message of whatever was thrown, also of what is not an error, or can't be looked at. */
export function messageOf(caught: unknown): string {
  try {
    return isInstance(caught, Error) ? stringOf(caught.message) : stringOf(caught);
  } catch {
    return "a value that can't be read";
  }
}

/** Restores an error that was sent with {@link VoxRxError.toJSON}, with its class and stack. */
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
    error.item !== undefined && `item "${withShownUrls(error.item)}"`,
    error.file && `file ${error.file}`,
  ].filter(Boolean);
  const place = where.length > 0 ? ` (${where.join(", ")})` : "";
  const remedy = error.remedy ? ` ${error.remedy}` : "";
  return `${error.fault}${place}.${remedy}`;
}

function plainCause(cause: unknown): unknown {
  try {
    if (isVoxRxError(cause)) return cause.toJSON();
    if (isInstance(cause, Error))
      return { name: stringOf(cause.name), message: stringOf(cause.message), stack: stackOf(cause) };
  } catch {
    return messageOf(cause);
  }
  const isPlain = cause === null || ["undefined", "string", "number", "boolean"].includes(typeof cause);
  return isPlain ? cause : stringOf(cause);
}

/** The stack of an error; it is made when it is first read, from a message that may not be a string. */
function stackOf(error: Error): string | undefined {
  try {
    return error.stack;
  } catch {
    return undefined;
  }
}

/** A value of any kind as a string, also one that can't be converted to one. */
function stringOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return `a value of type ${typeof value}`;
  }
}
