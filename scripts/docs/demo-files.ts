/** The files that an example names, written before it runs. */
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { encodeNifti, Volume } from "voxrx";
import { sceneOf } from "./demo-data.ts";

const mtime = new Date(0);
const origin = "https://example.org/";

/** Writes what `code` names into `dir`, serves what it downloads, and calls `run` with the code that is to be run. */
export async function withDemoFiles<T>(dir: string, code: string, run: (code: string) => Promise<T>): Promise<T> {
  const paths = [...code.matchAll(/"([\w./{}-]+\.(?:nii\.gz|nii|tar|json))"/g)].map((match) => match[1] ?? "");
  for (const path of new Set(paths)) {
    const [first = path, second] = /^(.*)\{(\d+)\.\.\d+\}(.*)$/.exec(path)?.slice(1, 4) ?? [];
    const last = path.slice(path.indexOf("}") + 1);
    const names = second === undefined ? [path] : Array.from({ length: 10 }, (_, n) => `${first}00${n}${last}`);
    for (const name of names) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), await contentOf(name));
    }
  }
  const urls = [...code.matchAll(/"https:\/\/example\.org\/([\w./-]+)"/g)].map((match) => match[1] ?? "");
  if (urls.length === 0) return run(code);
  const bytes = await contentOf("scans.tar");
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-length": bytes.length });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const md5 = createHash("md5").update(bytes).digest("hex");
  const ready = code.replaceAll(origin, `http://127.0.0.1:${port}/`).replaceAll(/md5: "\w+"/g, `md5: "${md5}"`);
  try {
    return await run(ready);
  } finally {
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }
}

async function contentOf(name: string): Promise<Uint8Array> {
  if (name.endsWith(".json")) return Buffer.from(`{ "name": "${name}" }\n`);
  if (name.endsWith(".tar")) return tarOf(/^ct-\d/.test(name) ? name.slice(3, 6) : undefined);
  const bytes = await niftiOf(name);
  return name.startsWith("broken") ? bytes.subarray(0, 300) : bytes;
}

/** The file of a scan, or of its label if the name says so. */
export async function niftiOf(name: string): Promise<Uint8Array> {
  const { image, organs } = await sceneOf("ct");
  if (!(image instanceof Volume) || !(organs instanceof Volume)) throw new Error("the scene has no scan");
  const isLabel = /label|organ|seg|spleen/.test(name);
  // Files of different names differ, but not to the eye.
  const offset = name.charCodeAt(0) % 7;
  const other = image.mapSamples((value) => value + offset);
  const volume = name.startsWith("photo") ? photograph() : isLabel ? organs : other;
  return encodeNifti(volume, { gzip: name.endsWith(".gz") });
}

/** Colors along the last axis, as some tools write them. */
function photograph(): Volume {
  const [width, height] = [96, 64];
  const data = new Uint8Array(width * height * 3);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) data.set([2 * x, 4 * y, 160], 3 * (x * height + y));
  }
  return new Volume({ data, shape: [1, width, height, 3] });
}

/** Three scans; one sample of a shard if it has a number. */
async function tarOf(shard: string | undefined): Promise<Uint8Array> {
  const tar = pack();
  const bytes = buffer(tar);
  const scan = Buffer.from(await niftiOf("scan.nii.gz"));
  const names = shard === undefined ? [1, 2, 3].map((n) => `scans/00${n}.nii.gz`) : [`case${shard}.ct`];
  for (const name of names) tar.entry({ name, mtime }, scan);
  tar.finalize();
  return bytes;
}
