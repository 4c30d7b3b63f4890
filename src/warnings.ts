/** The warnings of VoxRx: work continues, but not as well as it could. */
import { callUser } from "./async/call-user.ts";
import { withShownUrls } from "./shown-url.ts";
import { visible } from "./visible-text.ts";

/** What a code means. The table in docs/errors.md is made from this. */
export const warningCodes = {
  VOXRX_CLASS_ABSENT:
    "a crop was to be drawn around foreground only, or background only, but the label has none, so the other is used; each operator warns only about the first item",
  VOXRX_RXJS_UNSEEN:
    "this version of rxjs hides the work of its operators, so asynchronous ones are fed without a limit",
  VOXRX_STORE_DAMAGED:
    "an entry of a store was damaged and is computed again; each store warns only about the first one",
  VOXRX_SURPLUS_DATA:
    "a file has more samples than its header announces; the first ones are read, as by other readers of the format",
  VOXRX_INDEX_MISSING:
    "a shard on disk has no index file, as when its writer was killed, so all of it is read to find its samples",
  VOXRX_EMPTY_CLASS: "a class of `imageFolder` has no image; the labels of the others stay the same",
  VOXRX_BROKEN_LINK: "a link below the directory of `dicomFolder` leads nowhere, so a series may be incomplete",
  VOXRX_DUPLICATE_FILES: "files of a DICOM series are copies of each other, byte by byte, and are read once",
  VOXRX_NOT_REPEATABLE:
    "a block was computed twice with `voxrx run --out`, and its items differ: an operator depends on more than the item, such as the time",
  VOXRX_QUEUE_WAITS:
    "the Redis server of `voxrx run --queue` is lost, loads its data or refuses commands, or its queue is paused; blocks in work go on, and the worker tries again",
  VOXRX_UNSEEN_CHANGE:
    "with `voxrx run --out`, a record holds an object whose content can't be read (a Blob, a promise, private fields of a class), so a change of it would not make its block again; only the first one is named; or the text of a function can't be read, or a function asks for the place of an item in the list",
  VOXRX_WORKER_DIFFERS:
    "an operator that was to run on worker threads is another one there, as when an image format is registered on the main thread only; its items stay on the main thread",
} as const satisfies Record<string, string>;

/** A stable name of a warning. */
export type WarningCode = keyof typeof warningCodes;

/** One warning, as a listener of {@link onWarning} gets it. */
export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
  /** More details. */
  readonly detail?: string;
}

type WarningListener = (warning: Warning) => void;

const listeners = new Set<{ readonly listener: WarningListener }>();

/**
 * Calls a function with every warning of VoxRx, instead of printing the warning with `process.emitWarning`. Several
 * functions can be registered. Returns a function that removes this one.
 *
 * @example
 * ```ts
 * import { onWarning } from "voxrx";
 * const unsubscribe = onWarning(({ code, message }) => console.log(code, message));
 * unsubscribe();
 * ```
 */
export function onWarning(listener: (warning: Warning) => void): () => void {
  const registration = { listener };
  listeners.add(registration);
  return () => void listeners.delete(registration);
}

/** Passes a warning to the registered listeners or, if there are none, to Node. */
export function warn(given: Warning): void {
  const { code } = given;
  const message = withShownUrls(given.message);
  const detail = given.detail === undefined ? undefined : withShownUrls(given.detail);
  const warning: Warning = { code, message, ...(detail === undefined ? {} : { detail }) };
  if (listeners.size > 0)
    for (const { listener } of [...listeners]) callUser("given to onWarning", () => listener(warning));
  else if (typeof process === "undefined") console.warn(`${code}: ${message}`);
  else process.emitWarning(visible(message), { code, ...(detail === undefined ? {} : { detail: visible(detail) }) });
}
