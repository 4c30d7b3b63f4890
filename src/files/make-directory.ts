import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { systemCode } from "./disk-failure.ts";

/**
 * Makes a directory and those above it that are missing, and returns the first one that was made; undefined if all were
 * there. Node's recursive mkdir reports a full disk, a read-only one and others as ENOENT, and never ends below `/proc`:
 * the error thrown here has the system's own code.
 */
export async function makeDirectory(path: string): Promise<string | undefined> {
  const fault = await makeOne(path);
  if (fault === undefined) return path;
  if (await isDirectory(path)) return undefined;
  if (systemCode(fault) !== "ENOENT" || dirname(path) === path) throw fault;
  const first = await makeDirectory(dirname(path));
  const again = await makeOne(path);
  // Another process may have made it in the meantime.
  if (again !== undefined && !(await isDirectory(path))) throw again;
  return first ?? path;
}

/** What went wrong; undefined if the directory was made. */
function makeOne(path: string): Promise<unknown> {
  return mkdir(path).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
