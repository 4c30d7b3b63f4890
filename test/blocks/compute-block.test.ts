import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  Dataset,
  encodeNifti,
  type FileIdentity,
  identifyFile,
  memoryStore,
  onWarning,
  readVolume,
  saveImage,
  Volume,
} from "voxrx";
import { listShards, readShards } from "voxrx/datasets";
import { cacheUntilRandom, download, filter, flatMap, load, map, onError } from "voxrx/operators";
import { readFailure, writeFailure } from "../../src/blocks/block-failures.ts";
import { haveInputsChanged } from "../../src/blocks/block-inputs.ts";
import { type BlockJob, readMarker } from "../../src/blocks/compute-block.ts";
import { OutputLayout } from "../../src/blocks/output-layout.ts";
import { inBlocks } from "../../src/blocks/plan-in-blocks.ts";
import { fileFault } from "../../src/files/image-file.ts";
import { rememberUrlsIn } from "../../src/http/remember-urls.ts";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder, treeOf } from "../support/folder.ts";
import { niftiFile } from "../support/nifti-file.ts";
import { hasSmallDisks, smallDisk } from "../support/small-disk.ts";
import { thrown } from "../support/thrown.ts";

const signal = new AbortController().signal;
const shard = "block-000000-0123456789ab.tar";

function job(dir: string, items: readonly string[], more: Partial<BlockJob> = {}): BlockJob {
  const places = items.map((_, n) => n);
  return { block: 0, shard, items, places, failedBefore: [], dir, epoch: 0, volumes: "nii", ...more };
}

function scans(count: number, fail: (n: number) => boolean = () => false) {
  const records = Array.from({ length: count }, (_, n) => ({ name: `scan ${n}`, n }));
  return Dataset.from(records, { id: ({ n }) => `scan${n}` }).pipe(
    map((record) => {
      if (fail(record.n)) throw new Error(`no ${record.n}`);
      const image = new Volume({ data: new Uint8Array(64).fill(record.n), shape: [1, 4, 4, 4] });
      return { ...record, image };
    }),
  );
}

test("a block is a shard, its index and a marker; again, it is the same bytes", async () => {
  await using folder = await temporaryFolder();
  const plan = scans(3)[inBlocks]();
  const ids = ["scan0", "scan1", "scan2"];
  const [first, second] = [join(folder.path, "a"), join(folder.path, "b")];
  const counts: number[] = [];
  const result = await plan.compute(job(first, ids), signal, (items) => void counts.push(items));
  await plan.compute(job(second, ids), signal);
  await plan.compute(job(second, ids), signal);
  expect(result).toMatchObject({ done: { block: 0, items: 3 } });
  expect(counts).toEqual([1, 2, 3]);
  expect((await readdir(first)).sort()).toEqual([
    ".voxrx",
    "block-000000-0123456789ab.done",
    shard,
    `${shard}.index.json`,
  ]);
  expect(await treeOf(second)).toEqual(await treeOf(first));
  expect(await readMarker(new OutputLayout(first), shard)).toMatchObject({ items: 3 });
  const read = readShards<{ image: Volume; name: string; n: number }>(join(first, shard), { names: "field" });
  expect((await read.toArray()).map(({ __key__, name, n, image }) => [__key__, name, n, image.shape])).toEqual(
    [0, 1, 2].map((n) => [`scan${n}`, `scan ${n}`, n, [1, 4, 4, 4]]),
  );
});

test("the tar holds no time, owner or host", async () => {
  await using folder = await temporaryFolder();
  await scans(1)
    [inBlocks]()
    .compute(job(folder.path, ["scan0"]), signal);
  const tar = await readFile(join(folder.path, shard));
  const text = (from: number, length: number) =>
    tar
      .toString("latin1", from, from + length)
      .replaceAll("\0", "")
      .trim();
  expect([text(108, 8), text(116, 8), text(136, 12)].map((octal) => Number.parseInt(octal, 8))).toEqual([0, 0, 0]);
  expect([text(265, 32), text(297, 32)]).toEqual(["", ""]);
});

