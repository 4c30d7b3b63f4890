import { createHash, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readShards, tarEntries } from "voxrx/datasets";
import { load } from "voxrx/operators";
import { type PackedEntry, tarGzOf, tarOf, zipOf } from "../support/archives.ts";
import { type ServedFile, serveFiles } from "../support/file-server.ts";
import { openFilesIn, temporaryFolder, treeOf } from "../support/folder.ts";

const entries: readonly PackedEntry[] = [
  { name: "scans/" },
  { name: "scans/a.nii", content: Buffer.from("first scan") },
  { name: "scans/._a.nii", content: "of a Mac" },
  { name: "__MACOSX/scans/a.nii", content: "of a Mac" },
  { name: "scans/b.nii", content: randomBytes(300_000) },
  { name: `${"long/".repeat(30)}name.txt`, content: "" },
];
const wanted = entries.filter(({ name }) => /^(scans\/[ab]|long)/.test(name));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function onDisk(bytes: Buffer) {
  const folder = await temporaryFolder();
  const path = join(folder.path, "archive.bin");
  await writeFile(path, bytes);
  return { path, folder: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function expectWanted(found: readonly { name: string; bytes: Uint8Array; size: number }[]) {
  expect(found.map(({ name }) => name)).toEqual(wanted.map(({ name }) => name));
  for (const [n, { bytes, size }] of found.entries()) {
    expect(Buffer.from(bytes).equals(Buffer.from(wanted[n]?.content ?? ""))).toBe(true);
    expect(size).toBe(bytes.length);
  }
}

describe.each([
  ["tar", tarOf],
  ["tar.gz", tarGzOf],
] as const)("tarEntries of a %s", (_, pack) => {
  test("gives the files in order, from disk, in every run, and leaves nothing open or written", async () => {
    await using file = await onDisk(await pack(entries));
    const ds = tarEntries(file.path);
    const before = await treeOf(file.folder, true);
    for (let run = 0; run < 2; run++) {
      const found = await ds.toArray();
      expectWanted(found);
      expect(found[0]?.source).toBe(file.path);
    }
    expect(await openFilesIn(file.folder)).toEqual([]);
    expect(await treeOf(file.folder, true)).toEqual(before);
  });

  test("goes on over a line that breaks, and verifies the checksum of the whole", async () => {
    const body = await pack(entries);
    const served: ServedFile = { body, etag: '"v1"', faults: [{ cutAfter: 100_000 }, { cutAfter: 70_000 }] };
    await using server = await serveFiles({ "/a.tar": served });
    const ds = tarEntries(`${server.origin}/a.tar`, { sha256: sha256(body) });
    expectWanted(await ds.toArray());
    expect(server.requests.length).toBe(3);
  });

  test("raises a wrong checksum behind the last item", async () => {
    await using file = await onDisk(await pack(entries));
    const seen: string[] = [];
    const run = tarEntries(file.path, { sha256: "0".repeat(64) }).forEach(({ name }) => {
      seen.push(name);
    });
    await expect(run).rejects.toMatchObject({ code: "VOXRX_CHECKSUM_MISMATCH", file: file.path });
    expect(seen.length).toBe(wanted.length);
  });

  test("reads only what the filter wants", async () => {
    await using file = await onDisk(await pack(entries));
    const ds = tarEntries(file.path, { filter: "*a.nii", maxItemBytes: 100 });
    expect((await ds.toArray()).map(({ name }) => name)).toEqual(["scans/a.nii"]);
    const whole = tarEntries(file.path, { maxItemBytes: 100 }).toArray();
    await expect(whole).rejects.toMatchObject({ code: "VOXRX_ARCHIVE_LIMIT" });
  });

  test.each(["../evil", "/etc/evil", "a\\b", "C:evil"])("refuses the name %s", async (name) => {
    await using file = await onDisk(
      await pack([
        { name: "good.txt", content: "1" },
        { name, content: "2" },
      ]),
    );
    await expect(tarEntries(file.path).toArray()).rejects.toMatchObject({
      code: "VOXRX_UNSAFE_ENTRY",
      file: file.path,
    });
  });

  test("refuses links", async () => {
    await using file = await onDisk(await pack([{ name: "l", type: "symlink", linkname: "/etc/passwd" }]));
    await expect(tarEntries(file.path).toArray()).rejects.toMatchObject({ code: "VOXRX_UNSAFE_ENTRY" });
  });
});

describe("tarEntries", () => {
  test("sees every truncation, also between two entries", async () => {
    const whole = await tarOf(wanted.slice(0, 2));
    await using file = await onDisk(whole);
    const ends = [512, 1024, whole.length - 1024, 100_000];
    const property = fc.asyncProperty(fc.oneof(fc.constantFrom(...ends), fc.nat(whole.length - 1025)), async (end) => {
      await writeFile(file.path, whole.subarray(0, end));
      const zipped = `${file.path}.gz`;
      await writeFile(zipped, gzipSync(whole.subarray(0, end), { level: 1 }));
      for (const path of [file.path, zipped]) {
        await expect(tarEntries(path).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: path });
      }
    });
    await fc.assert(property, { numRuns: 15, seed: 1 });
  });

  test("sees a gzip that was cut off or damaged", async () => {
    const whole = await tarGzOf(wanted);
    const damaged = Buffer.from(whole);
    damaged.fill(0x55, 200_000, 200_040);
    for (const bytes of [whole.subarray(0, -9), damaged]) {
      await using file = await onDisk(bytes);
      await expect(tarEntries(file.path).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE" });
    }
  });

  test.each([
    ["an empty file", Buffer.alloc(0)],
    ["a page", Buffer.from("<html>not found</html>".repeat(40))],
    ["zeros that were never written", Buffer.alloc(20_480)],
    ["a zip", zipOf([{ name: "a.txt", content: "a" }])],
  ])("says what is wrong with %s", async (_, bytes) => {
    await using file = await onDisk(bytes);
    await expect(tarEntries(file.path).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: file.path });
  });

  test("an empty archive has no files", async () => {
    await using file = await onDisk(await tarOf([]));
    expect(await tarEntries(file.path).toArray()).toEqual([]);
  });

  test("closes the socket at once when the run is left, between items and while one is awaited", async () => {
    const body = await tarOf(wanted);
    await using server = await serveFiles({
      "/whole.tar": { body: Buffer.concat([body, randomBytes(4_000_000)]) },
      "/stalled.tar": { body, always: { stallAfter: 20_000 } },
    });
    for await (const { name } of tarEntries(`${server.origin}/whole.tar`)) {
      expect(name).toBe("scans/a.nii");
      break;
    }
    await server.requests[0]?.closed;
    const run = tarEntries(`${server.origin}/stalled.tar`).iterate();
    await run.next();
    const pending = run.next();
    await run.return();
    expect((await pending).done).toBe(true);
    await server.requests[1]?.closed;
  });

  test.each([
    ["tar", tarOf],
    ["tar.gz", tarGzOf],
  ] as const)("an error in the middle of a %s closes the socket at once and reads nothing more", async (_, pack) => {
    const body = await pack([
      { name: "../evil", content: randomBytes(100_000) },
      { name: "rest", content: randomBytes(30_000_000) },
    ]);
    await using server = await serveFiles({ "/a": { body, always: { stallAfter: 90_000 } }, "/b": { body } });
    await expect(tarEntries(`${server.origin}/a`).toArray()).rejects.toMatchObject({ code: "VOXRX_UNSAFE_ENTRY" });
    await server.requests[0]?.closed;
    await expect(tarEntries(`${server.origin}/b`).toArray()).rejects.toMatchObject({ code: "VOXRX_UNSAFE_ENTRY" });
    await server.requests[1]?.closed;
    expect(server.requests.length).toBe(2);
  });

  test("all of the bytes count for the checksum, also what follows the gzip", async () => {
    const body = Buffer.concat([await tarGzOf(wanted), Buffer.alloc(3_000_000)]);
    await using file = await onDisk(body);
    expectWanted(await tarEntries(file.path, { sha256: sha256(body) }).toArray());
    const other = tarEntries(file.path, { sha256: sha256(body.subarray(0, -1)) }).toArray();
    await expect(other).rejects.toMatchObject({ code: "VOXRX_CHECKSUM_MISMATCH" });
  });

  test("reads no further ahead than the file in hand needs", async () => {
    const many = Array.from({ length: 40 }, (_, n) => ({ name: `${n}.bin`, content: randomBytes(1_000_000) }));
    await using file = await onDisk(await tarOf(many));
    const run = tarEntries(file.path).iterate();
    const before = process.memoryUsage().arrayBuffers;
    for (let n = 0; n < 3; n++) await run.next();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    await run.return();
  });

  test("sends its headers and shows neither them nor the address's secrets", async () => {
    await using server = await serveFiles({
      "/a.tar": { body: await tarOf(wanted) },
      "/no.tar": { body: Buffer.alloc(1), always: { status: 403 } },
    });
    const headers = { authorization: "Bearer secret-1" };
    const [first] = await tarEntries(`${server.origin}/a.tar?token=secret-2`, { headers }).toArray();
    expect(server.requests[0]?.headers.authorization).toBe("Bearer secret-1");
    expect(first?.source).toBe(`${server.origin}/a.tar`);
    const ds = tarEntries(`${server.origin}/no.tar?token=secret-2`, { headers });
    const error: unknown = await ds.toArray().catch((caught) => caught);
    expect(error).toMatchObject({ code: "VOXRX_HTTP_STATUS" });
    expect(JSON.stringify(error) + ds.explain()).not.toContain("secret");
  });

  test("headers that no request can have are refused when composed, and not shown", () => {
    for (const [name, value] of [
      ["authorization", "Bearer secret\n"],
      ["my token", "secret"],
      ["token", "secret ☠"],
    ] as const) {
      const headers = { [name]: value };
      for (const compose of [
        () => tarEntries("http://localhost/a.tar", { headers }),
        () => readShards("http://localhost/a.tar", { headers }),
        () => load({ headers }),
      ]) {
        const refused = expect.objectContaining({ code: "VOXRX_BAD_OPTION" });
        expect(compose).toThrow(refused);
        expect(compose).not.toThrow("secret");
      }
    }
  });

  test("checks its options when it is composed", () => {
    for (const options of [{ sha256: "12" }, { maxItemBytes: "many" }, { filtre: () => true }]) {
      expect(() => tarEntries("a.tar", options)).toThrow(expect.objectContaining({ code: "VOXRX_BAD_OPTION" }));
    }
  });
});
