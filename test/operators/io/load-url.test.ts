import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, expect, test } from "vitest";
import { Dataset, encodeNifti, memoryStore, registerFormat, Volume } from "voxrx";
import { cacheUntilRandom, load } from "voxrx/operators";
import { type ServedFile, serveFiles } from "../../support/file-server.ts";
import { transformOf } from "../../support/transform-of.ts";
import { plain, ramp } from "../../support/volumes.ts";

const scan = () => ramp([1, 6, 5, 4], "int16", 3);
const body = await encodeNifti(scan(), { gzip: true });
const temporary = async () => (await readdir(tmpdir())).filter((name) => name.startsWith("voxrx-url-")).sort();

describe("load of an address", () => {
  test("reads the image, in a record beside others, and leaves nothing on disk", async () => {
    await using server = await serveFiles({ "/scan.nii.gz": { body, etag: '"1"' } });
    const item = { image: `${server.origin}/scan.nii.gz?token=secret`, subject: "s1" };
    const before = await temporary();
    const { image, subject } = await Dataset.from([item])
      .pipe(load("image", { dir: "/nowhere", dtype: "float64" }))
      .at(0);
    expect(plain(image)).toMatchObject({ shape: [1, 6, 5, 4], dtype: "float64", values: [...scan().storage] });
    expect([subject, image.meta.source]).toEqual(["s1", `${server.origin}/scan.nii.gz`]);
    expect(await temporary()).toEqual(before);
  });

  test("goes on over a line that breaks", async () => {
    const served: ServedFile = { body, etag: '"1"', faults: [{ cutAfter: 40 }] };
    await using server = await serveFiles({ "/scan.nii.gz": served });
    const volume = await Dataset.from([`${server.origin}/scan.nii.gz`])
      .pipe(load())
      .at(0);
    expect([...volume.storage]).toEqual([...scan().storage]);
    expect(server.requests.length).toBe(2);
  });

  test("a cache behind it notices a changed file by its ETag, and serves an unchanged one", async () => {
    const served: ServedFile = { body: await encodeNifti(ramp([1, 1, 1, 1], "int16", 1)), etag: '"1"' };
    await using server = await serveFiles({ "/scan.nii": served });
    const ds = Dataset.from([`${server.origin}/scan.nii`]).pipe(load(), cacheUntilRandom({ store: memoryStore() }));
    const first = async () => (await ds.toArray())[0]?.storage[0];
    expect(await first()).toBe(1);
    const whole = () => server.requests.filter(({ range }) => range === undefined).length;
    const before = whole();
    expect(await first()).toBe(1);
    expect(whole()).toBe(before);
    served.body = await encodeNifti(ramp([1, 1, 1, 1], "int16", 2));
    served.etag = '"2"';
    expect(await first()).toBe(2);
    served.etag = undefined;
    served.body = await encodeNifti(ramp([1, 1, 1, 1], "int16", 5));
    expect(await first()).toBe(5);
    served.body = await encodeNifti(ramp([1, 1, 1, 1], "int16", 6));
    expect(await first()).toBe(6); // without an ETag nobody knows, so nothing is served from the cache
  });

  test("sends headers to the origin alone, and shows them nowhere", async () => {
    await using other = await serveFiles({ "/scan.nii.gz": { body, etag: '"1"' } });
    const moved = { status: 302, headers: { location: `${other.origin}/scan.nii.gz` } };
    await using server = await serveFiles({
      "/moved.nii.gz": { body, always: moved },
      "/no.nii.gz": { body, always: { status: 401 } },
    });
    const headers = { authorization: "Bearer secret" };
    const operator = load("image", { headers });
    await Dataset.from([{ image: `${server.origin}/moved.nii.gz` }])
      .pipe(operator)
      .at(0);
    expect(new Set(server.requests.map((request) => request.headers.authorization))).toEqual(
      new Set(["Bearer secret"]),
    );
    expect(new Set(other.requests.map((request) => request.headers.authorization))).toEqual(new Set([undefined]));
    const ds = Dataset.from([{ image: `${server.origin}/no.nii.gz?t=secret` }]).pipe(load("image", { headers }));
    const error: unknown = await ds.toArray().catch((caught) => caught);
    expect(error).toMatchObject({ code: "VOXRX_HTTP_STATUS", file: `${server.origin}/no.nii.gz`, operator: "load" });
    expect(JSON.stringify(error) + ds.explain()).not.toContain("ecret");
    const print = (one: object) => transformOf(load("image", one)).fingerprint;
    expect(print({ headers })).toBe(print({}));
  });

  test("a cached item behind an authorization is asked for with it again", async () => {
    await using server = await serveFiles({ "/scan.nii.gz": { body, etag: '"1"' } });
    const headers = { authorization: "Bearer again" };
    const ds = Dataset.from([`${server.origin}/scan.nii.gz`]).pipe(
      load({ headers }),
      cacheUntilRandom({ store: memoryStore() }),
    );
    for (let run = 0; run < 2; run++) await ds.toArray();
    expect(server.requests.every((request) => request.headers.authorization === "Bearer again")).toBe(true);
  });

  test("a file beyond maxItemBytes, a page and a missing file are errors that name the address", async () => {
    await using server = await serveFiles({
      "/scan.nii.gz": { body },
      "/page.nii.gz": { body, always: { page: "<html>sorry</html>" } },
    });
    const failing = (path: string, options = {}) =>
      Dataset.from([server.origin + path])
        .pipe(load(options))
        .toArray();
    await expect(failing("/scan.nii.gz", { maxItemBytes: 50 })).rejects.toMatchObject({
      code: "VOXRX_TOO_LARGE",
      file: `${server.origin}/scan.nii.gz`,
    });
    await expect(failing("/page.nii.gz")).rejects.toMatchObject({ file: `${server.origin}/page.nii.gz` });
    await expect(failing("/none.nii.gz")).rejects.toMatchObject({
      code: "VOXRX_HTTP_STATUS",
      file: `${server.origin}/none.nii.gz`,
    });
  });

  test("leaving the run closes the socket of a file that does not come", async () => {
    await using server = await serveFiles({
      "/scan.nii.gz": { body, etag: '"1"', always: { stallAfter: 20 } },
    });
    const run = Dataset.from([`${server.origin}/scan.nii.gz`])
      .pipe(load())
      .iterate();
    const pending = run.next();
    const seen = await server.request(0);
    await run.return();
    expect((await pending).done).toBe(true);
    await seen.closed;
  });

  test("a format that is only read from files takes the way over one, which is removed", async () => {
    let path = "";
    registerFormat({
      name: "filesOnly",
      version: 1,
      extensions: [".fo"],
      sniff: ([first]) => first === 0xf0,
      async read(file) {
        path = file;
        return new Volume({
          data: Uint8Array.of(9),
          shape: [1, 1, 1, 1],
          layout: "x-fastest",
          meta: { source: file, format: "fo" },
        });
      },
      header: () => Promise.reject(new Error("not asked for")),
    });
    await using server = await serveFiles({ "/x.fo": { body: Buffer.from([0xf0]), etag: '"1"' } });
    const volume = await Dataset.from([`${server.origin}/x.fo`])
      .pipe(load())
      .at(0);
    expect(volume.meta).toEqual({ source: `${server.origin}/x.fo`, format: "fo" });
    expect(path.endsWith("x.fo")).toBe(true);
    await expect(readdir(path)).rejects.toMatchObject({ code: "ENOENT" });
  });
});