test("all items that fail are named, and nothing is written", async () => {
  await using folder = await temporaryFolder();
  const ids = ["scan0", "scan1", "scan2", "scan3"];
  const plan = scans(4, (n) => n % 2 === 1)[inBlocks]();
  const result = await plan.compute(job(folder.path, ids), signal);
  expect(result).toMatchObject({ faults: [{ item: "scan1", code: "VOXRX_TRANSFORM_FAILED" }, { item: "scan3" }] });
  expect(Object.keys(await treeOf(folder.path))).toEqual([]);
});

test("an item that failed before is tried first, and alone", async () => {
  await using folder = await temporaryFolder();
  const tried: number[] = [];
  const plan = scans(3, (n) => tried.push(n) > 0 && n === 2)[inBlocks]();
  const again = job(folder.path, ["scan0", "scan1", "scan2"], { failedBefore: ["scan2"] });
  expect(await plan.compute(again, signal)).toMatchObject({ faults: [{ item: "scan2" }] });
  expect(tried).toEqual([2]);
});

test("items that are left out are missing in the shard only", async () => {
  await using folder = await temporaryFolder();
  const plan = scans(3)
    .pipe(filter(({ n }) => n !== 1))
    [inBlocks]();
  expect(await plan.compute(job(folder.path, ["scan0", "scan1", "scan2"]), signal)).toMatchObject({
    done: { items: 2 },
  });
});

test("a block that is stopped leaves nothing, however far it is", async () => {
  await using folder = await temporaryFolder();
  for (const items of [1, 2, 3]) {
    const stop = new AbortController();
    const stopped = scans(3)
      [inBlocks]()
      .compute(job(folder.path, ["scan0", "scan1", "scan2"]), stop.signal, (count) => {
        if (count === items) stop.abort(new Error("stopped"));
      });
    await expect(stopped).rejects.toThrow("stopped");
    expect(Object.keys(await treeOf(folder.path))).toEqual([]);
  }
});

test("items that have no stored form fail", async () => {
  await using folder = await temporaryFolder();
  const numbers = Dataset.from([1, [2]])[inBlocks]();
  expect(await numbers.compute(job(folder.path, ["0", "1"]), signal)).toMatchObject({
    faults: [{ item: "0", code: "VOXRX_UNCACHEABLE" }, { item: "1" }],
  });
});

test("a function that uses the place of an item is warned of, once; one that does not is not", async () => {
  await using folder = await temporaryFolder();
  const told: string[] = [];
  const stop = onWarning(({ code, message }) => void told.push(`${code} ${message}`));
  const records = [{ n: 0 }, { n: 1 }];
  const by = (use: (context: { readonly id: string; readonly index: number }) => unknown) =>
    Dataset.from(records).pipe(map((record, context) => ({ ...record, use: use(context) })));
  await by(({ id }) => id)
    [inBlocks]()
    .compute(job(join(folder.path, "a"), ["0", "1"]), signal);
  expect(told).toEqual([]);
  await by(({ index }) => index)
    [inBlocks]()
    .compute(job(join(folder.path, "b"), ["0", "1"]), signal);
  stop();
  expect(told).toEqual([
    expect.stringMatching(/^VOXRX_UNSEEN_CHANGE map asks for the place .* Use the id of the item$/),
  ]);
});

