import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Dataset, downloadFile, encodeNifti, Volume } from "voxrx";
import { csv, readShards, tarEntries } from "voxrx/datasets";
import { load, writeShards } from "voxrx/operators";
import { readSource } from "../../src/http/read-source.ts";
import { tarOf } from "../support/archives.ts";
import { type ServedFile, serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";

const encoders = {
  gzip: (bytes: Buffer) => gzipSync(bytes),
  "x-gzip": (bytes: Buffer) => gzipSync(bytes),
  br: (bytes: Buffer) => brotliCompressSync(bytes),
  deflate: (bytes: Buffer) => deflateSync(bytes),
  "deflate without a head": (bytes: Buffer) => deflateRawSync(bytes),
  "gzip, br": (bytes: Buffer) => brotliCompressSync(gzipSync(bytes)),
  "aws-chunked": (bytes: Buffer) => bytes,
  "IDENTITY ": (bytes: Buffer) => bytes,
} as const;

function encoded(bytes: Buffer, encoding: keyof typeof encoders, more: Partial<ServedFile> = {}): ServedFile {
  const headers = {
    "content-encoding": encoding.replace(/ without.*/, ""),
    "content-type": "application/octet-stream",
  };
  return { body: encoders[encoding](bytes), ranges: false, always: { headers }, ...more };
}

async function bytesAt(url: string, range: { from?: number; to?: number } = {}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const options = { signal: new AbortController().signal, retries: 2, backoffMs: 0, ...range };
  for await (const chunk of readSource(url, options)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const table = Buffer.from(`image,age\n${"scan.nii,1\n".repeat(5000)}`);
const volume = new Volume({ data: Int16Array.from({ length: 24 }, (_, n) => n), shape: [1, 2, 3, 4] });

describe.each(Object.keys(encoders) as (keyof typeof encoders)[])("a body sent as %s", (encoding) => {
  test("is the file in every way of fetching it", async () => {
    await using folder = await temporaryFolder();
    const nifti = Buffer.from(await encodeNifti(volume));
    const tar = await tarOf([{ name: "s1.txt", content: "hello" }]);
    await using server = await serveFiles({
      "/t.csv": encoded(table, encoding),
      "/v.nii": encoded(nifti, encoding),
      "/v.nii.gz": encoded(gzipSync(nifti), encoding),
      "/s.tar": encoded(tar, encoding),
      "/s.tar.gz": encoded(gzipSync(tar), encoding),
      "/none": encoded(Buffer.alloc(0), encoding),
    });
    const at = (name: string) => `${server.origin}/${name}`;
    expect((await bytesAt(at("t.csv"))).equals(table)).toBe(true);
    expect((await bytesAt(at("t.csv"), { from: 7, to: 20 })).equals(table.subarray(7, 20))).toBe(true);
    expect(await csv(at("t.csv")).toArray()).toHaveLength(5000);
    for (const name of ["v.nii", "v.nii.gz"]) {
      expect(
        (
          await Dataset.from([at(name)])
            .pipe(load())
            .at(0)
        ).samples,
      ).toEqual(volume.samples);
    }
    for (const name of ["s.tar", "s.tar.gz"]) {
      expect((await tarEntries(at(name)).toArray()).map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
        "hello",
      ]);
      expect(await readShards(at(name)).toArray()).toMatchObject([{ __key__: "s1", txt: "hello" }]);
    }
    const path = join(folder.path, "t.csv");
    expect(await downloadFile({ url: at("t.csv"), path })).toMatchObject({ bytes: table.length });
    expect((await readFile(path)).equals(table)).toBe(true);
    expect(server.requests.every(({ headers }) => headers["accept-encoding"] === "identity")).toBe(true);
  });
});

test.each(["application/x-gzip", "application/octet-stream", "application/x-nifti"])(
  "a server that labels a file's own gzip does not unpack it (%s)",
  async (type) => {
    await using folder = await temporaryFolder();
    const own = gzipSync(table);
    const always = { headers: { "content-encoding": "x-gzip", "content-type": type } };
    const name = type === "application/x-gzip" ? "/export" : "/t.csv.gz";
    await using server = await serveFiles({ [name]: { body: own, ranges: false, always } });
    const path = join(folder.path, "stored");
    await downloadFile({ url: server.origin + name, path });
    expect((await readFile(path)).equals(own)).toBe(true);
    expect(await csv(server.origin + name).toArray()).toHaveLength(5000);
  },
);

test("a transfer that breaks is continued over the encoding, without a byte twice", async () => {
  await using folder = await temporaryFolder();
  const body = Buffer.from(Array.from({ length: 90_000 }, (_, n) => n).join("\n"));
  const headers = { "content-encoding": "gzip", "content-type": "text/plain" };
  const faults = [
    { cutAfter: 90_000, headers },
    { cutAfter: 120_000, headers },
  ];
  const file = () => encoded(body, "gzip", { etag: '"1"', faults: [...faults], ranges: true, always: { headers } });
  await using server = await serveFiles({ "/a": file(), "/b": { ...file(), ranges: false } });
  expect((await bytesAt(`${server.origin}/a`)).equals(body)).toBe(true);
  const path = join(folder.path, "b");
  await downloadFile({ url: `${server.origin}/b`, path, backoffMs: 0 });
  expect((await readFile(path)).equals(body)).toBe(true);
});

/** The CRC-32 is in the last eight bytes. */
function withWrongSum(packed: Buffer): Buffer {
  packed.writeUInt32LE(0, packed.length - 8);
  return packed;
}

test.each([
  ["an unknown encoding", "zstd", table, /encoding "zstd"/],
  ["a label that is wrong", "gzip", table, /labels the file as gzip, but it is not/],
  ["damage", "gzip", withWrongSum(gzipSync(table)), /damaged/],
  ["damage in brotli", "br", Buffer.alloc(500, 0xff), /damaged/],
])("%s is refused and nothing is stored", async (_, encoding, body, message) => {
  await using folder = await temporaryFolder();
  await using server = await serveFiles({
    "/t": { body, always: { headers: { "content-encoding": encoding, "content-type": "text/plain" } } },
  });
  const refusal = { code: "VOXRX_UNEXPECTED_CONTENT", message: expect.stringMatching(message) };
  await expect(bytesAt(`${server.origin}/t`)).rejects.toMatchObject(refusal);
  const path = join(folder.path, "t");
  await expect(downloadFile({ url: `${server.origin}/t`, path })).rejects.toMatchObject(refusal);
  await expect(readFile(path)).rejects.toThrow();
});

test("a range of an encoded file is refused", async () => {
  await using folder = await temporaryFolder();
  const written = Dataset.from([{ n: 1 }, { n: 2 }], { id: (_, n) => `s${n}` }).pipe(writeShards({ dir: folder.path }));
  await written.toArray();
  const path = join(folder.path, "shard-000000.tar");
  const always = { headers: { "content-encoding": "gzip" } };
  await using server = await serveFiles({
    "/s.tar": { body: gzipSync(await readFile(path)), always },
    "/s.tar.index.json": { body: await readFile(`${path}.index.json`) },
  });
  const shards = readShards(`${server.origin}/s.tar`, { indexed: true });
  await expect(shards.at(1)).rejects.toThrow(/a part of an encoded file/);
});

test.each(["text/html; charset=utf-8", "application/xhtml+xml"])("a page of type %s is no file", async (type) => {
  await using folder = await temporaryFolder();
  const always = { headers: { "content-type": type } };
  await using server = await serveFiles({
    "/t.csv": { body: Buffer.from("<html><body>Log in</body></html>"), always },
  });
  const url = `${server.origin}/t.csv`;
  const refusal = { code: "VOXRX_UNEXPECTED_CONTENT", message: expect.stringContaining("web page") };
  await expect(csv(url).toArray()).rejects.toMatchObject(refusal);
  await expect(tarEntries(url).toArray()).rejects.toMatchObject(refusal);
  await expect(Dataset.from([url]).pipe(load()).toArray()).rejects.toMatchObject(refusal);
  await expect(downloadFile({ url, path: join(folder.path, "t.csv") })).rejects.toMatchObject(refusal);
});
