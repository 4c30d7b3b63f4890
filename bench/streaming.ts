/**
 * Measures memory and time of streaming the scans of a 1 GB tar.gz (50 MB with `--short`), compared with `tar xzf`.
 * Each measurement runs in a separate process, so that its peak memory is its own.
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
import { inTurn, report, short, timed } from "./measure.ts";

const goals = { peakMB: 250, ratio: 1.5 };
const rounds = 3;
const root = join(import.meta.dirname, "..");

/** A scan of `size`^3 int16 samples with noise that compresses to about half; different for each seed. */
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

/**
 * The program of one process: streams the archive and reports its time and peak memory. It uses the built package, as
 * users do.
 */
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
  /** Peak memory of the program before the first byte. */
  readonly baseMB: number;
  readonly peakMB: number;
}

function streamInChild(path: string, mode: "bytes" | "volumes"): Measured {
  const args = ["--input-type=module", "--eval", program, path, mode];
  const { stdout, status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: root });
  if (status !== 0) throw new Error(`the streaming process failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** Extracts the archive to a new directory and returns the time in ms. */
async function untar(path: string, dir: string): Promise<number> {
  await mkdir(dir);
  const { wallMs } = await timed(() => {
    if (spawnSync("tar", ["xzf", path, "-C", dir]).status !== 0) throw new Error("tar failed");
  });
  await rm(dir, { recursive: true });
  return wallMs;
}

function reportStream(mode: string, runs: readonly Measured[], toolMs: number): void {
  const ms = Math.min(...runs.map((run) => run.ms));
  const [peakMB, baseMB] = [Math.max(...runs.map((run) => run.peakMB)), Math.max(...runs.map((run) => run.baseMB))];
  const time = `${(ms / toolMs).toFixed(2)}x (goal at most ${goals.ratio}x)`;
  const before = `${baseMB.toFixed(0)} MB of it before the first byte`;
  const memory = `peak ${peakMB.toFixed(0)} MB (goal under ${goals.peakMB} MB), ${before}`;
  const line = `stream ${mode.padEnd(9)} ${ms.toFixed(0)} ms, ${time}, ${memory}`;
  report(`stream ${mode}`, { bestWallMs: ms, ratio: ms / toolMs, peakMB, baseMB }, line);
}

async function compare(): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
  try {
    const path = join(dir, "scans.tar.gz");
    const size = short ? 128 : 256;
    const count = await makeArchive(path, short ? 50e6 : 1e9, size);
    const packed = (await stat(path)).size / 1e6;
    const plain = (count * 2 * size ** 3) / 1e6;
    console.log(`${count} scans, ${packed.toFixed(0)} MB of tar.gz, ${plain.toFixed(0)} MB unpacked`);
    const streams = { bytes: () => streamInChild(path, "bytes"), volumes: () => streamInChild(path, "volumes") };
    const tool = async () => ({ ms: await untar(path, join(dir, "out")), items: count, baseMB: 0, peakMB: 0 });
    const runs = await inTurn({ tool, ...streams }, rounds);
    const toolMs = Math.min(...runs.tool.map(({ ms }) => ms));
    report("tar xzf", { bestWallMs: toolMs }, `tar xzf          ${toolMs.toFixed(0)} ms`);
    for (const mode of ["bytes", "volumes"] as const) {
      if (runs[mode].some(({ items }) => items !== count))
        throw new Error(`${mode}: expected ${count} scans, got another number`);
      reportStream(mode, runs[mode], toolMs);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

if (spawnSync("npm", ["run", "--silent", "build"], { cwd: root }).status !== 0)
  throw new Error("the package was not built");
await compare();
