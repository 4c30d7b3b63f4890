import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ExtractArchiveOptions, extractArchive } from "voxrx";
import { type PackedEntry, packers, paxOf, rawTarOf, tarGzOf, tarOf, zipOf } from "../support/archives.ts";
import { forkChild, messageOf } from "../support/children.ts";
import { openFilesIn, temporaryFolder, treeOf } from "../support/folder.ts";
import { longTest, runsOf } from "../support/long.ts";

const honest: readonly PackedEntry[] = [
  { name: "task/" },
  { name: "task/dataset.json", content: "{}" },
  { name: "task/images/a.nii", content: randomBytes(70_000) },
  { name: "./task/images/b.nii", content: Buffer.alloc(2048) },
  { name: "task/empty", content: "" },
];
const names = ["task/dataset.json", "task/empty", "task/images/a.nii", "task/images/b.nii"];
const bytes = 2 + 70_000 + 2048;

async function scene(archive: Buffer) {
  const folder = await temporaryFolder();
  const file = join(folder.path, "some.archive");
  const dir = join(folder.path, "out", "data");
  await writeFile(file, archive);
  const run = (options: Partial<ExtractArchiveOptions> = {}) => extractArchive({ archive: file, dir, ...options });
  return { folder: folder.path, file, dir, run, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

/** The archive is refused with a code, and the disk is as it was. */
async function refused(archive: Buffer, code: string, options: Partial<ExtractArchiveOptions> = {}): Promise<void> {
  await using s = await scene(archive);
  const before = await treeOf(s.folder, true);
  await expect(s.run(options)).rejects.toMatchObject({ code, file: s.file, remedy: expect.any(String) });
  expect(await treeOf(s.folder, true)).toEqual(before);
  await mkdir(s.dir, { recursive: true });
  await writeFile(join(s.dir, "mine"), "kept");
  const beside = await treeOf(s.folder);
  await expect(s.run(options)).rejects.toMatchObject({ code });
  expect(await treeOf(s.folder)).toEqual(beside);
}

describe.each(packers)("%s", (_, packed) => {
  test("is extracted whole, and a second time not at all", async () => {
    await using s = await scene(await packed(honest));
    expect(await s.run()).toEqual({ dir: s.dir, files: names, bytes, extracted: true });
    expect(await readFile(join(s.dir, "task/images/a.nii"))).toEqual(honest[2]?.content);
    const tree = await treeOf(s.dir, true);
    expect(await s.run()).toEqual({ dir: s.dir, files: names, bytes, extracted: false });
    expect(await treeOf(s.dir, true)).toEqual(tree);
    expect((await readdir(join(s.dir, ".voxrx"))).length).toBe(1);
  });

  test("what is missing, short or no file any more is repaired", async () => {
    await using s = await scene(await packed(honest));
    await s.run();
    const tree = await treeOf(s.dir);
    await rm(join(s.dir, "task/dataset.json"));
    await truncate(join(s.dir, "task/images/a.nii"), 100);
    expect((await s.run()).extracted).toBe(true);
    expect(await treeOf(s.dir)).toEqual(tree);
    await rm(join(s.dir, "task"), { recursive: true });
    expect(await s.run()).toEqual({ dir: s.dir, files: names, bytes, extracted: true });
    expect(await treeOf(s.dir)).toEqual(tree);
  });

  test("a filter extracts a part, and more when more is wanted", async () => {
    await using s = await scene(await packed(honest));
    const filter = "*.nii";
    expect((await s.run({ filter })).files).toEqual(names.slice(2));
    expect((await s.run({ filter })).extracted).toBe(false);
    expect(await s.run()).toMatchObject({ files: names, bytes, extracted: true });
    expect(await s.run({ filter })).toMatchObject({ files: names.slice(2), extracted: false });
    expect(await s.run()).toMatchObject({ files: names, extracted: false });
  });

  test.each([
    "../evil",
    "a/../../evil",
    "/evil",
    "C:evil",
    "c:\\evil",
    "a\\..\\evil",
    "..",
    ".voxrx/x.json",
    ".VoxRx/x",
  ])("the name %j is refused", async (name) => {
    await refused(
      await packed([
        { name: "good", content: "good" },
        { name, content: "evil" },
      ]),
      "VOXRX_UNSAFE_ENTRY",
    );
  });

  test("limits on bytes and entries hold", async () => {
    const bomb = Array.from({ length: 20 }, (_, n) => ({ name: `f${n}`, content: Buffer.alloc(100_000) }));
    await refused(await packed(bomb), "VOXRX_ARCHIVE_LIMIT", { maxBytes: "1MB" });
    await refused(await packed(bomb), "VOXRX_ARCHIVE_LIMIT", { maxEntries: 19 });
    await using s = await scene(await packed(bomb));
    expect((await s.run({ maxBytes: 2_000_000, maxEntries: 20 })).files.length).toBe(20);
  });

  test("what macOS adds is skipped", async () => {
    const extra = [
      { name: "__MACOSX/a/._b", content: "x" },
      { name: "a/._b", content: "x" },
      { name: "a/b", content: "b" },
    ];
    await using s = await scene(await packed(extra));
    expect((await s.run()).files).toEqual(["a/b"]);
  });

  test("a name that is a file and a folder is refused", async () => {
    await refused(
      await packed([
        { name: "a", content: "x" },
        { name: "a/b", content: "y" },
      ]),
      "VOXRX_BAD_ARCHIVE",
    );
  });

  test("any cut is an error", async () => {
    const whole = await packed([
      { name: "a", content: randomBytes(3000) },
      { name: "b", content: Buffer.alloc(1024) },
    ]);
    const end = whole.length - 1024;
    for (const cut of [1, 100, 513, 1000, 2000, 3584, 4000, 4608, end - 512, end - 1, end].filter((n) => n > 0)) {
      if (cut < whole.length) await refused(whole.subarray(0, cut), "VOXRX_BAD_ARCHIVE");
    }
  });

  test("damage is an error or harmless, never a hang and never half a tree", async () => {
    const whole = await packed(honest);
    const damage = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (changes) => {
        const damaged = Buffer.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        await using s = await scene(damaged);
        const done = await s.run({ maxBytes: "1MB" }).catch((error: { code?: string }) => error.code);
        if (typeof done === "string") {
          expect(done).toMatch(/^VOXRX_(BAD_ARCHIVE|UNSAFE_ENTRY|ARCHIVE_LIMIT)$/);
          expect(Object.keys(await treeOf(s.folder, true))).toEqual(["some.archive"]);
        } else expect(done).toMatchObject({ extracted: true });
      }),
      { numRuns: runsOf(60) },
    );
  });

  test("random trees come out as they went in", async () => {
    const part = fc.stringMatching(/^[a-zé日][a-z0-9 _.é-]{0,12}$/u).filter((name) => !name.endsWith("."));
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const entry = fc.record({
      name: path,
      content: fc.uint8Array({ maxLength: 3000 }).map((list) => Buffer.from(list)),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(entry, { selector: ({ name }) => name, maxLength: 12 }), async (entries) => {
        const isFolder = (name: string) => entries.some((other) => other.name.startsWith(`${name}/`));
        const tree = entries.filter(({ name }) => !isFolder(name));
        await using s = await scene(await packed(tree));
        const done = await s.run();
        expect(done.files).toEqual(tree.map(({ name }) => name).sort());
        for (const { name, content } of tree) expect(content.equals(await readFile(join(s.dir, name)))).toBe(true);
      }),
      { numRuns: runsOf(25) },
    );
  });
});

