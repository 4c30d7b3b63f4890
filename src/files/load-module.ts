import { outOfFiles } from "./disk-failure.ts";

/**
 * A function that imports a library on its first call. A failure is not kept here; Node itself keeps an import that
 * failed because too many files are open.
 *
 * @throws FormatError `VOXRX_FILE_UNREADABLE` if no further file can be opened, and what the import throws
 */
export function loadedOnUse<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw outOfFiles(error, "a library") ?? error;
    });
    return loaded;
  };
}
