/** A server with two archives, and a directory for them. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { tarGzOf, zipOf } from "../../support/archives.ts";
import { serveFiles } from "../../support/file-server.ts";
import { temporaryFolder } from "../../support/folder.ts";

export const scan = randomBytes(50_000);

export async function scene() {
  const folder = await temporaryFolder();
  const server = await serveFiles({
    "/one.tar.gz": {
      body: await tarGzOf([
        { name: "one/b", content: scan },
        { name: "one/a", content: "a" },
      ]),
    },
    "/two.zip": { body: zipOf([{ name: "two/c", content: "c" }]) },
  });
  return {
    server,
    dir: join(folder.path, "data"),
    urls: [`${server.origin}/one.tar.gz`, `${server.origin}/two.zip`],
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