test.each(["link", "symlink", "fifo", "character-device", "block-device"] as const)(
  "a %s in a tar is refused",
  async (type) => {
    const entries: PackedEntry[] = [
      { name: "good", content: "x" },
      { name: "bad", type, linkname: "/etc/passwd" },
    ];
    await refused(await tarOf(entries), "VOXRX_UNSAFE_ENTRY");
  },
);

test("a link in a zip is refused; a filter may leave it out", async () => {
  const entries = [
    { name: "good", content: "x" },
    { name: "bad", content: "/etc/passwd", mode: 0o120777 },
  ];
  await refused(zipOf(entries), "VOXRX_UNSAFE_ENTRY");
  await refused(zipOf([{ name: "bad\0", content: "x" }]), "VOXRX_UNSAFE_ENTRY");
  await refused(zipOf([{ name: "bad", content: "x", mode: 0o010644 }]), "VOXRX_UNSAFE_ENTRY");
  await using s = await scene(zipOf(entries));
  expect((await s.run({ filter: "!bad" })).files).toEqual(["good"]);
});

test("a wrong CRC or size in a zip is an error", async () => {
  for (const stored of [true, false]) {
    await refused(zipOf([{ name: "a", content: "Hello", stored, crc: 1 }]), "VOXRX_BAD_ARCHIVE");
    await refused(zipOf([{ name: "a", content: "Hello", stored, size: 4 }]), "VOXRX_BAD_ARCHIVE");
    await refused(zipOf([{ name: "a", content: "Hello", stored, size: 6 }]), "VOXRX_BAD_ARCHIVE");
  }
});

