/**
 * Chooses the scans for the quickstart: the public archive, a directory, or generated phantoms if there is no network.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { readHeader } from "voxrx";
import { phantomArchive, serveArchive, tarOf } from "./archive.ts";

/** One labeled scan on disk. */
export interface ScanPaths {
  readonly image: string;
  readonly label: string;
}

/** The input of the quickstart. */
export type Input = {
  /** Directory for all output. */
  readonly work: string;
  /** Voxel size to which all scans are resampled, in mm. */
  readonly pixdim: readonly number[];
  /** Whether the scans have labels. */
  readonly labeled: boolean;
  close(): Promise<void>;
} & ({ readonly dir: string } | { readonly archive: { readonly url: string; readonly md5?: string } });

/** The Decathlon's hippocampus task: 260 labeled MR scans, 27 MB (Simpson et al. 2019, CC BY-SA 4.0). */
const hippocampus = {
  url: "https://msd-for-monai.s3-us-west-2.amazonaws.com/Task04_Hippocampus.tar",
  md5: "9d24dba78a72977dbd1d2e110310f31b",
};

const nothing = async (): Promise<void> => undefined;

/** Reads the command line: `--data DIR`, `--work DIR`, `--serve DIR` (pack and serve a directory), `--phantoms`. */
export async function chooseInput(args: string[]): Promise<Input> {
  const { values } = parseArgs({
    args,
    options: {
      data: { type: "string" },
      work: { type: "string", default: ".voxrx/quickstart" },
      serve: { type: "string" },
      phantoms: { type: "boolean", default: false },
    },
  });
  const { work, data, serve, phantoms } = values;
  if (data) return { work, dir: data, pixdim: [2, 2, 2], labeled: false, close: nothing };
  const common = { work, pixdim: [1, 1, 1], labeled: true };
  if (serve) return { ...common, ...(await serveArchive(`${basename(serve)}.tar`, await tarOf(serve))) };
  if (!phantoms) {
    if (existsSync(join(work, basename(hippocampus.url))) || (await isReachable(hippocampus.url))) {
      return { ...common, archive: hippocampus, close: nothing };
    }
    console.log("No network: generating phantom scans and serving them from this machine instead.");
  }
  return { ...common, work: join(work, "phantoms"), ...(await serveArchive("Phantoms.tar", await phantomArchive(24))) };
}

/** The labeled scans among extracted files: `imagesTr/x.nii.gz` with `labelsTr/x.nii.gz`. */
export function labeledScans(files: readonly string[]): ScanPaths[] {
  const known = new Set(files);
  return files
    .filter((file) => /[\\/]imagesTr[\\/][^\\/.][^\\/]*\.nii(\.gz)?$/.test(file))
    .map((image) => ({ image, label: image.replace(/imagesTr(?=[\\/][^\\/]*$)/, "labelsTr") }))
    .filter(({ label }) => known.has(label));
}

/** All 3D NIfTI scans in a directory tree. They have no labels: the image is used instead and becomes a label later. */
export async function scansIn(dir: string): Promise<ScanPaths[]> {
  const names = (await readdir(dir, { recursive: true })).filter((name) => /\.nii(\.gz)?$/.test(name)).sort();
  const scans: ScanPaths[] = [];
  for (const name of names) {
    const path = join(dir, name);
    const { shape } = await readHeader(path).catch(() => ({ shape: [] }));
    if (shape.length === 4 && shape.slice(1).every((n) => n > 1)) scans.push({ image: path, label: path });
    else console.log(`skipped ${path}: not a 3D scan`);
  }
  return scans;
}

async function isReachable(url: string): Promise<boolean> {
  const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  return answer?.ok ?? false;
}
