import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bids } from "voxrx/datasets";
import { onError } from "voxrx/operators";
import { parseBidsName } from "../../datasets/bids-name.ts";
import { temporaryFolder } from "../support/folder.ts";

const files: Readonly<Record<string, string>> = {
  "dataset_description.json": '{"Name":"test","BIDSVersion":"1.10.0"}',
  "participants.tsv": 'participant_id\tage\tnote\nsub-01\t34\ta "quoted" word\nsub-02\t56\tn/a\n',
  "task-rest_bold.json": '{"RepetitionTime":2,"EchoTime":0.03,"TaskName":"rest"}',
  "T1w.json": '{"MagneticFieldStrength":3}',
  "sub-01/ses-pre/anat/sub-01_ses-pre_T1w.nii.gz": "",
  "sub-01/ses-pre/anat/sub-01_ses-pre_T1w.json": '{"EchoTime":0.004}',
  "sub-01/ses-pre/func/sub-01_ses-pre_task-rest_run-1_bold.nii.gz": "",
  "sub-01/ses-pre/func/sub-01_ses-pre_task-rest_run-2_bold.nii.gz": "",
  "sub-01/ses-pre/func/sub-01_ses-pre_task-rest_run-2_bold.json": '{"EchoTime":0.05}',
  "sub-01/sub-01_task-rest_bold.json": '{"EchoTime":0.04}',
  "sub-01/ses-pre/func/sub-01_ses-pre_task-rest_events.tsv": "",
  "sub-02/anat/sub-02_T1w.nii": "",
  "sub-02/func/sub-02_task-nback_bold.nii.gz": "",
  "derivatives/fmriprep/sub-01/anat/sub-01_desc-preproc_T1w.nii.gz": "",
  "sourcedata/sub-01/x.nii.gz": "",
  "code/sub-99_T1w.nii.gz": "",
};

async function study() {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), content);
  }
  return folder;
}

