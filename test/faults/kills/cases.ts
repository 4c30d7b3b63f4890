/** The attacks: for each, what is there before, what must be seen meanwhile, and what must be there in the end. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { expect } from "vitest";
import { isVoxRxError, lmdbStore } from "voxrx";
import { readShards } from "voxrx/datasets";
import { parseJson } from "../../../src/files/parse-json.ts";
import { processIdentitySchema, processState } from "../../../src/files/process-identity.ts";
import type { Random } from "../../../src/random/random.ts";
import { tarGzOf, zipOf } from "../../support/archives.ts";
import { fillShards, saveImages, shardItem, shardItems } from "../../support/file-works.ts";
import { treeOf } from "../../support/folder.ts";
import type { Work } from "../../support/kill-works.ts";
import { cachedItems } from "../../support/store-works.ts";
import { extractFiles } from "../../support/transfer-works.ts";
import type { KillCase, Scene } from "./attack.ts";

/** All attacks by name. */
export const killCases: Readonly<Record<string, KillCase>> = {
  cache: { work: "cache", prepare: preparedStore },
  "cache of 4 processes": { work: "cache", processes: 4, prepare: preparedStore },
  "cache, calls of lmdb": { work: "cache", isTraced: true, isLong: true, prepare: preparedStore },
  "cache of 4 processes, calls of lmdb": {
    work: "cache",
    processes: 4,
    isTraced: true,
    isLong: true,
    prepare: preparedStore,
  },
  "tiered store": { work: "tiered", prepare: preparedStore },
  download: { work: "download", prepare: preparedDownload },
  "download by 3 processes": { work: "download", processes: 3, isLong: true, prepare: preparedDownload },
  "extract tar.gz": { work: "extract", prepare: (dir, random) => preparedArchive(dir, random, tarGzOf) },
  "extract zip": {
    work: "extract",
    prepare: (dir, random) => preparedArchive(dir, random, async (entries) => zipOf(entries)),
  },
  writeShards: { work: "shards", prepare: preparedShards },
  save: { work: "save", prepare: preparedImages },
};

async function preparedStore(dir: string, random: Random): Promise<Scene> {
  // Room for all, or for a few: then entries are evicted all the time.
  const maxBytes = random.chance(0.5) ? 2 ** 30 : 500_000;
  const all = Array.from({ length: cachedItems }, (_, n) => n);
  const path = join(dir, "store");
  let reader: ReturnType<typeof lmdbStore> | undefined;
  const verified = async () => {
    reader ??= lmdbStore(path, { maxBytes });
    const { damaged, checked } = await reader.verify();
    expect(damaged).toEqual([]);
    return checked;
  };
  const endLooks = async () => {
    await reader?.close();
    reader = undefined;
  };
  return {
    options: { maxBytes },
    look: async () => void (await verified()),
    async lookAtRest() {
      const checked = await verified();
      const stats = await reader?.stats();
      expect(stats?.entries).toBe(checked);
      expect(stats?.bytes).toBeLessThanOrEqual(maxBytes);
      await endLooks();
    },
    endLooks,
    async check(said) {
      expect(said).toEqual(all);
      if (maxBytes > 500_000) expect(await verified()).toBe(cachedItems);
      await endLooks();
    },
  };
}

const body = Buffer.alloc(1_500_000, "the body of a download, ").map((byte, i) => byte ^ (i >> 12));
const bodySha256 = createHash("sha256").update(body).digest("hex");
const pieceBytes = 50_000;

