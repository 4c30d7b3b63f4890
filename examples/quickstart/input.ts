/** Where the quickstart takes its scans from: the public archive, a folder, or phantoms made here if there is no network. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { readHeader } from "voxrx";
import { phantomArchive, serveArchive, tarOf } from "./archive.ts";

/** One labelled scan on disk. */
export interface ScanPaths {
  readonly image: string;
  readonly label: string;
}

/** What the quickstart works on. */
export type Input = {
  /** Folder for everything that is written. */
  readonly work: string;
  /** Voxel size that all scans are brought to, in mm. */
  readonly pixdim: readonly number[];
  /** Whether the scans come with labels. */
  readonly labelled: boolean;
  close(): Promise<void>;
} & ({ readonly folder: string } | { readonly archive: { readonly url: string; readonly md5?: string } });

/** The Decathlon's hippocampus task: 260 labelled MR scans, 27 MB (Simpson et al. 2019, CC BY-SA 4.0). */
const hippocampus = {
  url: "https://msd-for-monai.s3-us-west-2.amazonaws.com/Task04_Hippocampus.tar",
  md5: "9d24dba78a72977dbd1d2e110310f31b",
};

const nothing = async (): Promise<void> => undefined;

/** Reads the command line: `--data DIR`, `--work DIR`, `--serve DIR` (pack and serve a folder), `--phantoms`. */
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
  if (data) return { work, folder: data, pixdim: [2, 2, 2], labelled: false, close: nothing };
  const common = { work, pixdim: [1, 1, 1], labelled: true };
  if (serve) return { ...common, ...(await serveArchive(`${basename(serve)}.tar`, await tarOf(serve))) };
  if (!phantoms) {
    if (existsSync(join(work, basename(hippocampus.url))) || (await isReachable(hippocampus.url))) {
      return { ...common, archive: hippocampus, close: nothing };
    }
    console.log("No network: making phantom scans and serving them from this machine instead.");
  }
  return { ...common, work: join(work, "phantoms"), ...(await serveArchive("Phantoms.tar", await phantomArchive(24))) };
}

/** The labelled scans among extracted files: `imagesTr/x.nii.gz` with `labelsTr/x.nii.gz`. */
export function labelledScans(files: readonly string[]): ScanPaths[] {
  const known = new Set(files);
  return files
    .filter((file) => /[\\/]imagesTr[\\/][^\\/.][^\\/]*\.nii(\.gz)?$/.test(file))
    .map((image) => ({ image, label: image.replace(/imagesTr(?=[\\/][^\\/]*$)/, "labelsTr") }))
    .filter(({ label }) => known.has(label));
}

/** All 3D NIfTI scans below a folder. They have no labels: the image stands in, and is turned into one later. */
export async function scansIn(folder: string): Promise<ScanPaths[]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.nii(\.gz)?$/.test(name)).sort();
  const scans: ScanPaths[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const { shape } = await readHeader(path).catch(() => ({ shape: [] }));
    if (shape.length === 4 && shape.slice(1).every((n) => n > 1)) scans.push({ image: path, label: path });
    else console.log(`left out: ${path} is no 3D scan`);
  }
  return scans;
}

async function isReachable(url: string): Promise<boolean> {
  const answer = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  return answer?.ok ?? false;
}