describe("a BIDS study", () => {
  test("gives its images with entities, sidecars inherited and participants joined", async () => {
    await using folder = await study();
    const items = await bids(folder.path).toArray();
    expect(items.map(({ image }) => image.slice(folder.path.length + 1))).toEqual([
      "sub-01/ses-pre/anat/sub-01_ses-pre_T1w.nii.gz",
      "sub-01/ses-pre/func/sub-01_ses-pre_task-rest_run-1_bold.nii.gz",
      "sub-01/ses-pre/func/sub-01_ses-pre_task-rest_run-2_bold.nii.gz",
      "sub-02/anat/sub-02_T1w.nii",
      "sub-02/func/sub-02_task-nback_bold.nii.gz",
    ]);
    const [anatomy, first, second, other, nback] = items;
    expect(anatomy).toMatchObject({ subject: "01", session: "pre", datatype: "anat", suffix: "T1w" });
    expect(anatomy?.sidecar).toEqual({ MagneticFieldStrength: 3, EchoTime: 0.004 });
    expect(first?.entities).toEqual({ sub: "01", ses: "pre", task: "rest", run: "1" });
    expect(first?.sidecar).toEqual({ RepetitionTime: 2, EchoTime: 0.04, TaskName: "rest" });
    expect(second?.sidecar.EchoTime).toBe(0.05);
    expect(first?.participant).toEqual({ participant_id: "sub-01", age: "34", note: 'a "quoted" word' });
    expect(other).not.toHaveProperty("session");
    expect(nback?.sidecar).toEqual({});
  });

  test("is narrowed down by suffix, datatype, subject, session and any entity", async () => {
    await using folder = await study();
    const count = async (options: Parameters<typeof bids>[1]) => (await bids(folder.path, options).toArray()).length;
    expect(await count({ suffix: "T1w" })).toBe(2);
    expect(await count({ datatype: ["anat", "func"], subjects: ["02"] })).toBe(2);
    expect(await count({ sessions: ["pre"] })).toBe(3);
    expect(await count({ entities: { task: "rest", run: "2" } })).toBe(1);
    expect(await count({ extensions: [".nii"] })).toBe(1);
    expect(await count({ derivative: "fmriprep" })).toBe(1);
    await expect(count({ suffix: "T2w" })).rejects.toMatchObject({ code: "VOXRX_EMPTY_FOLDER" });
    expect(() => bids(folder.path, { derivative: ".." })).toThrow(
      expect.objectContaining({ code: "VOXRX_BAD_OPTION" }),
    );
  });

  test("with a damaged sidecar names it, and loses only the images that inherit it", async () => {
    await using folder = await study();
    const sidecar = join(folder.path, "sub-01/sub-01_task-rest_bold.json");
    for (const content of ["{", "[1]", "null", "\xe4"]) {
      await writeFile(sidecar, content, "latin1");
      await expect(bids(folder.path).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST", file: sidecar });
      const skipped: string[] = [];
      const kept = bids(folder.path).pipe(onError({ skip: true, onSkip: ({ file }) => skipped.push(file ?? "") }));
      expect((await kept.toArray()).map(({ image }) => basename(image))).toEqual([
        "sub-01_ses-pre_T1w.nii.gz",
        "sub-02_T1w.nii",
        "sub-02_task-nback_bold.nii.gz",
      ]);
      expect(skipped).toEqual([sidecar, sidecar]);
    }
    await rm(sidecar);
    await symlink("nowhere", sidecar);
    await expect(bids(folder.path).at(2)).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING", file: sidecar });
    await expect(bids(folder.path).at(0)).resolves.toMatchObject({ subject: "01" });
  });

  test("takes sidecars as Python writes them, whatever their keys are", async () => {
    await using folder = await study();
    const json = '\uFEFF{"constructor":1,"__proto__":2,"a":NaN,"b":[-Infinity,Infinity],"c":"NaN \\"NaN\\" {"}';
    await writeFile(join(folder.path, "T1w.json"), json);
    const [first] = await bids(folder.path, { suffix: "T1w" }).toArray();
    expect(Object.entries(first?.sidecar ?? {})).toEqual([
      ["constructor", 1],
      ["__proto__", 2],
      ["a", Number.NaN],
      ["b", [-Infinity, Infinity]],
      ["c", 'NaN "NaN" {'],
      ["EchoTime", 0.004],
    ]);
  });

  test("with a damaged table names it", async () => {
    await using folder = await study();
    const table = join(folder.path, "participants.tsv");
    await writeFile(table, "subject\tage\n1\t2\n");
    await expect(bids(folder.path).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST", file: table });
    await rm(table);
    await symlink("nowhere", table);
    await expect(bids(folder.path).toArray()).rejects.toMatchObject({ code: "VOXRX_FILE_MISSING", file: table });
  });

  test("leaves out what .bidsignore names, sidecars too", async () => {
    await using folder = await study();
    await writeFile(join(folder.path, ".bidsignore"), "sub-02/\n*_run-*_bold.nii.gz\n!*_run-2_*\n/T1w.json\n");
    const items = await bids(folder.path).toArray();
    expect(items.map(({ image }) => basename(image))).toEqual([
      "sub-01_ses-pre_T1w.nii.gz",
      "sub-01_ses-pre_task-rest_run-2_bold.nii.gz",
    ]);
    expect(items[0]?.sidecar).toEqual({ EchoTime: 0.004 });
  });

  test("follows linked subjects, and refuses one that leads nowhere", async () => {
    await using folder = await study();
    await rename(join(folder.path, "sub-02"), join(folder.path, "sourcedata", "two"));
    await symlink("sourcedata/two", join(folder.path, "sub-02"));
    expect(await bids(folder.path, { subjects: ["02"] }).toArray()).toHaveLength(2);
    await symlink("nowhere", join(folder.path, "sub-03"));
    await expect(bids(folder.path).toArray()).rejects.toMatchObject({ file: join(folder.path, "sub-03") });
  });
});

test.each([
  ["sub-01/anat/sub-02_T1w.nii", "its name says sub-02, but its directory sub-01"],
  ["sub-01/ses-1/anat/sub-01_ses-2_T1w.nii", "its name says ses-2, but its directory ses-1"],
  ["sub-01/ses-1/anat/sub-01_T1w.nii", "its name has no ses-, but its directory ses-1"],
])("an image in the directory of another subject or session is refused: %s", async (name, fault) => {
  await using folder = await temporaryFolder();
  await mkdir(dirname(join(folder.path, name)), { recursive: true });
  await writeFile(join(folder.path, name), "");
  const message = expect.stringContaining(fault);
  await expect(bids(folder.path).toArray()).rejects.toMatchObject({ code: "VOXRX_BAD_DATALIST", message });
});

test("names are taken apart and others refused", () => {
  const word = fc.stringMatching(/^[A-Za-z0-9]{1,6}$/);
  fc.assert(
    fc.property(
      fc.uniqueArray(word, { minLength: 1, maxLength: 4 }),
      fc.array(word, { minLength: 4, maxLength: 4 }),
      word,
      (names, values, suffix) => {
        const entities = Object.fromEntries(names.map((name, n) => [name, values[n] ?? ""]));
        const stem = Object.entries(entities).map(([name, value]) => `${name}-${value}`);
        expect(parseBidsName(`${[...stem, suffix].join("_")}.nii.gz`)).toEqual({
          entities,
          suffix,
          extension: ".nii.gz",
        });
      },
    ),
  );
  for (const name of ["README", "sub-01", "sub_T1w.nii", "sub-01_sub-02_T1w.nii", "sub-01_T1w-2.nii"]) {
    expect(parseBidsName(name)).toBeUndefined();
  }
});
