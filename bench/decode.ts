/** How long reading a `.nii.gz` to float32 takes, against a bare gunzip of the same bytes: `npx tsx bench/decode.ts`. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { encodeNifti, readVolume, Volume } from "voxrx";

const inflate = promisify(gunzip);
const compress = promisify(gzip);
const rounds = 9;

/** A head-like image: smooth foreground with noise in a ball, zeros around. About 20 MB when compressed. */
function image(dtype: "int16" | "float32", size: number): Volume {
  const data = dtype === "int16" ? new Int16Array(size ** 3) : new Float32Array(size ** 3);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    const [x, y, z] = [i % size, Math.floor(i / size) % size, Math.floor(i / size / size)];
    const inside = (x - size / 2) ** 2 + (y - size / 2) ** 2 + (z - size / 2) ** 2 < (size * 0.45) ** 2;
    state = (state * 1103515245 + 12345) % 2147483648;
    if (inside) data[i] = 300 + x + ((state >> 16) % 128);
  }
  return new Volume({ data, shape: [1, size, size, size], layout: "x-fastest" });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}

async function compare(name: string, volume: Volume, scaled: boolean, folder: string): Promise<void> {
  const plain = await encodeNifti(volume);
  if (scaled) plain.writeFloatLE(0.37, 112);
  const path = join(folder, `${name}.nii.gz`);
  await writeFile(path, await compress(plain, { level: 6 }));
  const compressed = await readFile(path);
  const [bare, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    bare.push(await timed(() => inflate(compressed, { chunkSize: 2 ** 20 })));
    ours.push(await timed(() => readVolume(path, { dtype: "float32" })));
  }
  const [a, b] = [median(bare), median(ours)];
  const sizes = `${(compressed.length / 1e6).toFixed(1)} MB -> ${(plain.length / 1e6).toFixed(1)} MB`;
  console.log(
    `${name.padEnd(16)} ${sizes.padEnd(20)} gunzip ${a.toFixed(0)} ms, readVolume ${b.toFixed(0)} ms, ratio ${(b / a).toFixed(2)}`,
  );
}

const folder = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
try {
  await compare("int16", image("int16", 340), false, folder);
  await compare("int16-scaled", image("int16", 340), true, folder);
  await compare("float32", image("float32", 330), false, folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