describe("files that a block was made from", () => {
  test("are noticed when their content changes, whatever their times say", async () => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    for (const n of [0, 1]) {
      const image = new Volume({ data: new Uint8Array(8).fill(n), shape: [1, 2, 2, 2] });
      await saveImage(image, at(`${n}.nii`));
    }
    const plan = Dataset.from([{ image: at("0.nii") }, { image: at("1.nii") }])
      .pipe(load(["image"]))
      [inBlocks]();
    const layout = new OutputLayout(at("out"));
    await plan.compute(job(layout.dir, ["0", "1"]), signal);
    expect(await haveInputsChanged(layout, shard)).toBe(false);
    const bytes = await readFile(at("1.nii"));
    const before = new Date(2001, 0);
    await utimes(at("1.nii"), before, before);
    expect(await haveInputsChanged(layout, shard)).toBe(false);
    bytes[bytes.length - 1] = 77;
    await writeFile(at("1.nii"), bytes);
    await utimes(at("1.nii"), before, before);
    expect(await haveInputsChanged(layout, shard)).toBe(true);
    await rm(at("1.nii"));
    expect(await haveInputsChanged(layout, shard)).toBe(true);
  });

  const bytes = () => encodeNifti(new Volume({ data: new Uint8Array(8), shape: [1, 2, 2, 2] }));
  const faults: readonly [string, (path: string) => Promise<unknown>][] = [
    ["is not there", async () => undefined],
    ["is empty", (path) => writeFile(path, "")],
    ["ends too early", async (path) => writeFile(path, (await bytes()).subarray(0, 355))],
    ["is of no format", (path) => writeFile(path, "a text, not an image")],
    ["is a directory", (path) => mkdir(path)],
  ];
  test.each(faults)("count if an item was left out because its file %s", async (_, spoil) => {
    await using folder = await temporaryFolder();
    const at = (name: string) => join(folder.path, name);
    await writeFile(at("0.nii"), await bytes());
    await spoil(at("1.nii"));
    const plan = Dataset.from([{ image: at("0.nii") }, { image: at("1.nii") }])
      .pipe(load(["image"]), onError({ skip: true, onSkip: () => undefined }))
      [inBlocks]();
    const layout = new OutputLayout(at("out"));
    expect(await plan.compute(job(layout.dir, ["0", "1"]), signal)).toMatchObject({ done: { items: 1 } });
    expect(await haveInputsChanged(layout, shard)).toBe(false);
    await rm(at("1.nii"), { recursive: true, force: true });
    await writeFile(at("1.nii"), await bytes());
    expect(await haveInputsChanged(layout, shard)).toBe(true);
  });

  const read = async ({ image }: { image: string }, { dependsOn }: { dependsOn(file: FileIdentity): void }) => {
    dependsOn(await identifyFile(image));
    if ((await stat(image)).size < 100) throw new Error("the numbers don't agree");
    return { image };
  };
  const skip = () => onError({ skip: true, onSkip: () => undefined });
  const readers = {
    map: (scans: Dataset<{ image: string }>) => scans.pipe(map(read), skip()),
    cacheUntilRandom: (scans: Dataset<{ image: string }>) =>
      scans.pipe(map(read, { version: 1 }), cacheUntilRandom({ store: memoryStore() }), skip()),
    flatMap: (scans: Dataset<{ image: string }>) =>
      scans.pipe(
        flatMap(async (scan, context) => [await read(scan, context)]),
        skip(),
      ),
    "flatMap without parts": (scans: Dataset<{ image: string }>) =>
      scans.pipe(
        flatMap((scan, context) =>
          read(scan, context).then(
            (made) => [made],
            () => [],
          ),
        ),
      ),
  };
  test.each(Object.keys(readers) as (keyof typeof readers)[])(
    "count if an item is missing that read them, though no error names them: %s",
    async (name) => {
      await using folder = await temporaryFolder();
      const path = join(folder.path, "scan.nii");
      await writeFile(path, "few");
      const plan = readers[name](Dataset.from([{ image: path }]))[inBlocks]();
      const layout = new OutputLayout(join(folder.path, "out"));
      expect(await plan.compute(job(layout.dir, ["0"]), signal)).toMatchObject({ done: { items: 0 } });
      expect(await haveInputsChanged(layout, shard)).toBe(false);
      await writeFile(path, "x".repeat(100));
      expect(await haveInputsChanged(layout, shard)).toBe(true);
      expect(await plan.compute(job(layout.dir, ["0"]), signal)).toMatchObject({ done: { items: 1 } });
    },
  );

  test("count if they were unreadable for a while", async () => {
    // as a file that is being copied, of which the end is there a moment later
    await using folder = await temporaryFolder();
    const path = join(folder.path, "scan.nii");
    await writeFile(path, "");
    const repair = async () => writeFile(path, await bytes());
    const plan = Dataset.from([{ image: path }])
      .pipe(
        map(async (record) => readVolume(record.image).finally(repair)),
        onError({ skip: true, onSkip: () => undefined }),
      )
      [inBlocks]();
    const layout = new OutputLayout(join(folder.path, "out"));
    expect(await plan.compute(job(layout.dir, ["0"]), signal)).toMatchObject({ done: { items: 0 } });
    expect(await haveInputsChanged(layout, shard)).toBe(true);
  });
});

