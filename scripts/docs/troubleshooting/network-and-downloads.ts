/** What docs/errors.md says about the network and downloads. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { downloadFile } from "voxrx";
import { diskFailure } from "../../../src/files/disk-failure.ts";
import type { ServedFile } from "../../../test/support/file-server.ts";
import type { Advice, Code, Place } from "./advice.ts";

/** Downloads a file from a server that misbehaves in this way. */
async function downloading(
  { dir, serve }: Place,
  fault: ServedFile["always"],
  options: { readonly md5?: string; readonly timeoutMs?: number } = {},
): Promise<unknown> {
  const body = Buffer.from("the bytes of an archive");
  const origin = await serve({ "/scans.tar": { body, etag: '"1"', ...(fault && { always: fault }) } });
  return downloadFile({ url: `${origin}/scans.tar`, path: join(dir, "scans.tar"), retries: 0, ...options });
}

/** Codes of servers, and of places where downloads go. */
export const networkAndDownloads = {
  VOXRX_OFFLINE: {
    when: [
      "The server can't be reached: no network, no name for its address, a firewall, a compute node without a way out.",
      "The file is not here yet. One that was downloaded before needs no network.",
    ],
    remedies: [
      "`curl -I URL` on the same machine tells whether it is the network.",
      "On a cluster, download on the login node first (`voxrx download NAME --root DIR`), and run with the same root.",
      "Behind a proxy, set `HTTPS_PROXY` and `HTTP_PROXY`, and `NO_PROXY` for what is inside.",
    ],
    provoke: async ({ dir, gone }) =>
      downloadFile({ url: `${await gone()}/scans.tar`, path: join(dir, "scans.tar"), retries: 0 }),
  },
  VOXRX_DOWNLOAD_FAILED: {
    when: ["The connection broke, or nothing came for too long, in more attempts than `retries` allows."],
    remedies: [
      "Run again: if the server supports it, the download goes on where it stopped.",
      "On a bad line raise `retries`, and download fewer files at once.",
    ],
    provoke: (place) => downloading(place, { silent: true }, { timeoutMs: 50 }),
  },
  VOXRX_HTTP_STATUS: {
    when: [
      "401 or 403: the file needs a login, or the signature of its URL has expired.",
      "404 or 410: it has moved, or the URL is misspelled.",
      "429 or 5xx: the server is busy or broken, also after the retries.",
    ],
    remedies: [
      "Open the URL in a browser. Pass credentials in `headers`, from the environment, not from the code.",
      "429: lower `concurrency`, wait, run again.",
    ],
    code: `import { downloadFile } from "voxrx";
const headers = { authorization: \`Bearer \${process.env.TOKEN}\` };
await downloadFile({ url: "https://example.org/scans.tar", path: "data/scans.tar", headers });`,
    provoke: (place) => downloading(place, { status: 404 }),
  },
  VOXRX_UNEXPECTED_CONTENT: {
    when: [
      'Instead of the file there came a web page: a login, a consent form, "this file is too large to be scanned for viruses", the page of a captive network.',
      "The file on the server changed while it was read, or the server answered with other bytes than were asked for.",
    ],
    remedies: [
      "Open the URL in a browser and see what it asks for. Use the direct URL of the file, with credentials in `headers`.",
      "If the file changed, run again: it is read from its start.",
    ],
    provoke: (place) =>
      downloading(place, { page: "<!DOCTYPE html><title>Log in</title>", headers: { "content-type": "text/html" } }),
  },
  VOXRX_INCOMPLETE_DOWNLOAD: {
    when: [
      "A response ended before the length it announced, in every attempt: a proxy with a limit, or a server that closes long transfers.",
    ],
    remedies: [
      "Run again: the download goes on where it stopped. Raise `retries` for very large files.",
      "If it always stops at the same byte, a proxy is the reason: try from another network.",
    ],
    provoke: (place) => downloading(place, { cutAfter: 0 }),
  },
  VOXRX_CHECKSUM_MISMATCH: {
    when: [
      "The bytes have another checksum than the one given: the publisher has a new version of the file, the transfer was damaged, or somebody changed the file.",
      "A file that is already there under this name is another one.",
    ],
    remedies: [
      "Compare both checksums in the message with the publisher's page. If theirs has changed, so has the file: look at what is new before you use it.",
      "If theirs is the one that you gave, remove the file and download again over another network.",
    ],
    provoke: (place) => downloading(place, undefined, { md5: "d41d8cd98f00b204e9800998ecf8427e" }),
  },
  VOXRX_PATH_TAKEN: {
    when: [
      "A directory has the name that the download is to have.",
      "A file of this name came from another URL, as recorded beside it; without a checksum nobody knows whether it is the same.",
    ],
    remedies: ["Give the item another `filename`, or give `md5` or `sha256`, which decide. Or remove the file."],
    provoke: async (place) => {
      await mkdir(join(place.dir, "scans.tar"));
      await downloading(place, undefined);
    },
  },
  VOXRX_DISK_FULL: {
    when: [
      "No space is left for a download, an archive that is extracted, or a result; or this user's quota, or the limit on the size of a file (`ulimit -f`), is reached.",
      "Inodes count too: many small files can fill a disk that has bytes left.",
    ],
    provoke: () => {
      const refused = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      throw diskFailure(refused, "/data/scans.tar");
    },
    remedies: [
      "`df -h DIR` and `df -i DIR` show which it is. Free some, or choose a `root` or `dir` on another disk.",
      "Run again: downloads and extractions go on where they stopped.",
    ],
  },
  VOXRX_FOLDER_UNWRITABLE: {
    when: [
      "The directory for downloads or extracted files is not writable by this user, is on a read-only mount, or a part of its path is a file.",
    ],
    remedies: [
      "`ls -ld DIR` as the same user; in a container, check the user id of the mount. Or choose another `root` or `dir`.",
    ],
    provoke: async (place) => {
      await place.file("downloads", "a file, not a directory");
      const origin = await place.serve({ "/scans.tar": { body: Buffer.from("bytes") } });
      await downloadFile({ url: `${origin}/scans.tar`, path: join(place.dir, "downloads", "scans.tar"), retries: 0 });
    },
  },
} satisfies Partial<Record<Code, Advice>>;
