/** Creates archives and serves them on this machine. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { encodeNifti, Random, Volume } from "voxrx";

/** Fixed, so that the same files yield the same bytes and a second run recognizes its archive. */
const mtime = new Date(0);

/** A tar of a directory, including its name. */
export async function tarOf(dir: string): Promise<Uint8Array> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const tar = pack();
  const bytes = buffer(tar);
  for (const path of paths.sort()) {
    tar.entry({ name: join(basename(dir), path.slice(dir.length)), mtime }, await readFile(path));
  }
  tar.finalize();
  return bytes;
}

/** A tar of phantom scans in the Decathlon's layout: a bright ball in noise, labeled. */
export async function phantomArchive(count: number): Promise<Uint8Array> {
  const tar = pack();
  const bytes = buffer(tar);
  for (let n = 0; n < count; n++) {
    const { image, label } = phantom(new Random("phantom", n));
    const name = `phantom_${String(n).padStart(3, "0")}.nii.gz`;
    tar.entry({ name: `Phantoms/imagesTr/${name}`, mtime }, Buffer.from(await encodeNifti(image, { gzip: true })));
    tar.entry({ name: `Phantoms/labelsTr/${name}`, mtime }, Buffer.from(await encodeNifti(label, { gzip: true })));
  }
  tar.finalize();
  return bytes;
}

/** Serves one file on loopback until closed. */
export async function serveArchive(name: string, bytes: Uint8Array) {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/x-tar", "content-length": bytes.length });
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    archive: { url: `http://127.0.0.1:${port}/${name}`, md5: createHash("md5").update(bytes).digest("hex") },
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

function phantom(random: Random): { image: Volume; label: Volume } {
  const shape = [1, 40 + random.integer(8), 44 + random.integer(8), 36 + random.integer(8)];
  const [, nx = 0, ny = 0, nz = 0] = shape;
  const center = [nx, ny, nz].map((n) => n * random.uniform(0.4, 0.6));
  const radius = random.uniform(8, 12);
  const image = new Float32Array(nx * ny * nz);
  const label = new Uint8Array(nx * ny * nz);
  for (let z = 0, i = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, i++) {
        const inside = Math.hypot(x - (center[0] ?? 0), y - (center[1] ?? 0), z - (center[2] ?? 0)) < radius;
        label[i] = inside ? 1 : 0;
        image[i] = random.normal(inside ? 900 : 300, 80);
      }
    }
  }
  const affine = [-1, 0, 0, nx, 0, -1, 0, ny, 0, 0, 1, 0, 0, 0, 0, 1];
  return {
    image: new Volume({ data: image, shape, layout: "x-fastest", affine }),
    label: new Volume({ data: label, shape, layout: "x-fastest", affine }),
  };
}
