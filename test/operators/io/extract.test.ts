import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, expectTypeOf, test } from "vitest";
import { Dataset } from "voxrx";
import { download, extract } from "voxrx/operators";
import { scan, scene } from "./archive-server.ts";

test("archives are downloaded and extracted in a pipeline; a warm run needs no network", async () => {
  await using s = await scene();
  const [one = "", two = ""] = s.urls;
  const pipeline = Dataset.from([
    { url: one, subject: 1 },
    { url: two, subject: 2 },
  ]).pipe(download({ dir: s.dir, backoffMs: 1 }), extract());
  const cold = await pipeline.toArray();
  expect(cold).toEqual([
    {
      url: one,
      subject: 1,
      path: join(s.dir, "one.tar.gz"),
      dir: s.dir,
      files: [join(s.dir, "one/a"), join(s.dir, "one/b")],
    },
    { url: two, subject: 2, path: join(s.dir, "two.zip"), dir: s.dir, files: [join(s.dir, "two/c")] },
  ]);
  expect(scan.equals(await readFile(join(s.dir, "one/b")))).toBe(true);
  expect(s.server.requests.length).toBe(2);
  expect(await pipeline.toArray()).toEqual(cold);
  expect(s.server.requests.length).toBe(2);
  expect(await pipeline.at(1)).toEqual(cold[1]);
});

test("bare addresses and bare paths become records, and the compiler knows them", async () => {
  await using s = await scene();
  const files = Dataset.from(s.urls).pipe(download({ dir: s.dir }));
  expectTypeOf<(typeof files)["toArray"]>().returns.resolves.items.toEqualTypeOf<{ url: string; path: string }>();
  const [first] = await files.toArray();
  expect(first).toEqual({ url: s.urls[0], path: join(s.dir, "one.tar.gz") });
  const trees = Dataset.from([first?.path ?? ""]).pipe(extract({ dir: join(s.dir, "tree") }));
  const [tree] = await trees.toArray();
  expectTypeOf(tree?.files).toEqualTypeOf<readonly string[] | undefined>();
  expect(tree).toMatchObject({
    path: first?.path,
    dir: join(s.dir, "tree"),
    files: [join(s.dir, "tree/one/a"), join(s.dir, "tree/one/b")],
  });
  expectTypeOf(Dataset.from([{ url: "u", subject: 1 }]).pipe(download({ dir: "d" }), extract()).at)
    .returns.resolves.toHaveProperty("subject")
    .toEqualTypeOf<number>();
  // @ts-expect-error a number names no archive
  Dataset.from([1]).pipe(extract());
});

test("errors name item and operator; secrets stay secret", async () => {
  await using s = await scene();
  const secret = { authorization: "Bearer hush" };
  const pipeline = Dataset.from([`${s.server.origin}/none`]).pipe(download({ dir: s.dir, headers: secret }));
  const failed = pipeline.toArray();
  await expect(failed).rejects.toMatchObject({
    code: "VOXRX_HTTP_STATUS",
    operator: "download",
    item: expect.any(String),
  });
  await expect(failed).rejects.not.toThrow("hush");
  expect(pipeline.explain()).toContain("download");
  expect(pipeline.explain()).not.toContain("hush");
  const path = join(s.dir, "no.tar");
  await expect(Dataset.from([path]).pipe(extract()).toArray()).rejects.toMatchObject({
    code: "VOXRX_FILE_MISSING",
    operator: "extract",
  });
});

test("bad options are refused when the pipeline is composed", () => {
  // @ts-expect-error dir is missing
  expect(() => download({})).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  expect(() => download({ dir: "x", concurrency: 0 })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
  expect(() => extract({ maxBytes: "lots" })).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
});