test("a relative path is that of the working directory in which a run looks", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  for (const n of [0, 1]) {
    await mkdir(at(String(n)));
    await saveImage(new Volume({ data: new Uint8Array(8).fill(n), shape: [1, 2, 2, 2] }), at(`${n}/scan.nii`));
  }
  const home = process.cwd();
  const layout = new OutputLayout(at("out"));
  const plan = Dataset.from([{ image: "scan.nii" }])
    .pipe(load(["image"]))
    [inBlocks]();
  try {
    process.chdir(at("0"));
    await plan.compute(job(layout.dir, ["0"]), signal);
    expect(await haveInputsChanged(layout, shard)).toBe(false);
    process.chdir(at("1"));
    expect(await haveInputsChanged(layout, shard)).toBe(true);
  } finally {
    process.chdir(home);
  }
});

test.skipIf(!hasSmallDisks)("a full disk ends the run: no block is to blame, and nothing is left", async () => {
  using disk = smallDisk("64k");
  const big = Dataset.from([0])
    .pipe(map(() => ({ bytes: new Uint8Array(100_000) })))
    [inBlocks]();
  const error = await thrown(() => big.compute(job(disk.dir, ["0"]), signal));
  expect(error).toMatchObject({ code: "VOXRX_WRITE_FAILED", message: expect.stringContaining("no space") });
  expect(Object.keys(await treeOf(disk.dir))).toEqual([]);
  disk.change("size=1m");
  expect(await big.compute(job(disk.dir, ["0"]), signal)).toMatchObject({ done: { items: 1 } });
});

describe("listShards", () => {
  test("needs a manifest, and all blocks unless partial", async () => {
    await using folder = await temporaryFolder();
    expect(await thrown(() => listShards(folder.path))).toMatchObject({ code: "VOXRX_FILE_MISSING" });
    const blocks = [0, 1].map((block) => ({
      block,
      revision: 0,
      shard: `block-00000${block}-0123456789ab.tar`,
      items: [`scan${block}`],
    }));
    const manifest = { version: 1, plan: "p", epoch: 0, volumes: "nii", blockSize: 1, next: 2, blocks };
    await writeFile(join(folder.path, "manifest.json"), JSON.stringify(manifest));
    await scans(1)
      [inBlocks]()
      .compute(job(folder.path, ["scan0"]), signal);
    const error = await thrown(() => listShards(folder.path));
    expect(error).toMatchObject({ code: "VOXRX_INCOMPLETE", message: expect.stringContaining("1 of 2 blocks") });
    expect(await listShards(folder.path, { partial: true })).toEqual([join(folder.path, shard)]);
  });
});

