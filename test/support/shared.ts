import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../../shared/data", import.meta.url));

/** Folder of the real images with reference results that lies beside the checkout; undefined where it is absent. */
export const sharedData: string | undefined = existsSync(join(folder, "truth.json")) ? folder : undefined;

/** Path of a file among the real images. Only to be called where {@link sharedData} is there. */
export function sharedFile(...parts: readonly string[]): string {
  return join(folder, ...parts);
}
