import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { extractArchive } from "voxrx";
import { tarEntries } from "voxrx/datasets";
import { paxOf, type RawTarEntry, rawTarOf, zipOf } from "../support/archives.ts";
import { temporaryFolder } from "../support/folder.ts";
import { sharedData, sharedFile } from "../support/shared.ts";

/** The files that an archive becomes, by name. */
async function extracted(archive: Buffer | string): Promise<Record<string, string>> {
  await using folder = await temporaryFolder();
  const file = typeof archive === "string" ? archive : join(folder.path, "a");
  if (typeof archive !== "string") await writeFile(file, archive);
  const { dir, files } = await extractArchive({ archive: file, dir: join(folder.path, "out") });
  return Object.fromEntries(
    await Promise.all(files.map(async (name) => [name, await readFile(join(dir, name), "utf8")] as const)),
  );
}

/** The files that a tar is streamed as. */
async function streamed(archive: Buffer): Promise<Record<string, string>> {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "a.tar");
  await writeFile(file, archive);
  const entries = await tarEntries(file).toArray();
  return Object.fromEntries(entries.map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]));
}

const latin1 = (name: string) => Buffer.from(name, "latin1");

describe("the names of tar entries are bytes", () => {
  test.each<[string, readonly RawTarEntry[], Record<string, string>]>([
    [
      "not UTF-8",
      [
        { name: latin1("ä.txt"), content: "one" },
        { name: latin1("ö.txt"), content: "second" },
      ],
      { "%E4.txt": "one", "%F6.txt": "second" },
    ],
    [
      "UTF-8 with other bytes",
      [{ name: Buffer.concat([Buffer.from("é"), latin1("é")]), content: "x" }],
      { "é%E9": "x" },
    ],
    [
      "Unicode forms that look alike",
      [
        { name: "\u00e9", content: "composed" },
        { name: "e\u0301", content: "decomposed" },
      ],
      process.platform === "linux" ? { "\u00e9": "composed", "e\u0301": "decomposed" } : {},
    ],
    ["percent signs", [{ name: "50%.txt" }, { name: "%E4.txt" }], { "50%.txt": "", "%E4.txt": "" }],
    [
      "pax, in any encoding",
      [
        { name: "x", flag: "x", content: paxOf({ hdrcharset: "BINARY", path: latin1("früh") }) },
        { name: "other", content: "1" },
        { name: "x", flag: "x", content: paxOf({ path: "spät" }) },
        { name: "other", content: "2" },
      ],
      { "fr%FCh": "1", spät: "2" },
    ],
    [
      "GNU long names",
      [
        { name: "././@LongLink", flag: "L", content: Buffer.concat([latin1(`${"a".repeat(120)}ü`), Buffer.alloc(1)]) },
        { name: "a".repeat(100), content: "long", magic: "ustar  \0" },
      ],
      { [`${"a".repeat(120)}%FC`]: "long" },
    ],
    [
      "V7",
      [
        { name: "dir/", magic: "" },
        { name: "dir/f", content: "hi", magic: "", flag: "\0" },
      ],
      { "dir/f": "hi" },
    ],
    [
      "a size in base 256",
      [{ name: "big", content: "abc", size: Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3]) }],
      { big: "abc" },
    ],
    ["fields named like the parts of objects", [{ name: "__proto__", content: "p" }], JSON.parse('{"__proto__":"p"}')],
  ])("%s", async (_, entries, files) => {
    if (Object.keys(files).length === 0) return;
    expect(await extracted(rawTarOf(entries))).toEqual(files);
    expect(await streamed(rawTarOf(entries))).toEqual(files);
  });

  test("two entries never become one file", async () => {
    const archive = rawTarOf([
      { name: "%E4.txt", content: "one" },
      { name: latin1("ä.txt"), content: "second" },
    ]);
    const refusal = { code: "VOXRX_BAD_ARCHIVE", message: expect.stringContaining('"%E4.txt"') };
    await expect(extracted(archive)).rejects.toMatchObject(refusal);
    await expect(streamed(archive)).rejects.toMatchObject(refusal);
    const dotted = rawTarOf([
      { name: "./a/b", content: "one" },
      { name: "a//b", content: "second" },
    ]);
    await expect(extracted(dotted)).rejects.toThrow(/"\.\/a\/b" and "a\/\/b"/);
  });

  test("an entry written twice replaces the first, as tar has it", async () => {
    expect(
      await extracted(
        rawTarOf([
          { name: "a", content: "old" },
          { name: "a", content: "new" },
        ]),
      ),
    ).toEqual({ a: "new" });
  });

  test("names of any bytes stay apart", async () => {
    const part = fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .filter((bytes) => !bytes.some((byte) => [0, 47, 92].includes(byte)));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(part, { maxLength: 6, selector: (bytes) => bytes.join() }), async (names) => {
        const entries = names.map((name, n) => ({
          name: Buffer.concat([Buffer.from("f-"), name]),
          content: String(n),
        }));
        const files = await streamed(rawTarOf(entries));
        expect(Object.values(files).sort()).toEqual(entries.map(({ content }) => content).sort());
      }),
      { numRuns: 25 },
    );
  });
});