test("a tar cut exactly between entries is an error, also where the last file ends in zeros", async () => {
  const whole = await tarOf([
    { name: "a", content: Buffer.alloc(4096) },
    { name: "b", content: "b" },
  ]);
  await refused(whole.subarray(0, 512 + 4096), "VOXRX_BAD_ARCHIVE");
  await refused(gzipSync(whole.subarray(0, 512 + 4096)), "VOXRX_BAD_ARCHIVE");
});

test("what is no archive is said to be none", async () => {
  for (const content of [
    Buffer.alloc(0),
    Buffer.from("<html>"),
    Buffer.alloc(20_000),
    randomBytes(5000),
    gzipSync("no tar"),
  ]) {
    await refused(content, "VOXRX_BAD_ARCHIVE");
  }
  await using s = await scene(Buffer.from("BZh9"));
  await expect(s.run()).rejects.toThrow("bzip2");
  await expect(s.run({ archive: join(s.folder, "none") })).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING" });
  await expect(s.run({ maxEntries: 0 })).rejects.toMatchObject({ code: "VOXRX_BAD_OPTION" });
});

test("nothing is written through a link that stands in the target", async () => {
  await using s = await scene(
    await tarOf([
      { name: "first", content: "x" },
      { name: "sub/file", content: "evil" },
    ]),
  );
  await mkdir(s.dir, { recursive: true });
  await mkdir(join(s.folder, "elsewhere"));
  await symlink(join(s.folder, "elsewhere"), join(s.dir, "sub"));
  const before = await treeOf(s.folder);
  await expect(s.run()).rejects.toMatchObject({ code: "VOXRX_UNSAFE_ENTRY" });
  expect(await treeOf(s.folder)).toEqual(before);
  await rm(join(s.dir, "sub"));
  await symlink(join(s.folder, "elsewhere", "file"), join(s.dir, "first"));
  await expect(s.run()).rejects.toMatchObject({ code: "VOXRX_UNSAFE_ENTRY" });
  expect(await readdir(join(s.folder, "elsewhere"))).toEqual([]);
});

test("several archives share a folder, also at once", async () => {
  await using s = await scene(await tarOf([{ name: "data/a", content: "a" }]));
  const second = join(s.folder, "second.zip");
  await writeFile(second, zipOf([{ name: "data/b", content: "b" }]));
  const all = [s.run(), s.run({ archive: second }), s.run(), s.run({ archive: second })];
  const [a, b, again, bAgain] = (await Promise.all(all)).map(({ extracted }) => Number(extracted));
  expect([(a ?? 0) + (again ?? 0), (b ?? 0) + (bAgain ?? 0)]).toEqual([1, 1]);
  expect(Object.keys(await treeOf(s.dir))).toEqual(["data", "data/a", "data/b"]);
});

test("a changed archive is extracted again", async () => {
  await using s = await scene(await tarOf([{ name: "a", content: "old" }]));
  await s.run();
  await writeFile(s.file, await tarOf([{ name: "a", content: "new" }]));
  await utimes(s.file, 1, 1);
  expect((await s.run()).extracted).toBe(true);
  expect(await readFile(join(s.dir, "a"), "utf8")).toBe("new");
});

