import { createHash, randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, expectTypeOf, test } from "vitest";
import { Dataset, type IndexedDataset, onWarning, type Warning } from "voxrx";
import { readShards } from "voxrx/datasets";
import { map, writeShards } from "voxrx/operators";
import { scanShard } from "../../datasets/scan-shard.ts";
import { tarOf } from "../support/archives.ts";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { ramp, spelledOut } from "../support/volumes.ts";

describe("shards over a server and by index", () => {
  const items = Array.from({ length: 9 }, (_, n) => ({ image: ramp([1, 4, 3, 2], "float32", n), n, note: `nr ${n}` }));
  async function written() {
    const folder = await temporaryFolder();
    const keyed = Dataset.from(items, { id: (_, n) => `p${n % 2}/s${n}` });
    await keyed.pipe(writeShards({ dir: folder.path, maxCount: 4 })).toArray();
    const names = ["shard-000000.tar", "shard-000001.tar", "shard-000002.tar"];
    const served: Record<string, { body: Buffer }> = {};
    for (const name of names) {
      for (const file of [name, `${name}.index.json`])
        served[`/${file}`] = { body: await readFile(join(folder.path, file)) };
    }
    return {
      served,
      path: join(folder.path, "shard-{000000..000002}.tar"),
      [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
    };
  }
  const plainly = (all: readonly { readonly __url__: string }[]) =>
    all.map(({ __url__, ...item }) => JSON.stringify(spelledOut(item)).replaceAll(__url__, ""));

  test("a path, an address and an index give the same items", async () => {
    await using shards = await written();
    await using server = await serveFiles(shards.served);
    const address = `${server.origin}/shard-{000000..000002}.tar?key=secret`;
    const streamed = await readShards(shards.path, { names: "field" }).toArray();
    expect(streamed.length).toBe(9);
    expect(plainly(await readShards(address, { names: "field" }).toArray())).toEqual(plainly(streamed));
    const indexed = readShards<{ n: number }>(address, { names: "field", indexed: true });
    expectTypeOf(indexed).toExtend<IndexedDataset<{ readonly n: number }>>();
    expect((await indexed.ready()).length).toBe(9);
    expect(plainly(await indexed.toArray())).toEqual(plainly(streamed));
    expect((await indexed.at(-1)).n).toBe(8);
    const keys = indexed.pipe(map((_, { id }) => id));
    expect(await keys.at(5)).toBe("shard-000001.tar/p1/s5");
    expect(JSON.stringify(plainly(streamed))).not.toContain("secret");
  });

  test("at(i) asks for one stretch of one shard", async () => {
    await using shards = await written();
    await using server = await serveFiles(shards.served);
    const indexed = readShards(`${server.origin}/shard-{000000..000002}.tar`, { indexed: true });
    await indexed.ready();
    const before = server.requests.length;
    await indexed.at(6);
    expect(server.requests.length).toBe(before + 1);
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(server.requests[before]?.range ?? "") ?? [];
    expect(Number(to) - Number(from)).toBeLessThan(4096);
  });

  test("damage is an error that names the file: in the samples, the shard's length, the index", async () => {
    await using shards = await written();
    const path = shards.path.replace("{000000..000002}", "000001");
    const whole = await readFile(path);
    const index = await readFile(`${path}.index.json`, "utf8");
    const [item] = JSON.parse(index).items;
    const [field, { offset }] = Object.entries(item.fields)[0] as [string, { offset: number }];
    const first = () => readShards(path, { indexed: true }).at(0);
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(damaged.readUInt8(offset + 3) ^ 1, offset + 3);
    await writeFile(path, damaged);
    await expect(first()).rejects.toMatchObject({
      code: "VOXRX_CHECKSUM_MISMATCH",
      file: `${path}/${item.key}.${field}`,
    });
    await writeFile(path, whole.subarray(0, offset));
    await expect(first()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: path });
    await writeFile(path, whole);
    for (const text of [index.slice(0, -5), index.replace(/"bytes":\d+/, '"bytes":10'), "[]"]) {
      await writeFile(`${path}.index.json`, text);
      await expect(first()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: `${path}.index.json` });
    }
  });

  test("a shard on disk without an index, as a killed writer leaves it, is read whole, with a warning", async () => {
    await using shards = await written();
    const path = shards.path.replace("{000000..000002}", "000001");
    const read = () => readShards(shards.path, { indexed: true, names: "field" }).toArray();
    const wanted = plainly(await read());
    await rm(`${path}.index.json`);
    const warnings: Warning[] = [];
    const unsubscribe = onWarning((warning) => warnings.push(warning));
    try {
      expect(plainly(await read())).toEqual(wanted);
    } finally {
      unsubscribe();
    }
    expect(warnings).toMatchObject([{ code: "VOXRX_INDEX_MISSING", message: expect.stringContaining(path) }]);
  });

  test("positions found in a shard are those of its index, with long names and other files in it", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "one.tar");
    const long = `${"directory/".repeat(15)}case`;
    const files = [
      { name: "directory/" },
      { name: "a.bin", content: randomBytes(700) },
      { name: "a.seg.bin", content: "" },
      { name: "README", content: "not of a sample" },
      { name: `${long}.bin`, content: randomBytes(512) },
      { name: "constructor.__proto__", content: "x" },
    ];
    await writeFile(path, await tarOf(files));
    const { signal } = new AbortController();
    const tar = await readFile(path);
    const found = (await scanShard(path, signal)) ?? [];
    expect(found.map(({ key, fields }) => [key, ...Object.keys(fields)])).toEqual([
      ["a", "bin", "seg.bin"],
      [long, "bin"],
      ["constructor", "__proto__"],
    ]);
    const contents = found
      .flatMap(({ fields }) => Object.values(fields))
      .map(({ offset, length }) => tar.subarray(offset, offset + length));
    expect(contents).toEqual([1, 2, 4, 5].map((n) => Buffer.from(files[n]?.content ?? "")));
  });

  test("a shard without an index that has no positions, or is damaged, is an error", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "one.tar");
    const read = () => readShards(path, { indexed: true }).toArray();
    const tar = await tarOf([{ name: "a.bin", content: randomBytes(700) }]);
    await writeFile(path, gzipSync(tar));
    const without = { code: "VOXRX_FILE_MISSING", file: `${path}.index.json` };
    await expect(read()).rejects.toMatchObject({ ...without, message: expect.stringContaining("no index") });
    await writeFile(path, tar.subarray(0, 1024));
    await expect(read()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: path });
    await writeFile(path, await tarOf([{ name: "a.bin" }, { name: "a.bin" }]));
    await expect(read()).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: path });
    await rm(path);
    await expect(read()).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING", file: path });
  });

  test("a shard that is shorter on its server than its index says is an error at once", async () => {
    await using shards = await written();
    const name = "/shard-000001.tar";
    const whole = shards.served[name]?.body ?? Buffer.alloc(0);
    await using server = await serveFiles({ ...shards.served, [name]: { body: whole.subarray(0, 3000) } });
    const indexed = readShards(server.origin + name, { indexed: true });
    await indexed.ready();
    for (const n of [1, -1]) {
      const before = server.requests.length;
      await expect(indexed.at(n)).rejects.toMatchObject({ code: "VOXRX_BAD_ARCHIVE", file: server.origin + name });
      expect(server.requests.length).toBe(before + 1);
    }
  });

  test("leaving a run closes every socket, also of interleaved shards", async () => {
    const body = Buffer.concat([
      await tarOf([
        { name: "a.bin", content: randomBytes(1000) },
        { name: "b.bin", content: randomBytes(4_000_000) },
      ]),
    ]);
    await using server = await serveFiles({ "/0.tar": { body }, "/1.tar": { body } });
    let seen = 0;
    for await (const _ of readShards(`${server.origin}/{0..1}.tar`, { interleave: 2 })) if (++seen === 2) break;
    await Promise.all(server.requests.map(({ closed }) => closed));
    expect(server.requests.length).toBe(2);
  });

  test("one shard is open at a time", async () => {
    await using shards = await written();
    await using server = await serveFiles(shards.served);
    const run = readShards(`${server.origin}/shard-{000000..000002}.tar`).iterate();
    for (let n = 0; n < 4; n++) await run.next();
    expect(server.requests.length).toBe(1);
    await run.next();
    expect(server.requests.length).toBe(2);
    await run.return();
  });

  test("a shard written elsewhere says so by its hash", async () => {
    await using shards = await written();
    const path = shards.path.replace("{000000..000002}", "000000");
    const index = JSON.parse(await readFile(`${path}.index.json`, "utf8"));
    const bytes = await readFile(path);
    for (const { fields } of index.items) {
      for (const { offset, length, sha256 } of Object.values<{ offset: number; length: number; sha256: string }>(
        fields,
      )) {
        const found = createHash("sha256")
          .update(bytes.subarray(offset, offset + length))
          .digest("hex");
        expect(found).toBe(sha256);
      }
    }
    expect(index.bytes).toBe(bytes.length);
  });
});
