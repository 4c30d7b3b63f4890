/** Measures reading a `.nii.gz` as float32, compared with only inflating the same bytes. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { encodeNifti, readVolume, Volume } from "voxrx";
import { measure, ratio, report, short } from "./measure.ts";

const inflate = promisify(gunzip);
const compress = promisify(gzip);
const rounds = short ? 3 : 9;
const size = short ? 130 : 340;

/** A head-like image: a ball with noise, surrounded by zeros. About 20 MB compressed, or 1 MB with `--short`. */
function image(dtype: "int16" | "float32"): Volume {
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

async function compare(name: string, volume: Volume, scaled: boolean, dir: string): Promise<void> {
  const plain = await encodeNifti(volume);
  if (scaled) plain.writeFloatLE(0.37, 112);
  const path = join(dir, `${name}.nii.gz`);
  await writeFile(path, await compress(plain, { level: 6 }));
  const compressed = await readFile(path);
  const { gunzip: bare, ours } = await measure(
    {
      gunzip: () => inflate(compressed, { chunkSize: 2 ** 20 }),
      ours: () => readVolume(path, { dtype: "float32" }),
    },
    { rounds },
  );
  const times = ratio(ours, bare);
  const sizes = `${(compressed.length / 1e6).toFixed(1)} MB -> ${(plain.length / 1e6).toFixed(1)} MB`;
  const milliseconds = `gunzip ${bare.wallMs.toFixed(0)} ms, readVolume ${ours.wallMs.toFixed(0)} ms`;
  report(
    name,
    { gunzipMs: bare.wallMs, readMs: ours.wallMs, ratio: times },
    `${name.padEnd(16)} ${sizes.padEnd(20)} ${milliseconds}, ratio ${times.toFixed(2)}`,
  );
}

const dir = await mkdtemp(join(tmpdir(), "voxrx-bench-"));
try {
  await compare("int16", image("int16"), false, dir);
  await compare("int16-scaled", image("int16"), true, dir);
  await compare("float32", image("float32"), false, dir);
} finally {
  await rm(dir, { recursive: true, force: true });
}
