import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { outOfFiles } from "./disk-failure.ts";
import { whenFileFree } from "./when-file-free.ts";

/** Files that a library's modules take at a time while they are loaded. */
const filesOfModules = 16;

let last: Promise<unknown> = Promise.resolve();

/**
 * A function that imports a library on its first call. Node keeps an import that failed for want of open files as failed
 * for as long as the process lives, so as many as it takes must be free before it starts.
 *
 * @throws FormatError `VOXRX_FILE_UNREADABLE`, and what the import throws
 */
export function loadedOnUse<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    if (loaded) return loaded;
    const loading = last.then(waitForFiles).then(load).catch(explain);
    last = loading.catch(() => undefined);
    loaded = loading;
    loading.catch(() => {
      loaded = undefined;
    });
    return loading;
  };
}

async function waitForFiles(): Promise<void> {
  const handles: FileHandle[] = [];
  const self = fileURLToPath(import.meta.url);
  try {
    while (handles.length < filesOfModules) handles.push(await whenFileFree(() => open(self)));
  } catch {
    // Fewer may do.
  } finally {
    for (const handle of handles) await handle.close();
  }
}

function explain(error: unknown): never {
  throw outOfFiles(error, "a library") ?? error;
}
