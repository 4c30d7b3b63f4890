/** Streaming the scans of a tar.gz, compared with `tar xzf`. */
import { spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import type { Bench, Subject, Workload } from "../measure/workload.ts";
import { withinLimit } from "../report/target.ts";

const count = 12;

/** Scans of 34 MB whose noise compresses to about a half. */
async function makeArchive({ build }: Bench, path: string): Promise<void> {
  const size = 256;
  const data = Int16Array.from({ length: size ** 3 }, (_, i) => 300 + (i % size) + ((Math.imul(i, 40503) >>> 8) % 256));
  const scan = await build.vox.encodeNifti(
    new build.vox.Volume({ data, shape: [1, size, size, size], layout: "x-fastest" }),
  );
  const packing = pack();
  const fill = async () => {
    for (let n = 0; n < count; n++) {
      await new Promise<void>((resolve, reject) => {
        packing.entry({ name: `scans/${n}.nii` }, scan, (error) => (error ? reject(error) : resolve()));
      });
    }
    packing.finalize();
  };
  await Promise.all([fill(), pipeline(Readable.from(packing), createGzip({ level: 1 }), createWriteStream(path))]);
}

async function streaming(bench: Bench): Promise<Subject> {
  const path = join(bench.dir, "scans.tar.gz");
  await makeArchive(bench, path);
  const datasets: typeof import("voxrx/datasets") = await import(
    pathToFileURL(join(bench.build.dist, "datasets.js")).href
  );
  const out = join(bench.dir, "unpacked");
  return {
    async run() {
      let items = 0;
      for await (const _ of datasets.tarEntries(path).pipe(bench.build.ops.decode())) items++;
      if (items !== count) throw new Error(`expected ${count} scans, got ${items}`);
    },
    limit(clock) {
      rmSync(out, { recursive: true, force: true });
      mkdirSync(out);
      clock.begin();
      if (spawnSync("tar", ["xzf", path, "-C", out]).status !== 0) throw new Error("tar failed");
    },
    close: () => rmSync(path),
  };
}

export const archiveWorkloads: readonly Workload[] = [
  {
    name: "stream twelve scans of 34 MB from a tar.gz",
    group: "Loading",
    prepare: streaming,
    limit: "tar xzf",
    targets: [withinLimit(1.5)],
  },
];
