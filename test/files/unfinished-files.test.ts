import { once } from "node:events";
import { link, mkdir, readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Dataset, extractArchive, readVolume, saveImage, writeNifti } from "voxrx";
import { load, map, save } from "voxrx/operators";
import { endOwner, newOwner } from "../../src/files/owner-name.ts";
import { tarOf } from "../support/archives.ts";
import { forkChild, messageOf } from "../support/children.ts";
import { temporaryFolder } from "../support/folder.ts";
import { line, valuesOf } from "../support/volumes.ts";

const unfinished = async (dir: string) => (await readdir(dir)).filter((name) => name.endsWith(".tmp")).sort();

test("what a killed process was writing is removed by the next that writes there; what a living one writes, and the user's, stays", async () => {
  await using folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  const own = ["notes.tmp", "a.nii.1b728381-187c-423b-b77e-0af6adc6003e.tmp"];
  for (const name of own) await writeFile(at(name), "mine");
  const long = `${"\u00fc".repeat(110)}.nii`;
  const [killed, living] = [forkChild("unfinished", at(long)), forkChild("unfinished", at("living.nii"))];
  try {
    await Promise.all([messageOf(killed), messageOf(living)]);
    killed.kill("SIGKILL");
    await once(killed, "exit");
    const before = await unfinished(folder.path);
    expect(before).toHaveLength(4);
    const left = before.filter((name) => !name.startsWith("\u00fc"));
    await saveImage(line(1), at("b.nii"));
    expect(await unfinished(folder.path)).toEqual(left);

    const other =
      left.find((name) => name.startsWith("living"))?.replace(/-[0-9a-f]{16}-/, `-${"0".repeat(16)}-`) ?? "";
    await writeFile(at(other), "of another machine");
    await saveImage(line(2), at("b.nii"));
    expect(await unfinished(folder.path)).toContain(other);
    const old = new Date(Date.now() - 2 * 86_400_000);
    await utimes(at(other), old, old);
    await saveImage(line(3), at("b.nii"));
    expect(await unfinished(folder.path)).toEqual(left);
  } finally {
    living.kill("SIGKILL");
  }
});

test("an extraction that was killed after all was in place leaves nothing behind after the next", async () => {
  await using folder = await temporaryFolder();
  const archive = join(folder.path, "a.tar");
  await writeFile(archive, await tarOf([{ name: "a/x", content: "1" }]));
  const dir = join(folder.path, "out");
  await extractArchive({ archive, dir });
  await mkdir(join(dir, ".voxrx", "staging", "replaced"), { recursive: true });
  expect(await extractArchive({ archive, dir })).toMatchObject({ extracted: false });
  expect((await readdir(join(dir, ".voxrx"))).filter((name) => !name.endsWith(".json"))).toEqual([]);
});

describe("save", () => {
  test("does not replace the file that the item was read from, also by another name", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "a.nii");
    await writeNifti(line(1, 2), path);
    const saved = Dataset.from([{ image: path }]).pipe(
      load("image"),
      save({ keys: "image", dir: folder.path, separateFolder: false, postfix: "", extension: ".nii" }),
    );
    await expect(saved.toArray()).rejects.toMatchObject({ code: "VOXRX_PATH_COLLISION", file: path });
    expect(valuesOf(await readVolume(path))).toEqual([1, 2]);
    expect(await readdir(folder.path)).toEqual(["a.nii"]);
  });

  test("replaces a file of which a killed run left a second name, which is removed on the way", async () => {
    await using folder = await temporaryFolder();
    const results = (value: number) =>
      Dataset.from(
        ["a", "b", "c"].map((subject) => ({ image: line(value).withMeta({ source: `/in/${subject}.nii` }) })),
      ).pipe(save({ keys: "image", dir: folder.path, postfix: "", extension: ".nii" }));
    await results(1).toArray();
    const owner = newOwner();
    endOwner(owner);
    const dead = owner.replace(/^\d+/, String(2 ** 22 + 1)); // no process has such an id
    for (const subject of ["b", "c"]) {
      const path = join(folder.path, subject, `${subject}.nii`);
      await link(path, `${path}.${dead}.tmp`);
    }
    await results(2).toArray();
    for (const subject of ["a", "b", "c"]) {
      expect(valuesOf(await readVolume(join(folder.path, subject, `${subject}.nii`)))).toEqual([2]);
      expect(await unfinished(join(folder.path, subject))).toEqual([]);
    }
  });

  test("of two runs at once that write one file, one fails and no result is replaced; a later run replaces it", async () => {
    await using folder = await temporaryFolder();
    let resume: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      resume = resolve;
    });
    const results = (value: number, pause?: Promise<void>) =>
      Dataset.from(["first", "second"], { id: (name) => `${name}${name === "first" ? value : ""}` }).pipe(
        map(async (name) => {
          if (name === "second") await pause;
          return { image: line(value) };
        }) as never,
        save({ keys: "image", dir: folder.path, separateFolder: false, postfix: "", extension: ".nii" }) as never,
      );
    const slow = results(1, waiting).toArray();
    slow.catch(() => undefined);
    while (!(await readdir(folder.path)).includes("first1.nii")) await new Promise((done) => setImmediate(done));
    await results(2).toArray();
    resume();
    await expect(slow).rejects.toMatchObject({ code: "VOXRX_PATH_COLLISION", file: join(folder.path, "second.nii") });
    expect(valuesOf(await readVolume(join(folder.path, "second.nii")))).toEqual([2]);
    expect(await unfinished(folder.path)).toEqual([]);
    await results(3).toArray();
    expect(valuesOf(await readVolume(join(folder.path, "second.nii")))).toEqual([3]);
  });
});
