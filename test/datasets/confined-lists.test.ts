import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Dataset, downloadFile, extractArchive, writeNifti } from "voxrx";
import { csv, datalist, defineDataset } from "voxrx/datasets";
import { download, load } from "voxrx/operators";
import { tarOf } from "../support/archives.ts";
import { serveFiles } from "../support/file-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { ramp } from "../support/volumes.ts";

/** A directory `in` for lists, beside a file that they must not name, and links to it inside. */
async function scene() {
  const folder = await temporaryFolder();
  const at = (...names: string[]) => join(folder.path, ...names);
  await mkdir(at("in", "task", "images"), { recursive: true });
  await mkdir(at("out"));
  await writeNifti(ramp([1, 2, 2, 2]), at("out", "secret.nii"));
  await writeNifti(ramp([1, 2, 2, 2]), at("in", "task", "images", "a.nii"));
  await symlink(at("out", "secret.nii"), at("in", "task", "link.nii"));
  await symlink(at("out"), at("in", "task", "dir"));
  await symlink("../../out/later.nii", at("in", "task", "later.nii"));
  return { at, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}
type Scene = Awaited<ReturnType<typeof scene>>;

/** Brings lists into `in/task` as an archive would; returns their paths. */
async function extracted({ at }: Scene, lists: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const entries = Object.entries(lists).map(([name, content]) => ({ name: `task/${name}`, content }));
  await writeFile(at("list.tar"), await tarOf(entries));
  await extractArchive({ archive: at("list.tar"), dir: at("in") });
  return Object.fromEntries(Object.keys(lists).map((name) => [name, at("in", "task", name)]));
}

/** Paths that lead outside of `in/task`, as they may be written there. */
const leaving = (at: Scene["at"]): Record<string, string> => ({
  absolute: at("out", "secret.nii"),
  above: "../../out/secret.nii",
  "above, later": "images/../../../out/secret.nii",
  "a link to a file": "link.nii",
  "a link to a directory": "dir/secret.nii",
  "a linked directory with a series": "dir?series=1.2.3",
  "a file URL": `file://${at("out", "secret.nii")}`,
});
/** The same, where it has to be known that the text is a path. */
const leavingElsewhere = {
  "a link to what is not there yet": "later.nii",
  "a web URL": "http://127.0.0.1:9/secret.nii",
  backslashes: "..\\..\\out\\secret.nii",
  drive: "c:\\out\\secret.nii",
  share: "\\\\server\\secret.nii",
  "another scheme": "s3://bucket/secret.nii",
};

describe("a list that came with the data names no file outside of its directory", () => {
  test("datalist of an extracted list", async () => {
    await using s = await scene();
    const bad = Object.entries({ ...leaving(s.at), ...leavingElsewhere }).flatMap(([how, image]) => [
      { how: `${how} 0.json`, image, entry: { image } },
      { how: `${how} 1.json`, image, entry: { image: "images/a.nii", label: image } },
      { how: `${how} 2.json`, image, entry: { image: ["images/a.nii", image] } },
    ]);
    const section = (...training: unknown[]) => JSON.stringify({ training });
    const lists = await extracted(s, {
      ...Object.fromEntries(bad.map(({ how, entry }) => [how, section("images/a.nii", entry)])),
      "facts.json": section({ image: "images/a.nii", mask: "../../out/secret.nii" }),
      "good.json": section({
        image: "images/a.nii",
        label: "images/../images/b.nii",
        page: "https://example.org/terms",
      }),
    });
    for (const { how, image } of bad) {
      const list = lists[how] ?? "";
      const fault = await datalist(list)
        .toArray()
        .catch((error) => error);
      expect(fault, how).toMatchObject({ code: "VOXRX_BAD_DATALIST", file: list });
      for (const part of ["entry 1", JSON.stringify(image), "set root"]) expect(fault.message, how).toContain(part);
    }
    const [facts = "", good = ""] = [lists["facts.json"], lists["good.json"]];
    await expect(datalist(facts).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST" });
    expect(await datalist(facts, { root: s.at() }).toArray()).toEqual([
      { image: s.at("in", "task", "images", "a.nii"), mask: s.at("out", "secret.nii") },
    ]);
    expect(await datalist(good).toArray()).toEqual([
      {
        image: s.at("in", "task", "images", "a.nii"),
        label: s.at("in", "task", "images", "b.nii"),
        page: "https://example.org/terms",
      },
    ]);
  });

  test("csv of an extracted table, streamed or not", async () => {
    await using s = await scene();
    const { "a linked directory with a series": _, ...bad } = leaving(s.at);
    const rows = Object.entries({ ...bad, url: "http://127.0.0.1:9/secret.nii" });
    const lists = await extracted(s, {
      ...Object.fromEntries(rows.map(([how, image]) => [how, `image,age\nimages/a.nii,3\n${image},4\n`])),
      facts: "image,note,page\nimages/a.nii,and/or ../x \\y,https://example.org/case/3\n",
    });
    for (const [how] of rows) {
      const list = lists[how] ?? "";
      for (const table of [csv(list), csv(list, { streaming: true }), csv(list, { groups: { images: ["image"] } })]) {
        const fault = await table.toArray().catch((error) => error);
        expect(fault, how).toMatchObject({ code: "VOXRX_BAD_DATALIST", file: list });
        expect(fault.message, how).toContain('line 3, column "image"');
      }
      expect(await csv(list, { columns: ["age"] }).toArray()).toEqual([{ age: "3" }, { age: "4" }]);
    }
    expect(await csv(lists.facts ?? "").toArray()).toHaveLength(1);
  });

  test("the same lists, written by the user, name any file, and `root` confines them", async () => {
    await using s = await scene();
    const list = s.at("in", "task", "own.json");
    for (const image of [s.at("out", "secret.nii"), "../../out/secret.nii", "link.nii", "dir/secret.nii"]) {
      await writeFile(list, JSON.stringify({ training: [{ image }] }));
      const [item] = await datalist(list).pipe(load("image")).toArray();
      expect(item?.image.shape).toEqual([1, 2, 2, 2]);
      for (const root of [s.at("in"), s.at("in", "task")]) {
        await expect(datalist(list, { root }).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST" });
      }
      const table = s.at("in", "task", "own.csv");
      await writeFile(table, `image\n${image}\n`);
      expect(await csv(table).toArray()).toEqual([{ image }]);
      await expect(csv(table, { root: s.at("in") }).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST" });
    }
    await writeFile(list, JSON.stringify({ training: ["images/a.nii"] }));
    expect(await datalist(list, { root: s.at("in") }).toArray()).toHaveLength(1);
  });

  test("a downloaded list is confined too, by another name as well, and after it was edited", async () => {
    await using s = await scene();
    const body = JSON.stringify({ training: ["../../out/secret.nii"] });
    await using server = await serveFiles({ "/list.json": { body: Buffer.from(body) } });
    const { path } = await downloadFile({ url: `${server.origin}/list.json`, path: s.at("in", "task", "list.json") });
    await symlink(path, s.at("in", "task", "alias.json"));
    await writeFile(path, `${await readFile(path, "utf8")}\n`);
    for (const list of [path, s.at("in", "task", "alias.json")]) {
      await expect(datalist(list).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST" });
    }
    await using tables = await serveFiles({
      "/list.csv": { body: Buffer.from(`image\n${s.at("out", "secret.nii")}\n`) },
    });
    await expect(csv(`${tables.origin}/list.csv`).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST" });
    const urls = (origin: string) => Buffer.from(`image\n${origin}/a.nii.gz\n`);
    await using own = await serveFiles({ "/other.csv": { body: urls(tables.origin) } });
    await expect(csv(`${own.origin}/other.csv`).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST" });
    const file = { body: Buffer.of() };
    await using same = await serveFiles({ "/own.csv": file });
    file.body = urls(same.origin);
    expect(await csv(`${same.origin}/own.csv`).toArray()).toEqual([{ image: `${same.origin}/a.nii.gz` }]);
  });

  test("items of defineDataset stay inside of the root", async () => {
    await using s = await scene();
    await extracted(s, { "dataset.json": "{}" });
    const of = (image: string) =>
      defineDataset({
        name: "own",
        resource: "https://example.org/own.tar",
        checksum: {},
        layout: { dir: "task" },
        items: () => [{ image: "images/a.nii" }, { image }],
      })({ root: s.at("in") }).toArray();
    await expect(of(s.at("out", "secret.nii"))).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST", operator: "own" });
    await expect(of("link.nii")).rejects.toThrow(
      /item 1, field "image": "link.nii" leads outside of it through a link/,
    );
    expect(await of(s.at("in", "task", "images", "a.nii"))).toHaveLength(2);
  });

  test("load confines any paths to its root", async () => {
    await using s = await scene();
    const root = s.at("in", "task");
    for (const [how, image] of Object.entries({ ...leaving(s.at), ...leavingElsewhere })) {
      const items = Dataset.from([{ image }]).pipe(load("image", { dir: root, root }));
      await expect(items.toArray(), how).rejects.toMatchObject({ code: "VOXRX_WRONG_FIELD" });
    }
    expect(
      await Dataset.from([{ image: "images/a.nii" }])
        .pipe(load("image", { dir: root, root }))
        .toArray(),
    ).toHaveLength(1);
  });
});

test.each([
  ".voxrx/x",
  ".VoxRx/x",
  "a/.voxrx/x",
  ".voxrx",
  ".vox\u200drx/lock",
  ".ｖoxrx/x",
  ".voxrx./x",
  "scan.nii.part",
  "scan.nii.PART.json",
])("download refuses a name that VoxRx uses for its own files: %s", async (filename) => {
  await using folder = await temporaryFolder();
  const items = Dataset.from([{ url: "http://127.0.0.1:9/x", filename }]);
  await expect(items.pipe(download({ dir: folder.path, retries: 0 })).toArray()).rejects.toMatchObject({
    code: "VOXRX_WRONG_FIELD",
  });
});

test.each([".voxrx/x", "a/.voxrx/x.download.json", ".VOXRX/y", "a/.Voxrx/y"])(
  "an archive can't bring records: %s",
  async (name) => {
    await using folder = await temporaryFolder();
    const archive = join(folder.path, "a.tar");
    await writeFile(archive, await tarOf([{ name, content: "{}" }]));
    await expect(extractArchive({ archive, dir: join(folder.path, "out") })).rejects.toMatchObject({
      code: "VOXRX_UNSAFE_ENTRY",
    });
  },
);
