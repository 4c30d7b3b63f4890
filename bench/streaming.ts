/**
 * Memory and time of streaming the scans of a tar.gz, against `tar xzf`: `npx tsx bench/streaming.ts`, with `--short` 50 MB instead of 1 GB.
 * Each measurement runs in a process of its own, so that its peak is its own.
 */
import { spawnSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import { encodeNifti, Volume } from "voxrx";

const goals = { peakMB: 250, ratio: 1.5 };
const rounds = 3;
const root = join(import.meta.dirname, "..");

/** A scan of `size`^3 int16 with noise that compresses to about half, another one for each seed. */
function scan(size: number, seed: number): Volume {
  const data = new Int16Array(size ** 3);
  let state = seed + 1;
  for (let i = 0; i < data.length; i++) {
    state = (state * 1103515245 + 12345) % 2147483648;
    data[i] = 300 + (i % size) + ((state >> 16) % 256);
  }
  return new Volume({ data, shape: [1, size, size, size], layout: "x-fastest" });
}

async function makeArchive(path: string, bytes: number, size: number): Promise<number> {
  const packing = pack();
  const count = Math.ceil(bytes / (2 * size ** 3));
  const fill = async () => {
    const one = await encodeNifti(scan(size, 1));
    for (let n = 0; n < count; n++) {
      await new Promise<void>((resolve, reject) => {
        packing.entry({ name: `scans/${n}.nii` }, one, (error) => (error ? reject(error) : resolve()));
      });
    }
    packing.finalize();
  };
  await Promise.all([fill(), pipeline(Readable.from(packing), createGzip({ level: 1 }), createWriteStream(path))]);
  return count;
}

/** What one process does: streams the archive and reports its time and the most memory that it ever had. It runs the built package, as users do. */
const program = `
  import { tarEntries } from "voxrx/datasets";
  import { decode } from "voxrx/operators";
  const [, path, mode] = process.argv;
  const peakMB = () => process.resourceUsage().maxRSS / 1024;
  const [start, baseMB] = [performance.now(), peakMB()];
  let items = 0;
  const entries = tarEntries(path);
  for await (const _ of mode === "volumes" ? entries.pipe(decode()) : entries) items++;
  console.log(JSON.stringify({ ms: performance.now() - start, items, baseMB, peakMB: peakMB() }));
`;

interface Measured {
  readonly ms: number;
  readonly items: number;
  /** Peak of the program before the first byte. */
  readonly baseMB: number;
  readonly peakMB: number;
}

function streamInChild(path: string, mode: "bytes" | "volumes"): Measured {
  const args = ["--input-type=module", "--eval", program, path, mode];
  const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: root });
  if (status !== 0) throw new Error(`the streaming process failed: ${stderr}`);
  return JSON.parse(stdout);
}

async function untar(path: string, folder: string): Promise<number> {
  await mkdir(folder);
  const start = performance.now();
  const { status } = spawnSync("tar", ["xzf", path, "-C", folder]);
  if (status !== 0) throw new Error("tar failed");
  const ms = performance.now() - start;
  await rm(folder, { recursive: true });
  return ms;
}

async function compare(short: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
  try {
    const path = join(folder, "scans.tar.gz");
    const size = short ? 128 : 256;
    const count = await makeArchive(path, short ? 50e6 : 1e9, size);
    const packed = (await stat(path)).size / 1e6;
    const plain = (count * 2 * size ** 3) / 1e6;
    console.log(`${count} scans, ${packed.toFixed(0)} MB of tar.gz, ${plain.toFixed(0)} MB unpacked`);
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(await untar(path, join(folder, "out")));
    const tool = Math.min(...times);
    console.log(`tar xzf          ${tool.toFixed(0)} ms`);
    for (const mode of ["bytes", "volumes"] as const) {
      const runs = Array.from({ length: rounds }, () => streamInChild(path, mode));
      const ms = Math.min(...runs.map((run) => run.ms));
      const peak = Math.max(...runs.map((run) => run.peakMB));
      const base = Math.max(...runs.map((run) => run.baseMB));
      if (runs.some(({ items }) => items !== count)) throw new Error(`${mode}: not all ${count} scans came`);
      const ratio = `${(ms / tool).toFixed(2)}x (goal at most ${goals.ratio}x)`;
      const memory = `peak ${peak.toFixed(0)} MB (goal under ${goals.peakMB} MB), ${base.toFixed(0)} MB of it before the first byte`;
      console.log(`stream ${mode.padEnd(9)} ${ms.toFixed(0)} ms, ${ratio}, ${memory}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (spawnSync("npm", ["run", "--silent", "build"], { cwd: root }).status !== 0)
  throw new Error("the package was not built");
await compare(process.argv.includes("--short"));
