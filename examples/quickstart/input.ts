/**
 * Chooses the scans for the quickstart: the public archive, a directory, or generated phantoms if there is no network.
 */
import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { isVoxRxError, readHeader } from "voxrx";
import { phantoms as generatePhantoms, recognizeDirectory } from "voxrx/datasets";
import { serveArchive, tarOf } from "./archive.ts";

/** One labeled scan on disk. A scan may have a file for each channel. */
export interface ScanPaths {
  readonly image: string | readonly string[];
  readonly label: string | readonly string[];
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
} & ({ readonly scans: readonly ScanPaths[] } | { readonly archive: { readonly url: string; readonly md5?: string } });

/** The Decathlon's hippocampus task: 260 labeled MR scans, 27 MB (Simpson et al. 2019, CC BY-SA 4.0). */
const hippocampus = {
  url: "https://msd-for-monai.s3-us-west-2.amazonaws.com/Task04_Hippocampus.tar",
  md5: "9d24dba78a72977dbd1d2e110310f31b",
};

const nothing = async (): Promise<void> => undefined;

/** Reads the command line: `--data DIR`, `--work DIR`, `--serve DIR` (pack and serve a directory), `--phantoms`. */
export async function chooseInput(args: string[]): Promise<Input> {
  try {
    return await inputFor(args);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

async function inputFor(args: string[]): Promise<Input> {
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
  if (data !== undefined) return { work, ...(await scansIn(data)), close: nothing };
  const common = { work, pixdim: [1, 1, 1], labeled: true };
  if (serve) return { ...common, ...(await serveArchive(`${basename(serve)}.tar`, await tarOf(serve))) };
  if (!phantoms) {
    if (existsSync(join(work, basename(hippocampus.url))) || (await isReachable(hippocampus.url))) {
      return { ...common, archive: hippocampus, close: nothing };
    }
    console.log("No network: generating phantom scans and serving them from this machine instead.");
  }
  const dir = join(work, "phantoms");
  await generatePhantoms({ root: dir }).ready();
  const served = await serveArchive("Phantoms.tar", await tarOf(join(dir, "Phantoms")));
  return { ...common, work: join(dir, "download"), ...served };
}

/** The labeled scans among extracted files: `imagesTr/x.nii.gz` with `labelsTr/x.nii.gz`. */
export function labeledScans(files: readonly string[]): ScanPaths[] {
  const known = new Set(files);
  return files
    .filter((file) => /[\\/]imagesTr[\\/][^\\/.][^\\/]*\.nii(\.gz)?$/.test(file))
    .map((image) => ({ image, label: image.replace(/imagesTr(?=[\\/][^\\/]*$)/, "labelsTr") }))
    .filter(({ label }) => known.has(label));
}

/**
 * The scans in a directory of any layout that VoxRx knows: those with labels, if there are any. Where there are none, the
 * image is used instead, and becomes a label later.
 */
async function scansIn(dir: string): Promise<Pick<Input, "pixdim" | "labeled"> & { readonly scans: ScanPaths[] }> {
  const { description, items } = await recognizeDirectory(dir);
  console.log(description);
  const labeled = items.some(({ label }) => label !== undefined);
  const chosen = labeled ? items.filter(({ label }) => label !== undefined) : items;
  const scans: ScanPaths[] = [];
  let extent = 0;
  for (const { image, label = image } of chosen) {
    const header = await readHeader(typeof image === "string" ? image : (image[0] ?? "")).catch((error: unknown) => {
      if (isVoxRxError(error)) return console.log(`skipped: ${error.message}`);
      throw error;
    });
    if (!header) continue;
    const isScan = header.shape.length === 4 && header.shape.slice(1).every((n) => n > 1);
    if (!isScan) continue;
    scans.push({ image, label });
    extent = Math.max(extent, ...header.spacing.map((mm, axis) => mm * (header.shape[axis + 1] ?? 0)));
  }
  if (scans.length < chosen.length) console.log(`${chosen.length - scans.length} of them are left out: not 3D scans`);
  if (scans.length === 0) throw new Error(`no 3D scan in ${dir}: the quickstart trains on 3D scans`);
  return { scans, labeled, pixdim: extent < 100 ? [1, 1, 1] : [2, 2, 2] };
}

async function isReachable(url: string): Promise<boolean> {
  const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  return answer?.ok ?? false;
}