describe("a failure is forgotten when a file of the item changes", () => {
  const header = "NRRD0004\ntype: uint8\ndimension: 3\nsizes: 4 4 4\nencoding: raw\ndata file: a.raw\n";
  const refuse = map((item: { image: Volume }) => {
    if (item.image.samples[0] !== 7) throw new Error("of another scanner");
    return item;
  });
  test.each<[string, string, Uint8Array]>([
    ["that its header names, and that is too short", "a.nhdr", new Uint8Array(60).fill(7)],
    ["that its header names, and that an operator refuses", "a.nhdr", new Uint8Array(64)],
    ["that its header names, and that is missing", "a.nhdr", new Uint8Array(0)],
    ["of a pair, and that is missing", "a.hdr", new Uint8Array(0)],
  ])("%s", async (_, name, before) => {
    await using folder = await temporaryFolder();
    const layout = new OutputLayout(join(folder.path, "out"));
    const image = join(folder.path, name);
    const samples = join(folder.path, name === "a.hdr" ? "a.img" : "a.raw");
    const pair = niftiFile({ type: "uint8", dims: [4, 4, 4], values: Array.from({ length: 64 }, () => 7), pair: true });
    await writeFile(image, name === "a.hdr" ? pair.header : header);
    if (before.length > 0) await writeFile(samples, before);
    const dataset = Dataset.from([{ image }], { id: () => "a" }).pipe(load(["image"]), refuse);
    const result = await dataset[inBlocks]().compute(job(layout.dir, ["a"]), signal);
    const faults = "faults" in result ? [...result.faults] : [];
    await writeFailure(layout, { block: 0, shard, attempts: 3, deaths: 0, setAside: true, faults });
    expect(await readFailure(layout, shard)).toMatchObject({ faults: [{ item: "a" }] });
    await writeFile(samples, new Uint8Array(64).fill(7));
    expect(await readFailure(layout, shard)).toBeUndefined();
  });
});

test.each(["load", "download"])("an item that a server did not send to %s comes when it does", async (operator) => {
  await using folder = await temporaryFolder();
  const { single } = niftiFile({ type: "uint8", dims: [1, 1, 1], values: [7] });
  // load looks at the file before it reads it
  const faults = [...(operator === "load" ? [{}] : []), { status: 404 }];
  await using server = await serveFiles({ "/a.nii": { body: single, etag: '"1"', faults } });
  const url = `${server.origin}/a.nii?id=1`;
  const skip = onError({ skip: true, onSkip: () => undefined });
  const dataset =
    operator === "load"
      ? Dataset.from([{ url }]).pipe(load(["url"]), skip)
      : Dataset.from([{ url }]).pipe(download({ dir: join(folder.path, "files") }), skip);
  const plan = dataset[inBlocks]();
  const layout = new OutputLayout(join(folder.path, "out"));
  expect(await plan.compute(job(layout.dir, ["0"]), signal)).toMatchObject({ done: { items: 0 } });
  rememberUrlsIn({ url }); // as each start does, with the records of its list
  expect(await haveInputsChanged(layout, shard)).toBe(true);
  expect(await plan.compute(job(layout.dir, ["0"]), signal)).toMatchObject({ done: { items: 1 } });
});

test("an item whose file could not be read for a while comes when it can be", async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, "scan.nii");
  await writeFile(path, "there all the time");
  const stale = Object.assign(new Error("Stale file handle"), { code: "ESTALE" });
  const plan = Dataset.from([{ image: path }])
    .pipe(
      map(({ image }) => Promise.reject(fileFault(stale, image))),
      onError({ skip: true, onSkip: () => undefined }),
    )
    [inBlocks]();
  const layout = new OutputLayout(join(folder.path, "out"));
  expect(await plan.compute(job(layout.dir, ["0"]), signal)).toMatchObject({ done: { items: 0 } });
  expect(await haveInputsChanged(layout, shard)).toBe(true);
});

test("a change of the file at a URL with a query is noticed, and the query is not kept", async () => {
  await using folder = await temporaryFolder();
  const { single } = niftiFile({ type: "uint8", dims: [1, 1, 1], values: [7] });
  const files = { "/a.nii?token=s3cret": { body: single, etag: '"1"' } };
  await using server = await serveFiles(files);
  const image = `${server.origin}/a.nii?token=s3cret`;
  const dataset = Dataset.from([{ image }], { id: () => "a" }).pipe(load(["image"]));
  await dataset[inBlocks]().compute(job(folder.path, ["a"]), signal);
  const layout = new OutputLayout(folder.path);
  expect(await readFile(layout.inputsOf(shard), "utf8")).not.toContain("s3cret");
  expect(await haveInputsChanged(layout, shard)).toBe(false);
  files["/a.nii?token=s3cret"].etag = '"2"';
  expect(await haveInputsChanged(layout, shard)).toBe(true);
});