test.each([0x81, 0x90, 0xbf, 0xc0, 0xfe, 0xff])(
  "a size that no file has (first byte %i) ends every reader",
  async (first) => {
    const archive = rawTarOf([{ name: "f", size: Buffer.from([first, ...Array<number>(10).fill(0), 1]) }]);
    const refusal = { code: "VOXRX_BAD_ARCHIVE", message: expect.stringContaining('"f" has no valid size') };
    await expect(extracted(archive)).rejects.toMatchObject(refusal);
    await expect(streamed(archive)).rejects.toMatchObject(refusal);
  },
);

test.each(["12 x=", "9999999 path=a\n", "8 path=a\n", "7 path\n", "11 size=-5\n", "11 size=1e\n"])(
  "the extended header %j is refused",
  async (content) => {
    await expect(extracted(rawTarOf([{ name: "x", flag: "x", content }, { name: "f" }]))).rejects.toMatchObject({
      code: "VOXRX_BAD_ARCHIVE",
    });
  },
);

describe("a zip", () => {
  /** Info-ZIP's field with the name in UTF-8, which belongs to the other name by its CRC-32. */
  const unicodePath = (name: string, of: Buffer) => {
    const field = Buffer.alloc(9);
    field.writeUInt16LE(0x7075, 0);
    field.writeUInt16LE(5 + Buffer.byteLength(name), 2);
    field.writeUInt8(1, 4);
    field.writeUInt32LE(crc32(of), 5);
    return Buffer.concat([field, Buffer.from(name)]);
  };
  const raw = Buffer.from([0x84, 0x2e, 0x74]); // ä.t in code page 437

  test("has names in UTF-8 if flagged, else in code page 437, or in a field of their own", async () => {
    const archive = zipOf([
      { name: "ö.t", content: "flagged" },
      { name: "", rawName: raw, content: "437" },
      { name: "", rawName: Buffer.from("x.t"), extra: unicodePath("名.t", Buffer.from("x.t")), content: "field" },
      { name: "", rawName: Buffer.from("y.t"), extra: unicodePath("stale", Buffer.from("z")), content: "stale" },
    ]);
    expect(await extracted(archive)).toEqual({ "ö.t": "flagged", "ä.t": "437", "名.t": "field", "y.t": "stale" });
  });

  test("keeps entries apart whose flagged names are not UTF-8", async () => {
    const archive = zipOf([
      { name: "", rawName: latin1("ä"), flags: 0x800, content: "one" },
      { name: "", rawName: latin1("ö"), flags: 0x800, content: "second" },
    ]);
    expect(await extracted(archive)).toEqual({ "%E4": "one", "%F6": "second" });
    await expect(extracted(zipOf([{ name: "ä.t" }, { name: "", rawName: raw }]))).rejects.toThrow(
      /"%C3%A4\.t" and "%84\.t"/,
    );
  });

  test("may come from a pipe, and have large sizes", async () => {
    const content = "piped ".repeat(1000);
    expect(await extracted(zipOf([{ name: "a", content, streamed: true }]))).toEqual({ a: content });
    expect(await extracted(zipOf([{ name: "a", content, zip64: true }]))).toEqual({ a: content });
    expect(await extracted(zipOf([{ name: "a", content, streamed: true, stored: true, zip64: true }]))).toEqual({
      a: content,
    });
  });
});

test.skipIf(sharedData === undefined)("files of other programs", async () => {
  expect(await extracted(sharedFile("trouble", "v7.tar"))).toEqual({ v7f: "hi\n" });
  expect(Object.values(await extracted(sharedFile("trouble", "latin1_names.tar")))).toEqual(["one", "second"]);
});