longTest("a killed process leaves nothing half-written, and the next one finishes", async () => {
  const many = Array.from({ length: 400 }, (_, n) => ({ name: `d/f${n}`, content: randomBytes(20_000) }));
  await using s = await scene(await tarGzOf(many));
  const child = forkChild("extract", s.file, s.dir, "stop");
  await messageOf(child);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await treeOf(s.dir)).toEqual({});
  expect(await readdir(join(s.dir, ".voxrx"))).toContain("staging");
  expect((await s.run()).files.length).toBe(400);
  expect((await readdir(join(s.dir, ".voxrx"))).length).toBe(1);
  for (const { name, content } of many) expect(content.equals(await readFile(join(s.dir, name)))).toBe(true);
});

test("two processes at once do not disturb each other", async () => {
  const many = Array.from({ length: 50 }, (_, n) => ({ name: `d/f${n}`, content: randomBytes(2000) }));
  await using s = await scene(await tarOf(many));
  const children = [1, 2].map(() => forkChild("extract", s.file, s.dir));
  const codes = await Promise.all(children.map(async (child) => (await once(child, "exit"))[0]));
  expect(codes).toEqual([0, 0]);
  expect(await s.run()).toMatchObject({ extracted: false });
});

test.each(packers)("an abort of a %s leaves nothing", async (_, packed) => {
  const many = Array.from({ length: 100 }, (_, n) => ({ name: `d/f${n}`, content: randomBytes(20_000) }));
  await using s = await scene(await packed(many));
  const aborting = new AbortController();
  const failed = s.run({ signal: aborting.signal, onProgress: () => aborting.abort(new Error("enough")) });
  await expect(failed).rejects.toThrow("enough");
  expect(await openFilesIn(s.folder)).toEqual([]);
  expect(Object.keys(await treeOf(s.folder, true))).toEqual(["some.archive"]);
});

test("a function of the caller that throws is not blamed on the archive", async () => {
  await using s = await scene(await tarOf(honest));
  const boom = () => {
    throw new Error("boom");
  };
  await expect(s.run({ onProgress: boom })).rejects.toMatchObject({ code: "VOXRX_TRANSFORM_FAILED" });
  expect(Object.keys(await treeOf(s.folder, true))).toEqual(["some.archive"]);
});

test("a sparse file is refused instead of taken for its map", async () => {
  const entry = await tarOf([{ name: "a", content: "map" }]);
  const header = await tarOf([{ name: "PaxHeader", content: "22 GNU.sparse.major=1\n" }]);
  header[156] = "x".charCodeAt(0);
  header.write("        ", 148, "latin1");
  const sum = header.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  await refused(Buffer.concat([header.subarray(0, 1024), entry]), "VOXRX_BAD_ARCHIVE");
});

test("a tar that ends after an extended header is truncated, with or without zeros after it", async () => {
  const file = { name: "a.txt", content: "hi" };
  for (const extended of [
    { name: "pax", flag: "x", content: paxOf({ path: "b.txt" }) },
    { name: "pax", flag: "g", content: paxOf({ comment: "c" }) },
    { name: "././@LongLink", flag: "L", content: "b.txt\0" },
  ]) {
    const whole = rawTarOf([file, extended]);
    const cases = [whole.subarray(0, -1024), ...(extended.flag === "g" ? [] : [whole])];
    for (const archive of cases) {
      await using s = await scene(archive);
      await expect(s.run()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: s.file });
    }
  }
});

test("extended headers in a row add up; a later value replaces an earlier one", async () => {
  const pax = (records: Record<string, string>) => ({ name: "pax", flag: "x", content: paxOf(records) });
  const entries = [pax({ path: "one.txt", mtime: "1" }), pax({ mtime: "2" }), { name: "a.txt", content: "hi" }];
  await using s = await scene(rawTarOf(entries));
  expect((await s.run()).files).toEqual(["one.txt"]);
});

test("a zip with more entries than its end counts is refused, not extracted in part", async () => {
  const zip = zipOf(honest);
  const end = zip.length - 22;
  zip.writeUInt16LE(honest.length - 1, end + 8);
  zip.writeUInt16LE(honest.length - 1, end + 10);
  await using s = await scene(zip);
  await expect(s.run()).rejects.toMatchObject({
    code: "VOXRX_BAD_ARCHIVE",
    message: expect.stringMatching(/more entries/),
  });
});
