/** Creates archives and serves them on this machine. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";

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
