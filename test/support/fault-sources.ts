/** Files that the jobs of fault-jobs.ts read. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packers } from "./archives.ts";
import { niftiFile } from "./nifti-file.ts";

/** The file `file.bin` of a server. */
export const servedBytes = Buffer.from(Array.from({ length: 50_000 }, (_, i) => i % 251));

/** Writes images of 16 kB, and archives of them. */
export async function writeSources(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  const images = [0, 1, 2].map((n) => {
    const values = Array.from({ length: 8000 }, (_, i) => (i * 7 + n) % 3000);
    return niftiFile({ type: "int16", dims: [20, 20, 20], values }).single;
  });
  for (const [n, image] of images.entries()) await writeFile(join(dir, `${n}.nii`), image);
  const files = images.map((content, n) => ({ name: `${n}.nii`, content, stored: true }));
  for (const [kind, make] of packers) await writeFile(join(dir, `a.${kind}`), await make(files));
}
