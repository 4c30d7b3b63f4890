/** Serves what blocks download, instead of example.org. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { tarOf } from "../../test/support/archives.ts";
import { smallScan } from "./block-files.ts";

/** A running server. */
export interface ArchiveServer {
  /** Code that downloads from the server, with the checksums of what is there. */
  served(code: string): string;
  close(): void;
}

/** Starts the server: every `.tar` has the same scans, also as a shard of a data set. */
export async function serveArchives(): Promise<ArchiveServer> {
  const content = Buffer.from(await smallScan(false));
  const tar = await tarOf([1, 2, 3].map((n) => ({ name: `knees/00${n}.nii.gz`, content })));
  const gzipped = gzipSync(tar);
  const server = createServer(({ url = "" }, response) => {
    const body = url.endsWith(".gz") ? gzipped : tar;
    response.writeHead(200, { "content-length": body.length }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const digest = (name: string, bytes: Uint8Array) => createHash(name).update(bytes).digest("hex");
  return {
    served: (code) =>
      code
        .replaceAll("https://example.org/", `http://127.0.0.1:${address.port}/`)
        .replaceAll(/md5: "\w+"/g, `md5: "${digest("md5", tar)}"`)
        .replaceAll(/sha256: "\w+"/g, `sha256: "${digest("sha256", gzipped)}"`),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
