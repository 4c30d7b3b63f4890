/**
 * The scans that benchmarks read. They are made once and kept in the system's directory for temporary files.
 * `VOXRX_BENCH_DATA` may name a directory with scans of your own: `t1/*.nii.gz` (and `t1-label.nii.gz` for the first),
 * `ct/images/*.nii.gz` with `ct/labels/*.nii.gz` of the same names. What is missing there is made.
 */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Volume } from "voxrx";
import type { Build } from "../measure/build.ts";
import { writeFormats } from "./other-formats.ts";
import { ctPhantom, t1Phantom } from "./large-phantoms.ts";

/** Paths of the scans. */
export interface Scans {
  /** T1 images, `.nii.gz`, int16. */
  readonly t1: readonly string[];
  /** Labels of the first T1 image. */
  readonly t1Label: string;
  readonly ct: readonly { readonly image: string; readonly label: string }[];
  /** A directory with one scan in every format. */
  readonly formats: string;
}

/** Raise this when other scans are made. */
const version = 1;

const sizes = {
  full: { t1: [256, 256, 150], t1Count: 12, ct: [512, 512, 100], ctCount: 3 },
  short: { t1: [128, 128, 75], t1Count: 4, ct: [256, 256, 50], ctCount: 2 },
} as const;

/** Finds the scans, or makes them with a build. */
export async function findScans(build: Build, short: boolean): Promise<Scans> {
  const made = join(tmpdir(), `voxrx-bench-data-${version}-${short ? "short" : "full"}`);
  if (!existsSync(made)) await makeScans(build, made, short);
  const own = process.env.VOXRX_BENCH_DATA;
  const from = (path: string) =>
    own !== undefined && existsSync(join(own, path)) ? join(own, path) : join(made, path);
  const labels = from(join("ct", "labels"));
  return {
    t1: imagesIn(from("t1")),
    t1Label: from("t1-label.nii.gz"),
    ct: imagesIn(from(join("ct", "images"))).map((image) => ({ image, label: join(labels, basename(image)) })),
    formats: join(made, "formats"),
  };
}

function imagesIn(dir: string): string[] {
  const names = readdirSync(dir).filter((name) => name.endsWith(".nii.gz"));
  return names
    .sort()
    .slice(0, sizes.full.t1Count)
    .map((name) => join(dir, name));
}

/** Makes all scans in a directory, which appears complete or not at all. */
async function makeScans(build: Build, dir: string, short: boolean): Promise<void> {
  console.error(`making scans in ${dir} ...`);
  const unfinished = `${dir}.unfinished-${process.pid}`;
  const { t1, t1Count, ct, ctCount } = sizes[short ? "short" : "full"];
  const { Volume: make } = build.vox;
  const save = async (volume: Volume, path: string) =>
    writeFile(path, await build.vox.encodeNifti(volume, { gzip: true }));
  try {
    for (const name of ["t1", "ct/images", "ct/labels"]) await mkdir(join(unfinished, name), { recursive: true });
    const saving: Promise<void>[] = [];
    for (let n = 0; n < t1Count; n++) {
      const { image, label } = t1Phantom(make, t1, n + 1);
      if (n === 0) saving.push(save(label, join(unfinished, "t1-label.nii.gz")));
      if (n === 0) await writeFormats(build, image, join(unfinished, "formats"));
      saving.push(save(image, join(unfinished, "t1", `t1-${String(n).padStart(2, "0")}.nii.gz`)));
      await Promise.all(saving.slice(0, -2));
    }
    for (let n = 0; n < ctCount; n++) {
      const { image, label } = ctPhantom(make, ct, n + 101);
      await save(image, join(unfinished, "ct", "images", `ct-${n}.nii.gz`));
      await save(label, join(unfinished, "ct", "labels", `ct-${n}.nii.gz`));
    }
    await Promise.all(saving);
    await rename(unfinished, dir);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}
