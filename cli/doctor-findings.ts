import { constants } from "node:fs";
import { access, mkdtemp, readFile, rm, statfs } from "node:fs/promises";
import { arch, availableParallelism, cpus, tmpdir, totalmem, type } from "node:os";
import { join, resolve } from "node:path";
import { availableMemory } from "../src/available-memory.ts";
import { formatBytes } from "../src/bytes.ts";
import { lmdbStore } from "../src/cache/lmdb/lmdb-store.ts";
import { messageOf } from "../src/errors.ts";
import { checkPlatform } from "../src/files/check-platform.ts";
import { libdeflate } from "../src/files/libdeflate.ts";
import { koffiIfInstalled } from "../src/koffi.ts";
import { isSupportedNode, oldestNode, stripsTypes } from "./node-version.ts";

/** One thing that was looked for. */
export interface Finding {
  readonly name: string;
  /** `optional`: not there, and not needed; `broken`: VoxRx does not work without it. */
  readonly state: "good" | "optional" | "warning" | "broken";
  /** What was found. */
  readonly found: string;
  /** What it means for the user. */
  readonly means: string;
}

/** Looks for everything that VoxRx uses. */
export async function findings(dir: string): Promise<Finding[]> {
  return [
    nodeFinding(),
    platformFinding(),
    await coreFinding(),
    memoryFinding(),
    await diskFinding(dir),
    await lmdbFinding(),
    libdeflateFinding(),
    await libraryFinding("sharp", "JPEG, TIFF and WebP", () => import("sharp")),
    await libraryFinding("@itk-wasm/image-io", "Compressed DICOM", () => import("@itk-wasm/image-io")),
    await tsxFinding(),
  ];
}

function nodeFinding(): Finding {
  const found = process.versions.node;
  if (isSupportedNode()) return { name: "Node", state: "good", found, means: "VoxRx supports this version." };
  return { name: "Node", state: "broken", found, means: `VoxRx needs ${oldestNode} or newer: install the newest LTS.` };
}

function platformFinding(): Finding {
  const [name, found] = ["platform", `${type()} ${arch()}`];
  try {
    checkPlatform();
    return { name, state: "good", found, means: "Files can be read, written and cached." };
  } catch {
    const means = "Files can be read, but not written, cached or downloaded: use WSL.";
    return { name, state: "warning", found, means };
  }
}

async function coreFinding(): Promise<Finding> {
  const [usable, all, quota] = [availableParallelism(), cpus().length, await cpuQuota()];
  const found = `${usable} of ${all} usable${quota === undefined ? "" : `, limited to ${Number(quota.toFixed(2))} by the container`}`;
  if (quota !== undefined && quota < usable) {
    const workers = Math.max(1, Math.floor(quota));
    const means = `Node sees more cores than the container may use: parallel({ workers: ${workers} }) is enough.`;
    return { name: "cores", state: "warning", found, means };
  }
  const means = usable > 1 ? "parallel() uses all of them." : "parallel() has nothing to gain from one core.";
  return { name: "cores", state: "good", found, means };
}

/** Cores that the container's limit allows (cgroup v2, then v1); undefined if there is no limit. */
async function cpuQuota(): Promise<number | undefined> {
  const read = (path: string) => readFile(path, "utf8").catch(() => undefined);
  const [quota, period] = (await read("/sys/fs/cgroup/cpu.max"))?.trim().split(" ") ?? [
    await read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    await read("/sys/fs/cgroup/cpu/cpu.cfs_period_us"),
  ];
  const cores = Number(quota) / Number(period);
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
}

function memoryFinding(): Finding {
  const [usable, total] = [availableMemory(), totalmem()];
  const limit = usable < total ? `, of ${formatBytes(total)} in the machine` : "";
  const means = "limitMemory, prefetch and memoryStore keep to what you declare; declare less than this.";
  return { name: "memory", state: "good", found: `${formatBytes(usable)}${limit}`, means };
}

async function diskFinding(dir: string): Promise<Finding> {
  const name = "disk";
  try {
    const { bavail, bsize } = await statfs(dir);
    const found = `${formatBytes(bavail * bsize)} free at ${resolve(dir)}`;
    const isWritable = await access(dir, constants.W_OK).then(
      () => true,
      () => false,
    );
    if (!isWritable)
      return { name, state: "warning", found, means: "You can't write here: caches need another directory." };
    if (bavail * bsize < 20 * 2 ** 30) {
      return { name, state: "warning", found, means: "A cache takes up to 20 GiB: give lmdbStore a lower maxBytes." };
    }
    return { name, state: "good", found, means: "A cache takes up to 20 GiB, if lmdbStore gets no other maxBytes." };
  } catch (error) {
    return {
      name,
      state: "warning",
      found: `nothing at ${dir} (${messageOf(error)})`,
      means: "Give a directory that exists.",
    };
  }
}

/** Stores and reads an entry, in a directory that is removed again. */
async function lmdbFinding(): Promise<Finding> {
  const name = "lmdb";
  let dir: string | undefined;
  try {
    dir = await mkdtemp(join(tmpdir(), "voxrx-doctor-"));
    await using store = lmdbStore(dir, { maxBytes: "1MiB" });
    await store.set("a", { value: 1, files: [] });
    if ((await store.get("a"))?.value !== 1) throw new Error("an entry was not found again");
    return { name, state: "good", found: "loads, stores and reads", means: "Caches on disk (lmdbStore) work." };
  } catch (error) {
    const means = "Caches on disk (lmdbStore) don't work: reinstall with npm, or use memoryStore.";
    return { name, state: "broken", found: messageOf(error), means };
  } finally {
    if (dir !== undefined) await rm(dir, { recursive: true, force: true });
  }
}

function libdeflateFinding(): Finding {
  const name = "libdeflate";
  if (libdeflate()) {
    return {
      name,
      state: "good",
      found: "found, called through koffi",
      means: "Gzip files (.nii.gz) are inflated twice as fast.",
    };
  }
  const install = koffiIfInstalled()
    ? "apt install libdeflate0, or brew install libdeflate"
    : "npm install koffi, and libdeflate";
  const found = koffiIfInstalled() ? "not found, though koffi is there" : "koffi is not installed";
  return {
    name,
    state: "optional",
    found,
    means: `Gzip files are inflated by zlib, in twice the time. To change that: ${install}.`,
  };
}

async function libraryFinding(name: string, what: string, load: () => Promise<unknown>): Promise<Finding> {
  try {
    await load();
    return { name, state: "good", found: "installed", means: `${what} can be read.` };
  } catch {
    return {
      name,
      state: "optional",
      found: "not installed",
      means: `${what} can't be read. If you need it: npm install ${name}.`,
    };
  }
}

async function tsxFinding(): Promise<Finding> {
  const name = "TypeScript";
  if (stripsTypes()) {
    return {
      name,
      state: "good",
      found: "read by this Node",
      means: "voxrx run and bench take pipelines in .ts files.",
    };
  }
  try {
    await import("tsx/esm/api");
    return { name, state: "good", found: "read by tsx", means: "voxrx run and bench take pipelines in .ts files." };
  } catch {
    const means = "voxrx run and bench take .js and .mjs. For .ts files: npm install tsx, or use Node 22.18 or newer.";
    return { name, state: "optional", found: "tsx is not installed", means };
  }
}