async function preparedDownload(dir: string, random: Random): Promise<Scene> {
  const etag = random.chance(0.8) ? '"version 1"' : undefined;
  const server = await servedBody(etag);
  const path = join(dir, "file.bin");
  let partBytes = 0;
  return {
    options: { url: server.url, ...(random.chance(0.5) ? { sha256: bodySha256 } : {}) },
    async look() {
      expect(server.overlaps, "fetched by two at once").toEqual([]);
      expect([undefined, true]).toContain((await readFile(path).catch(missing))?.equals(body));
    },
    async lookAtRest() {
      partBytes = (await stat(`${path}.part`).catch(missing))?.size ?? 0;
      server.starts.length = 0;
    },
    async check() {
      // What had arrived is not fetched again, where it is known to be of the same version.
      if (partBytes > 0 && etag !== undefined)
        expect(server.starts).toEqual(partBytes < body.length ? [partBytes] : []);
      expect((await readFile(path)).equals(body)).toBe(true);
      expect((await readdir(dir)).filter((name) => !isLeftover(name) && name !== ".voxrx")).toEqual(["file.bin"]);
    },
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A server that sends in pieces, and knows which processes fetch at the same time. */
async function servedBody(etag: string | undefined) {
  const overlaps: string[] = [];
  const starts: number[] = [];
  const running = new Map<object, string>();
  const server = createServer((request, response) => {
    const process = String(request.headers["x-process"] ?? "");
    for (const other of running.values()) if (process !== "" && other !== process && runs(other)) overlaps.push(other);
    if (process !== "") running.set(request, process);
    response.once("close", () => running.delete(request));
    const range = request.headers["if-range"] === etag ? /^bytes=(\d+)-$/.exec(request.headers.range ?? "") : null;
    const from = Number(range?.[1] ?? 0);
    starts.push(from);
    response.writeHead(range ? 206 : 200, {
      "content-length": body.length - from,
      ...(etag === undefined ? {} : { etag }),
      ...(range ? { "content-range": `bytes ${from}-${body.length - 1}/${body.length}` } : {}),
    });
    const send = (start: number): void => {
      if (start >= body.length) response.end();
      else response.write(body.subarray(start, start + pieceBytes), () => setImmediate(send, start + pieceBytes));
    };
    send(from);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    overlaps,
    starts,
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/file.bin`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function runs(identity: string): boolean {
  const process = v.safeParse(processIdentitySchema, parseJson(identity));
  return process.success && processState(process.output) === "running";
}

const archived = ["a/one.bin", "a/deep/two.bin", "b/three.bin", "four.bin", "five.bin", "c/d/e/six.bin"];
const contentOf = (name: string, version: number) =>
  Buffer.alloc(40_000 + 1_000 * name.length, `${version} of ${name}`);

async function preparedArchive(
  dir: string,
  random: Random,
  pack: (entries: { name: string; content: Buffer }[]) => Promise<Buffer>,
): Promise<Scene> {
  const archive = join(dirname(dir), "archive");
  const packed = async (version: number) => {
    await writeFile(archive, await pack(archived.map((name) => ({ name, content: contentOf(name, version) }))));
  };
  const isOver = random.chance(0.5);
  if (isOver) {
    await packed(1);
    await extractFiles(dir, { archive }, () => undefined);
  }
  await packed(22);
  const versions = isOver ? [1, 22] : [22];
  const wholeFiles = async (allowed: readonly number[]) => {
    const names: string[] = [];
    for (const name of await namesIn(dir)) {
      if (name.split("/").includes(".voxrx")) continue;
      const bytes = await readFile(join(dir, name)).catch(missing);
      if (!bytes) continue;
      names.push(name);
      expect(archived).toContain(name);
      expect(
        allowed.some((version) => contentOf(name, version).equals(bytes)),
        `${name} is whole`,
      ).toBe(true);
    }
    return names;
  };
  return {
    options: { archive },
    look: async () => void (await wholeFiles(versions)),
    async check() {
      expect((await wholeFiles([22])).sort()).toEqual([...archived].sort());
    },
  };
}

/** What a work leaves in an empty directory. */
const treesOf = new Map<string, Promise<Readonly<Record<string, string>>>>();

function wantedTree(work: Work, version: number, scratch: string): Promise<Readonly<Record<string, string>>> {
  const name = `${work.name} ${version}`;
  const known = treesOf.get(name);
  if (known) return known;
  const made = (async () => {
    const dir = join(scratch, name);
    await mkdir(dir);
    await work(dir, { version }, () => undefined);
    return treeOf(dir);
  })();
  treesOf.set(name, made);
  return made;
}

async function preparedFiles(work: Work, dir: string, random: Random) {
  const isOver = random.chance(0.5);
  if (isOver) await work(dir, { version: 1 }, () => undefined);
  const wanted = await wantedTree(work, 2, dirname(dir));
  const allowed = isOver ? [await wantedTree(work, 1, dirname(dir)), wanted] : [wanted];
  const look = async () => {
    for (const name of await namesIn(dir)) {
      if (isLeftover(name)) continue;
      const bytes = await readFile(join(dir, name), "base64").catch(missing);
      if (bytes === undefined) continue;
      expect(
        allowed.some((tree) => tree[name] === bytes),
        `${name} is whole`,
      ).toBe(true);
    }
  };
  return { options: { version: 2 }, wanted, look };
}

async function preparedShards(dir: string, random: Random): Promise<Scene> {
  const { wanted, ...scene } = await preparedFiles(fillShards, dir, random);
  const known = [1, 2].flatMap((version) =>
    Array.from({ length: shardItems }, (_, n) => JSON.stringify(plainOf(shardItem(n, version)))),
  );
  return {
    ...scene,
    async lookAtRest() {
      const shards = (await readdir(dir)).filter((name) => name.endsWith(".tar")).map((name) => join(dir, name));
      if (shards.length === 0) return;
      const indexed = await readShards(shards, { names: "field", indexed: true }).toArray();
      expect(indexed).toEqual(await readShards(shards, { names: "field" }).toArray());
      for (const item of indexed) expect(known).toContain(JSON.stringify(plainOf(item)));
    },
    async check() {
      checkTree(await treeOf(dir), wanted);
    },
  };
}

function plainOf({ n, note, raw }: Readonly<Record<string, unknown>>): unknown {
  return [n, note, raw instanceof Uint8Array ? Buffer.from(raw).toString("base64") : raw];
}

async function preparedImages(dir: string, random: Random): Promise<Scene> {
  const { wanted, ...scene } = await preparedFiles(saveImages, dir, random);
  return {
    ...scene,
    async check() {
      checkTree(await treeOf(dir), wanted);
    },
  };
}

/** All names below a directory, in which others come and go. */
async function namesIn(dir: string): Promise<string[]> {
  for (;;) {
    const names = await readdir(dir, { recursive: true }).catch(missing);
    if (names) return names;
  }
}

/** Unfinished files and locks: their names are never those of results. */
function isLeftover(name: string): boolean {
  return /\.tmp$|\.lock($|[./])/.test(name);
}

function checkTree(tree: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): void {
  const names = Object.keys(tree).filter((name) => !isLeftover(name));
  expect(names).toEqual(Object.keys(wanted));
  expect(names.filter((name) => tree[name] !== wanted[name])).toEqual([]);
}

function missing(error: unknown): undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "ENOENT" && code !== "EISDIR" && !isVoxRxError(error)) throw error;
  return undefined;
}
