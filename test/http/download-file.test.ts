import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { type DownloadFileOptions, downloadFile } from "voxrx";
import { endOwner, newOwner } from "../../src/files/owner-name.ts";
import { forkChild } from "../support/children.ts";
import { type ServedFile, serveFiles } from "../support/file-server.ts";
import { openFilesIn, temporaryFolder, treeOf } from "../support/folder.ts";
import { longTest } from "../support/long.ts";

const body = randomBytes(3_000_000);
const sum = (name: "md5" | "sha256", bytes: Buffer = body) => createHash(name).update(bytes).digest("hex");
const sha256 = sum("sha256");
const digestOf = async (path: string) => sum("sha256", await readFile(path));
const md5 = sum("md5");

async function scene(file: Partial<ServedFile> = {}) {
  const served: ServedFile = { body, etag: '"one"', ...file };
  const server = await serveFiles({ "/scan.nii.gz": served });
  const folder = await temporaryFolder();
  const path = join(folder.path, "data", "scan.nii.gz");
  const url = `${server.origin}/scan.nii.gz`;
  const get = (options: Partial<DownloadFileOptions> = {}) => downloadFile({ url, path, backoffMs: 1, ...options });
  return {
    served,
    server,
    folder: folder.path,
    path,
    url,
    get,
    visible: () => treeOf(folder.path).then((tree) => Object.keys(tree).filter((name) => tree[name] !== "folder")),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

test("a file arrives whole, checked, and with progress", async () => {
  await using s = await scene();
  const seen: number[] = [];
  const done = await s.get({
    md5,
    sha256: sha256.toUpperCase(),
    onProgress: ({ bytes, total }) => {
      expect(total).toBe(body.length);
      seen.push(bytes);
    },
  });
  expect(done).toEqual({ path: s.path, bytes: body.length, sha256, fetched: true });
  expect(await digestOf(s.path)).toBe(sha256);
  expect(await s.visible()).toEqual(["data/scan.nii.gz"]);
  expect(seen.at(-1)).toBe(body.length);
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
});

test("a line that is cut twice is taken up where it broke", async () => {
  await using s = await scene({ faults: [{ cutAfter: 1_000_000 }, { cutAfter: 1_000_000 }] });
  await s.get({ sha256 });
  const ranges = s.server.requests.map(({ range }) => Number(/\d+/.exec(range ?? "0")?.[0]));
  expect(ranges[0]).toBe(0);
  expect(ranges[1]).toBeGreaterThan(0);
  expect(ranges[2]).toBeGreaterThan(ranges[1] ?? 0);
  expect(await digestOf(s.path)).toBe(sha256);
});

test("a killed process is taken up by the next", async () => {
  await using s = await scene({ faults: [{ stallAfter: 1_500_000 }] });
  const child = forkChild("download", s.url, s.path);
  // With one listener for all messages: several may come in one turn.
  await new Promise<void>((resolve) => child.on("message", (bytes) => void (Number(bytes) > 1_000_000 && resolve())));
  child.kill("SIGKILL");
  await once(child, "exit");
  expect((await stat(`${s.path}.part`)).size).toBeGreaterThan(0);
  await s.get({ sha256 });
  expect(s.server.requests[1]?.range).toMatch(/^bytes=1\d{6}-$/);
  expect(await digestOf(s.path)).toBe(sha256);
  expect(await s.visible()).toEqual(["data/scan.nii.gz"]);
});

test.each(["moved", "recorded"])(
  "a process that was killed when the file was %s leaves a file of its URL",
  async (when) => {
    await using s = await scene();
    await s.get();
    if (when === "moved") await rm(join(dirname(s.path), ".voxrx"), { recursive: true });
    await writeFile(`${s.path}.part.json`, JSON.stringify({ url: s.url, etag: '"one"', total: body.length }));
    await expect(s.get({ url: `${s.server.origin}/other/scan.nii.gz` })).rejects.toMatchObject({
      code: "VOXRX_PATH_TAKEN",
      message: expect.stringContaining(s.url),
    });
    expect(await s.get()).toMatchObject({ fetched: false, sha256 });
    expect(await s.visible()).toEqual(["data/scan.nii.gz"]);
    expect(s.server.requests.length).toBe(1);
  },
);

test("a server that fails twice is asked again, and told apart from one that always fails", async () => {
  await using s = await scene({ faults: [{ status: 500 }, { status: 503, headers: { "retry-after": "0" } }] });
  expect((await s.get()).fetched).toBe(true);
  await using broken = await scene({ always: { status: 500 } });
  await expect(broken.get({ retries: 2 })).rejects.toMatchObject({ code: "VOXRX_HTTP_STATUS", file: broken.url });
  expect(broken.server.requests.length).toBe(3);
  expect(await broken.visible()).toEqual([]);
});

test("Retry-After is waited for", async () => {
  await using s = await scene({ faults: [{ status: 429, headers: { "retry-after": "1" } }] });
  const start = performance.now();
  await s.get();
  expect(performance.now() - start).toBeGreaterThan(900);
});

test.each([404, 403])("status %i is final", async (status) => {
  await using s = await scene({ always: { status } });
  await expect(s.get()).rejects.toMatchObject({ code: "VOXRX_HTTP_STATUS", remedy: expect.any(String) });
  expect(s.server.requests.length).toBe(1);
});

test("a web page is no file, unless a page was asked for", async () => {
  const page = { page: "<html>log in</html>", headers: { "content-type": "text/html; charset=utf-8" } };
  await using s = await scene({ always: page });
  await expect(s.get()).rejects.toMatchObject({ code: "VOXRX_UNEXPECTED_CONTENT" });
  expect(await s.visible()).toEqual([]);
  expect((await s.get({ path: join(s.folder, "page.html") })).bytes).toBe(19);
});

test("a server without ranges or without a validator is begun again", async () => {
  for (const file of [{ ranges: false }, { etag: undefined }, { etag: 'W/"weak"' }]) {
    await using s = await scene({ ...file, faults: [{ cutAfter: 1_000_000 }] });
    await s.get({ sha256 });
    expect(await digestOf(s.path)).toBe(sha256);
  }
});

test("a file that changed between two tries is begun again", async () => {
  await using s = await scene({ faults: [{ cutAfter: 2_000_000 }] });
  const running = s.get({ backoffMs: 200 });
  await (await s.server.request(0)).closed;
  s.served.body = randomBytes(250_000);
  s.served.etag = '"two"';
  await running;
  expect(await digestOf(s.path)).toBe(sum("sha256", s.served.body));
  expect(s.server.requests[1]?.headers["if-range"]).toBe('"one"');
});

const wrongParts: readonly Record<string, string>[] = [
  { "content-range": "bytes 7-2999999/3000000" },
  { "content-range": "nonsense" },
];

test.each(wrongParts)("a wrong part is refused: %o", async (headers) => {
  await using s = await scene({ faults: [{ cutAfter: 2_000_000 }], always: { headers } });
  await expect(s.get()).rejects.toMatchObject({ code: "VOXRX_UNEXPECTED_CONTENT" });
  expect(await s.visible()).toEqual([]);
});

const [monday, tuesday] = ["Mon, 02 Nov 2026 00:00:00 GMT", "Tue, 03 Nov 2026 00:00:00 GMT"];

test.each<[what: string, first: Record<string, string>, then: Record<string, string>, claimedSize?: number]>([
  ["another ETag", {}, { etag: '"two"' }],
  ["no ETag any more", {}, { etag: "" }],
  ["another length", {}, {}, 3_000_001],
  ["another Last-Modified", { etag: "", "last-modified": monday }, { etag: "", "last-modified": tuesday }],
  ["no Last-Modified any more", { etag: "", "last-modified": monday }, { etag: "" }],
])("bytes of a version with %s are not joined: the file is received again", async (_, first, then, claimedSize) => {
  await using s = await scene({
    faults: [
      { headers: first, cutAfter: 2_000_000 },
      { headers: then, ignoresIfRange: true, ...(claimedSize === undefined ? {} : { claimedSize }) },
    ],
  });
  if ("last-modified" in first) s.served.etag = undefined;
  const running = s.get();
  await s.server.request(0);
  s.served.body = randomBytes(3_000_000);
  await running;
  expect(await digestOf(s.path)).toBe(sum("sha256", s.served.body));
  expect(s.server.requests.map(({ range }) => range)).toEqual([
    undefined,
    expect.stringMatching(/^bytes=\d+-$/),
    undefined,
  ]);
});

test("a body that stays short is an error that says how much came, and is kept", async () => {
  await using s = await scene({ always: { cutAfter: 0 }, faults: [{ cutAfter: 500_000 }] });
  const failed = s.get({ retries: 2 });
  await expect(failed).rejects.toMatchObject({
    code: "VOXRX_INCOMPLETE_DOWNLOAD",
    fault: expect.stringContaining("3000000"),
  });
  expect(await s.visible()).toEqual(["data/scan.nii.gz.part", "data/scan.nii.gz.part.json"]);
});

test("a server that falls silent is given up after the time limit", async () => {
  await using s = await scene({ faults: [{ stallAfter: 100_000 }, { silent: true }] });
  await s.get({ timeoutMs: 1_000, sha256 });
  expect(s.server.requests.length).toBeGreaterThanOrEqual(3);
  await using mute = await scene({ always: { silent: true } });
  await expect(mute.get({ timeoutMs: 50, retries: 1 })).rejects.toMatchObject({ code: "VOXRX_DOWNLOAD_FAILED" });
});

longTest("a process that is busy does not take its server for silent", async () => {
  await using s = await scene();
  const done = s.get({ timeoutMs: 2_000, sha256 });
  await s.server.request(0);
  for (const end = performance.now() + 3_000; performance.now() < end; );
  expect((await done).fetched).toBe(true);
  expect(s.server.requests.length).toBe(1);
});

test("headers go to their origin and to no other, and into no file and no message", async () => {
  await using other = await scene();
  await using s = await scene({
    always: { status: 302, headers: { location: `${other.server.origin}/scan.nii.gz` } },
  });
  await s.get({ headers: { Authorization: "secret-token" } });
  expect(s.server.requests[0]?.headers.authorization).toBe("secret-token");
  expect(other.server.requests[0]?.headers.authorization).toBeUndefined();
  expect(JSON.stringify(await treeOf(s.folder, true))).not.toContain(
    Buffer.from("secret").toString("base64").slice(0, 6),
  );
  const failed = downloadFile({
    url: `${s.server.origin}/none?token=secret`,
    path: join(s.folder, "none"),
    headers: { a: "secret" },
  });
  await expect(failed).rejects.toSatisfy((error) => error instanceof Error && !error.message.includes("secret"));
});

test("redirects without end are an error", async () => {
  await using s = await scene({ always: { status: 302, headers: { location: "/scan.nii.gz" } } });
  await expect(s.get()).rejects.toMatchObject({ code: "VOXRX_HTTP_STATUS" });
});

test("what fails its checksum is removed, and the message has both values", async () => {
  await using s = await scene();
  const wrong = "0".repeat(32);
  const failed = s.get({ md5: wrong });
  await expect(failed).rejects.toMatchObject({
    code: "VOXRX_CHECKSUM_MISMATCH",
    fault: expect.stringContaining(wrong),
  });
  await expect(failed).rejects.toThrow(md5);
  expect(await s.visible()).toEqual([]);
});

test("a damaged part of an earlier run is begun again instead of failing for ever", async () => {
  await using s = await scene({ always: { cutAfter: 0 }, faults: [{ cutAfter: 1_000_000 }] });
  await expect(s.get({ retries: 0 })).rejects.toMatchObject({ code: "VOXRX_INCOMPLETE_DOWNLOAD" });
  s.served.always = {};
  const { size } = await stat(`${s.path}.part`);
  await writeFile(`${s.path}.part`, randomBytes(size));
  await s.get({ sha256 });
  expect(await digestOf(s.path)).toBe(sha256);
  expect(s.server.requests.map(({ range }) => range)).toEqual([undefined, `bytes=${size}-`, undefined]);
});

test("a file that is here needs no network; a wrong one is replaced", async () => {
  await using s = await scene();
  await s.get({ md5 });
  await s.server[Symbol.asyncDispose]();
  for (const options of [{}, { md5 }, { sha256 }, { md5, sha256 }]) {
    expect(await s.get(options)).toEqual({ path: s.path, bytes: body.length, sha256, fetched: false });
  }
  await using again = await scene();
  await writeFile(join(again.folder, "scan.nii.gz"), "something else");
  const path = join(again.folder, "scan.nii.gz");
  expect((await again.get({ path, sha256 })).fetched).toBe(true);
  expect(await digestOf(path)).toBe(sha256);
  await writeFile(path, randomBytes(body.length));
  expect((await again.get({ path, md5 })).fetched).toBe(true);
});

test("a wrong checksum does not destroy a file that was here", async () => {
  await using s = await scene();
  await s.get();
  await expect(s.get({ md5: "0".repeat(32) })).rejects.toMatchObject({ code: "VOXRX_CHECKSUM_MISMATCH" });
  expect(await digestOf(s.path)).toBe(sha256);
});

test("offline without the file is an error that says so", async () => {
  await using s = await scene();
  await s.server[Symbol.asyncDispose]();
  await expect(s.get({ retries: 1 })).rejects.toMatchObject({ code: "VOXRX_OFFLINE", remedy: expect.any(String) });
});

test("another address does not silently pass for the file that is here", async () => {
  await using s = await scene();
  await using other = await scene();
  await s.get();
  const { url } = other;
  await expect(s.get({ url })).rejects.toMatchObject({ code: "VOXRX_PATH_TAKEN" });
  expect((await s.get({ url, sha256 })).fetched).toBe(false);
  expect((await s.get({ url: `${s.url}?signature=new` })).fetched).toBe(false);
});

test("calls for one path at once share one transfer, and its failure", async () => {
  await using s = await scene();
  const all = await Promise.all(Array.from({ length: 5 }, () => s.get()));
  expect(all).toEqual(Array.from({ length: 5 }, () => all[0]));
  expect(s.server.requests.length).toBe(1);
  await using broken = await scene({ always: { status: 404 } });
  const failed = await Promise.allSettled([broken.get(), broken.get()]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(broken.server.requests.length).toBe(1);
});

test("one of several callers may leave; the transfer goes on for the others", async () => {
  await using s = await scene({ faults: [{ stallAfter: 100_000 }] });
  const leaving = new AbortController();
  const left = s.get({ signal: leaving.signal, timeoutMs: 1_000 });
  const stays = s.get({ timeoutMs: 1_000 });
  await s.server.request(0);
  leaving.abort(new Error("enough"));
  await expect(left).rejects.toThrow("enough");
  expect((await stays).sha256).toBe(sha256);
});

test("an abort closes the socket at once, keeps the part, and the next call goes on", async () => {
  await using s = await scene({ faults: [{ stallAfter: 100_000 }] });
  const aborting = new AbortController();
  const failed = s.get({
    signal: aborting.signal,
    onProgress: ({ bytes }) => bytes > 50_000 && aborting.abort(new Error("enough")),
  });
  await expect(failed).rejects.toThrow("enough");
  expect(await openFilesIn(s.folder)).toEqual([]);
  await (await s.server.request(0)).closed;
  expect(await s.visible()).toEqual(["data/scan.nii.gz.part", "data/scan.nii.gz.part.json"]);
  await s.get({ sha256 });
  expect(s.server.requests[1]?.range).toMatch(/^bytes=\d+-$/);
});

test("a file larger than allowed is refused before a byte of it is kept", async () => {
  await using s = await scene();
  await expect(s.get({ maxBytes: "200kB" })).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  expect(await s.visible()).toEqual([]);
});

test("a folder that cannot be written is named", async () => {
  await using s = await scene();
  await writeFile(join(s.folder, "file"), "");
  await expect(s.get({ path: join(s.folder, "file", "scan") })).rejects.toMatchObject({
    code: "VOXRX_FOLDER_UNWRITABLE",
  });
  await expect(s.get({ path: s.folder })).rejects.toMatchObject({ code: "VOXRX_PATH_TAKEN" });
  expect(await readdir(s.folder)).toEqual(["file"]);
});

test.each([{ url: "ftp://a/b" }, { url: "nonsense" }, { md5: "12" }, { retries: -1 }, { maxBytes: "much" }])(
  "bad options are refused: %o",
  async (options) => {
    await expect(downloadFile({ url: "http://127.0.0.1/", path: "x", ...options })).rejects.toMatchObject({
      code: "VOXRX_BAD_OPTION",
    });
  },
);

test("processes that want one file at once share one transfer; a dead one's lock is taken over", async () => {
  await using s = await scene();
  const lock = `${s.path}.part.lock`;
  await mkdir(lock, { recursive: true });
  const own = newOwner();
  endOwner(own);
  // No process has an id above 2^22.
  await writeFile(join(lock, own.replace(/^\d+/, String(2 ** 22 + 1))), "");
  const start = () => forkChild("download", s.url, s.path);
  const codes = await Promise.all([start(), start()].map(async (child) => (await once(child, "exit"))[0]));
  expect(codes).toEqual([0, 0]);
  expect(s.server.requests.length).toBe(1);
  expect(await digestOf(s.path)).toBe(sha256);
  expect(await s.visible()).toEqual(["data/scan.nii.gz"]);
});

test("a throwing onProgress is the caller's fault, at once", async () => {
  await using s = await scene();
  const onProgress = () => {
    throw new Error("boom");
  };
  await expect(s.get({ onProgress })).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED" });
  expect(s.server.requests.length).toBe(1);
});

test("a body of unknown length is cut at the limit and not kept", async () => {
  await using s = await scene();
  const endless = createServer((_, response) => {
    response.writeHead(200);
    const more = () => {
      while (response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", more);
    more();
  }).listen(0, "127.0.0.1");
  await once(endless, "listening");
  const address = endless.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  const url = `http://127.0.0.1:${address.port}/endless`;
  await expect(s.get({ url, maxBytes: "2MB" })).rejects.toMatchObject({ code: "VOXRX_TOO_LARGE" });
  expect(await s.visible()).toEqual([]);
  endless.closeAllConnections();
  endless.close();
});

test("a part longer than the server's file now is, is begun again", async () => {
  await using s = await scene({ always: { cutAfter: 0 }, faults: [{ cutAfter: 1_000_000 }] });
  await expect(s.get({ retries: 0 })).rejects.toMatchObject({ code: "VOXRX_INCOMPLETE_DOWNLOAD" });
  s.served.faults = [{ status: 416 }];
  s.served.always = {};
  expect((await s.get({ sha256 })).fetched).toBe(true);
  expect(s.server.requests.at(-1)?.range).toBeUndefined();
});
