import { link, readFile } from "node:fs/promises";
import { systemCode } from "./disk-failure.ts";
import { AtomicFile } from "./write-atomically.ts";

/**
 * Writes a file that appears complete, and only if there is none of that name, by a hard link: false if another one is
 * there.
 */
export async function publishOnce(path: string, text: string): Promise<boolean> {
  const file = await AtomicFile.create(path);
  try {
    await file.handle.writeFile(text);
    await file.handle.sync();
    await link(file.unfinishedPath, path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    // A server that repeats a call reports what the first one has made: then it is this text.
    if (code === "EEXIST") return (await readFile(path, "utf8").catch(() => undefined)) === text;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EMLINK") throw error;
    // A file system without hard links: the last of two that publish at the same time stays.
    await file.publish();
    return true;
  } finally {
    await file.discard();
  }
}
